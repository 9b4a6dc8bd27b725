#include "bench/load/fill_keys.h"

#include <string>
#include <string_view>

#include "bench/load/messages.h"
#include "bench/load/tcp.h"

namespace holdfast::bench {
namespace {

constexpr uint64_t kBatch = 1000;
constexpr std::string_view kOk = "+OK\r\n";

}  // namespace

Status fill_keys(const LoadSpec& spec) {
  const Messages messages(spec.value_bytes);
  const auto fd = connect_to(spec.port);
  if (!fd.ok()) return fd.error();
  for (uint64_t key = 0; key < spec.keys;) {
    std::string batch;
    const uint64_t first = key;
    for (; key < spec.keys && key < first + kBatch; ++key) messages.append(batch, RequestKind::kSet, key);
    if (const Status sent = send_all(fd.value().get(), batch); !sent.ok()) return sent;
    const auto replies = receive(fd.value().get(), (key - first) * kOk.size());
    if (!replies.ok()) return replies.error().prefixed("cannot fill the keys");
    for (std::string_view rest = replies.value(); !rest.empty(); rest.remove_prefix(kOk.size())) {
      if (rest.starts_with(kOk)) continue;
      return Error(ErrorCode::kRefused, Messages::describe(RequestKind::kSet, rest.data(), rest.size()));
    }
  }
  return {};
}

}  // namespace holdfast::bench
