#include "policy/refusal.h"

namespace holdfast::policy {

std::string printable(std::string_view text, size_t limit) {
  std::string cleaned(text.substr(0, limit));
  for (char& c : cleaned) {
    if (c < ' ' || c > '~') c = '?';
  }
  return cleaned;
}

std::string display_name(const CommandInfo& command) {
  std::string name(command.name);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '|') c = ' ';
  }
  return name;
}

std::string refusal(std::string_view what, std::string_view environment, std::string_view rule) {
  return "-NOPERM holdfast: " + printable(what) + " is blocked in environment '" + printable(environment) +
         "' (rule '" + printable(rule) + "')\r\n";
}

}  // namespace holdfast::policy
