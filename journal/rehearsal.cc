#include "journal/rehearsal.h"

#include "base/clock.h"
#include "journal/archive.h"
#include "journal/disposable_redis.h"
#include "journal/redis_comparison.h"
#include "journal/restored_redis.h"
#include "journal/retention.h"
#include "journal/upstream_login.h"

namespace holdfast::journal {

Result<RehearsalReport> rehearse(const RehearsalOptions& options, const StopSignal& stop) {
  const auto say = [&options](const std::string& sentence) {
    if (options.progress) options.progress(sentence);
  };
  // Before anything that takes long.
  if (Status whole = check_newest(options.journal_dir); !whole.ok()) return whole.error();
  if (auto program = find_redis_server(options.redis_server); !program.ok()) return program.error();
  if (options.live != nullptr) {
    auto live = connect_upstream(*options.live, options.tls, stop);
    if (!live.ok()) return live.error();
  }
  RehearsalReport report;
  const uint64_t started_ns = monotonic_ns();
  RestoredRedis restored(options.journal_dir, options.redis_server, options.low_priority, stop);
  say("restoring " + options.journal_dir + " into a redis-server of our own");
  if (Status begun = restored.begin(); !begun.ok()) return begun.error();
  report.recover_ms = static_cast<int64_t>((monotonic_ns() - started_ns) / 1'000'000);
  const Manifest& manifest = restored.manifest();
  report.generation = manifest.generation;
  report.offset = restored.position().offset;
  Manifest stretch;
  stretch.base = manifest.base;
  stretch.segments = manifest.segments;
  report.bytes = bytes_of(options.journal_dir, stretch.file_names());
  say("it has everything up to offset " + std::to_string(report.offset) + " after " +
      std::to_string(report.recover_ms) + " ms");
  if (Status counted = count_keys(restored, report); !counted.ok()) return counted.error();
  if (options.live == nullptr) return report;
  say("comparing it with the live Redis");
  if (Status compared = compare_with_live(restored, options, stop, report); !compared.ok())
    return compared.error();
  return report;
}

}  // namespace holdfast::journal
