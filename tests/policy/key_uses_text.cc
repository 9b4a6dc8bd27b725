#include "tests/policy/key_uses_text.h"

#include <utility>

namespace holdfast::policy {
namespace {

std::string kind_word(KeyKind kind) {
  switch (kind) {
    case KeyKind::kKey:
      return "";
    case KeyKind::kChannel:
      return "channel ";
    case KeyKind::kShardChannel:
      return "shard-channel ";
    case KeyKind::kChannelPattern:
      return "channel-pattern ";
    case KeyKind::kKeyPattern:
      return "pattern ";
  }
  return "? ";
}

}  // namespace

std::string to_text(const KeyUse& use) {
  constexpr std::pair<uint16_t, const char*> kWords[] = {
      {kKeyReadOnly, " RO"},      {kKeyReadWrite, " RW"},   {kKeyOverwrite, " OW"},  {kKeyRemove, " RM"},
      {kKeyAccess, " access"},    {kKeyUpdate, " update"},  {kKeyInsert, " insert"}, {kKeyDelete, " delete"},
      {kSubscribe, " subscribe"}, {kUnsubscribe, " leave"}, {kPublish, " publish"},
  };
  std::string text = kind_word(use.kind) + std::to_string(use.argument);
  for (const auto& [bit, word] : kWords) {
    if ((use.access & bit) != 0) text += word;
  }
  return text;
}

std::string to_text(const KeyUses& uses) {
  std::string text;
  for (const KeyUse& use : uses.all()) text += (text.empty() ? "" : ", ") + to_text(use);
  if (!uses.all_known()) text += text.empty() ? "?" : ", ?";
  return text;
}

std::string keys_of(const std::vector<std::string>& line, size_t total) {
  const std::vector<std::string_view> arguments(line.begin(), line.end());
  KeyUses uses;
  find_keys(find_command(line[0], line.size() > 1 ? line[1] : ""), arguments, uses, total);
  return to_text(uses);
}

}  // namespace holdfast::policy
