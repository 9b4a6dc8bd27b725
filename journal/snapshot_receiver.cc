#include "journal/snapshot_receiver.h"

#include <utility>
#include <vector>

#include "journal/base_receiver.h"
#include "journal/replica_link.h"

namespace holdfast::journal {
namespace {

constexpr uint64_t kBaseSyncBytes = 64u << 20;
constexpr size_t kBaseReadBytes = 1u << 20;

}  // namespace

Result<BaseFile> receive_snapshot(const config::Upstream& upstream, RedisConnection& connection, Store& store,
                                  const SnapshotProgress& progress) {
  const std::string from = "a snapshot of the upstream " + url_of(upstream);
  auto announcement = connection.read_line(kSilenceMs);
  if (!announcement.ok()) return announcement.error().prefixed("while waiting for " + from);
  if (announcement.value().starts_with("-")) {
    return Error(
        ErrorCode::kUnavailable,
        "the upstream " + url_of(upstream) + " could not make a snapshot: " + announcement.value().substr(1));
  }
  auto begun = store.begin_base();
  if (!begun.ok()) return begun.error();
  BaseFile base = std::move(begun).value();
  uint64_t synced = 0;
  auto receiver = BaseReceiver::create(announcement.value(), [&](std::string_view bytes) -> Status {
    if (Status written = base.append(bytes); !written.ok()) return written;
    if (base.size() - synced < kBaseSyncBytes) return {};
    // In steps, so that the last one is short: Redis is waiting for us by then.
    synced = base.size();
    return base.sync();
  });
  if (!receiver.ok()) return receiver.error();

  Status outcome;
  std::vector<char> buffer(kBaseReadBytes);
  while (outcome.ok() && !receiver.value().done()) {
    auto n = connection.read_some(buffer.data(), buffer.size(), kSilenceMs);
    if (!n.ok()) {
      outcome = Error(n.error().code(), "receiving " + from + " was interrupted after " +
                                            std::to_string(receiver.value().received()) +
                                            " bytes: " + n.error().message() +
                                            "; if this repeats, raise client-output-buffer-limit replica and "
                                            "repl-timeout there");
      break;
    }
    size_t consumed = 0;
    const std::string_view bytes(buffer.data(), n.value());
    outcome = receiver.value().feed(bytes, consumed);
    connection.unread(bytes.substr(consumed));
    progress(receiver.value().received(), receiver.value().expected());
  }
  if (outcome.ok()) return base;
  store.discard_base();
  return outcome.error();
}

}  // namespace holdfast::journal
