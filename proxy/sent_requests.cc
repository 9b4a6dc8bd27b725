#include "proxy/sent_requests.h"

#include <algorithm>
#include <cstring>

namespace holdfast::proxy {
namespace {

using Outcome = resp::RequestParser::Outcome;

constexpr size_t kNameMax = 128;

}  // namespace

void SentRequests::Kept::add(uint32_t flush, std::string_view beginning) {
  if (bytes == nullptr) bytes = std::make_unique<char[]>(kBytes);
  if (end + beginning.size() > kBytes) end = 0;
  std::memcpy(bytes.get() + end, beginning.data(), beginning.size());
  newest = (newest + 1) % kWrites;
  writes[newest] = {flush, static_cast<uint32_t>(end), static_cast<uint32_t>(beginning.size())};
  end += beginning.size();
}

// From the newest backwards: what is older than a write whose bytes were taken by a newer one is gone too.
std::string_view SentRequests::Kept::find(uint32_t flush) const {
  size_t free_end = kBytes;  // bytes behind it may be of newer writes
  size_t lowest = end;
  bool wrapped = false;
  for (size_t i = 0; i < kWrites; ++i) {
    const Write& write = writes[(newest + kWrites - i) % kWrites];
    if (write.flush == 0) break;
    if (!wrapped && write.begin + write.size > lowest) {
      // Written before the ring began anew: its bytes must lie behind all that came since.
      wrapped = true;
      free_end = end;
    }
    if (wrapped && write.begin < free_end) break;
    lowest = write.begin;
    if (write.flush == flush) return {bytes.get() + write.begin, write.size};
  }
  return {};
}

void SentRequests::keep(uint32_t flush, std::string_view bytes, bool gated) {
  (gated ? kept_gated_ : kept_).add(flush, bytes.substr(0, kBytesOfOne));
}

std::optional<SentRequests::Request> SentRequests::find(uint32_t flush, uint32_t place) {
  std::string_view bytes = kept_.find(flush);
  if (bytes.empty()) bytes = kept_gated_.find(flush);
  for (uint32_t i = 0; !bytes.empty(); ++i) {
    const Outcome outcome = parser_.parse(bytes.data(), bytes.size());
    // One that was cut may still have shown its key.
    const bool named = outcome == Outcome::kRequest ||
                       (outcome == Outcome::kNeedMore && !parser_.arguments().empty() && i == place);
    if (!named) return std::nullopt;
    if (i < place) {
      bytes.remove_prefix(parser_.consumed());
      continue;
    }
    const auto arguments = parser_.arguments();
    Request request;
    request.name = arguments[0].substr(0, kNameMax);
    request.id = policy::find_command(arguments[0], arguments.size() > 1 ? arguments[1] : std::string_view());
    policy::find_keys(request.id, arguments, uses_);
    for (const policy::KeyUse& use : uses_.all()) {
      if (use.kind != policy::KeyKind::kKey || use.argument >= arguments.size()) continue;
      request.key = arguments[use.argument].substr(0, kNameMax);
      break;
    }
    return request;
  }
  return std::nullopt;
}

}  // namespace holdfast::proxy
