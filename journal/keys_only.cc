#include "journal/keys_only.h"

#include <charconv>
#include <filesystem>
#include <vector>

#include "journal/disposable_redis.h"
#include "journal/durable_file.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kHourMs = 3'600'000;
constexpr const char* kSpareDb = "9999";  // disposable_redis.cc: there are 10000
// One step of a SCAN; what matches moves to a database of its own, with its time to live.
constexpr const char* kStep =
    "local r = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 1000) "
    "for _, key in ipairs(r[2]) do redis.call('MOVE', key, ARGV[3]) end "
    "return r[1]";

// "db0:keys=12,expires=0,avg_ttl=0" -> "0"
std::vector<std::string> databases_of(std::string_view info) {
  std::vector<std::string> numbers;
  for (size_t at = info.find("\ndb"); at != std::string_view::npos; at = info.find("\ndb", at + 1)) {
    const std::string_view line = info.substr(at + 3);
    numbers.emplace_back(line.substr(0, line.find(':')));
  }
  return numbers;
}

Status keep_matching(RedisConnection& connection, const std::string& db, const std::string& pattern,
                     const StopSignal& stop, uint64_t& kept) {
  if (auto done = connection.command({"SELECT", db}); !done.ok()) return done.error();
  std::string cursor = "0";
  do {
    auto next = connection.command({"EVAL", kStep, "0", cursor, pattern, kSpareDb});
    if (!next.ok()) return next.error();
    cursor = std::move(next).value();
    if (stop.requested()) return Error(ErrorCode::kRefused, "interrupted; nothing was changed");
  } while (cursor != "0");
  if (auto done = connection.command({"FLUSHDB"}); !done.ok()) return done.error();
  if (auto done = connection.command({"SWAPDB", db, kSpareDb}); !done.ok()) return done.error();
  auto size = connection.command({"DBSIZE"});
  if (!size.ok()) return size.error();
  const std::string& text = size.value();
  uint64_t keys = 0;
  const size_t digits = text.find_first_of("0123456789");
  if (digits != std::string::npos)
    (void)std::from_chars(text.data() + digits, text.data() + text.size(), keys);
  kept += keys;
  return {};
}

}  // namespace

Result<KeysOnlyReport> write_keys_only(const Cut& cut, const KeysOnlyOptions& options, const std::string& rdb,
                                       const StopSignal& stop) {
  KeysOnlyReport report;
  DisposableRedis::Options server;
  server.program = options.redis_server;
  server.parent_dir = options.parent_dir;
  server.low_priority = false;
  server.arguments = {"--appendonly",     "yes", "--appendfsync", "no", "--auto-aof-rewrite-percentage", "0",
                      "--rdbcompression", "yes"};
  server.prepare = [&](const std::string& dir) -> Status {
    const std::string files = dir + "/appendonlydir";
    std::error_code problem;
    if (!std::filesystem::create_directory(files, problem))
      return Error(ErrorCode::kIo, "cannot create " + files + ": " + problem.message());
    auto written = write_restored_files(cut, files, options.progress);
    if (!written.ok()) return written.error();
    report.restored = written.value();
    return {};
  };
  auto redis = DisposableRedis::start(server, stop);
  if (!redis.ok()) return redis.error();
  const std::string what = "the redis-server that picks the keys out";
  if (Status loaded = redis.value()->wait_loaded(kHourMs); !loaded.ok()) return loaded.error().prefixed(what);
  auto connection = redis.value()->connect(kHourMs);
  if (!connection.ok()) return connection.error().prefixed(what);
  RedisConnection& link = *connection.value();
  auto info = link.command({"INFO", "keyspace"});
  if (!info.ok()) return info.error().prefixed(what);
  for (const std::string& db : databases_of(info.value())) {
    if (Status kept = keep_matching(link, db, options.pattern, stop, report.keys); !kept.ok())
      return kept.error().prefixed(what);
  }
  if (auto saved = link.command({"SAVE"}); !saved.ok()) return saved.error().prefixed(what);
  if (Status moved = FileSystem::real().rename(redis.value()->dir() + "/dump.rdb", rdb); !moved.ok())
    return moved.error();
  return report;
}

}  // namespace holdfast::journal
