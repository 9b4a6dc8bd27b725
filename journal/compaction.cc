#include "journal/compaction.h"

#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "base/readable.h"
#include "journal/crc32c.h"
#include "journal/disposable_redis.h"
#include "journal/durable_file.h"
#include "journal/file_reader.h"
#include "journal/loadable_dir.h"
#include "journal/retention.h"
#include "journal/segment_reader.h"

namespace holdfast::journal {
namespace {

constexpr size_t kReadBytes = 1u << 20;
constexpr size_t kMagicBytes = 9;                        // "REDIS0010"
constexpr int64_t kPatienceMs = int64_t{6} * 3'600'000;  // for one step on very large data
constexpr uint64_t kSpareRoomBytes = 16u << 20;
constexpr const char* kRdbName = "dump.rdb";

Error corrupt(const std::string& path, const std::string& what) {
  return Error(ErrorCode::kCorrupt, path + ": corrupt: " + what);
}

struct FileFacts {
  uint64_t size = 0;
  uint32_t crc = 0;
  std::string magic;
};

Result<FileFacts> read_all(const std::string& path, const StopSignal& stop) {
  auto file = FileReader::open(path);
  if (!file.ok()) return file.error();
  FileFacts facts;
  std::vector<char> buffer(kReadBytes);
  while (true) {
    if (stop.requested()) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    auto n = file.value()->read_at(facts.size, buffer.data(), buffer.size());
    if (!n.ok()) return n.error();
    if (n.value() == 0) return facts;
    if (facts.size == 0) facts.magic.assign(buffer.data(), std::min(n.value(), kMagicBytes));
    facts.crc = crc32c(facts.crc, buffer.data(), n.value());
    facts.size += n.value();
  }
}

// Every byte that will be loaded: a redis-server would load a changed value without a word.
Status verify(const std::string& dir, const Store::Cut& cut, const StopSignal& stop, std::string& magic) {
  const Manifest& manifest = cut.manifest;
  const std::string base_path = dir + "/" + base_name(manifest.base.sequence);
  auto base = read_all(base_path, stop);
  if (!base.ok()) return base.error();
  if (base.value().size != manifest.base.size || base.value().crc != manifest.base.crc)
    return corrupt(base_path, "it is not what was written (the checksum is of the whole file)");
  magic = base.value().magic;

  ScanOptions options;
  options.sink = [&stop](std::string_view) -> Status {
    if (stop.requested()) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    return {};
  };
  uint64_t offset = manifest.base.offset;
  for (const uint64_t sequence : manifest.segments) {
    auto file = FileReader::open(dir + "/" + segment_name(sequence));
    if (!file.ok()) return file.error();
    auto scan = scan_segment(*file.value(), options);
    if (!scan.ok()) return scan.error();
    if (scan.value().header.start != offset || scan.value().tail_bytes > 0)
      return corrupt(file.value()->path(),
                     "it does not reach from where the file before it ends to where "
                     "the next begins");
    offset = scan.value().end;
  }
  if (offset == cut.position.offset) return {};
  return corrupt(dir, "its segments end at offset " + std::to_string(offset) + ", not at " +
                          std::to_string(cut.position.offset));
}

uint64_t bytes_behind(const std::string& dir, const Manifest& manifest) {
  Manifest stretch;
  stretch.base = manifest.base;
  stretch.segments = manifest.segments;
  return bytes_of(dir, stretch.file_names());
}

// A new base is hardly larger than what it stands for. The live journal must never find its disk full because
// of it.
Status check_room(const std::string& dir, uint64_t bytes) {
  std::error_code problem;
  const auto space = std::filesystem::space(dir, problem);
  const uint64_t needed = bytes + bytes / 8 + kSpareRoomBytes;
  if (problem || space.available >= needed) return {};
  return Error(ErrorCode::kIo, "a new base may need " + readable_bytes(needed) + " and the disk of " + dir +
                                   " has " + readable_bytes(space.available) + " free");
}

// A server with a stretch, ready for questions.
struct Loaded {
  std::unique_ptr<DeadPort> primary;
  std::unique_ptr<DisposableRedis> redis;
  std::unique_ptr<RedisConnection> connection;
  std::string digest;
};

Result<Loaded> load(const std::string& dir, const Manifest::Stretch& stretch,
                    const CompactionOptions& compaction, const StopSignal& stop) {
  Loaded loaded;
  auto primary = DeadPort::open();
  if (!primary.ok()) return primary.error();
  loaded.primary = std::move(primary).value();
  DisposableRedis::Options options;
  options.program = compaction.redis_server;
  options.low_priority = compaction.low_priority;
  options.parent_dir = dir;
  options.arguments = loading_arguments(*loaded.primary);
  options.prepare = [&](const std::string& scratch) { return make_loadable(scratch, dir, stretch); };
  auto redis = DisposableRedis::start(options, stop);
  if (!redis.ok()) return redis.error();
  loaded.redis = std::move(redis).value();
  if (Status ready = loaded.redis->wait_loaded(kPatienceMs); !ready.ok())
    return ready.error().prefixed("the journal could not be loaded");
  auto connection = loaded.redis->connect(kPatienceMs);
  if (!connection.ok()) return connection.error();
  loaded.connection = std::move(connection).value();
  auto digest = loaded.connection->command({"DEBUG", "DIGEST"});
  if (!digest.ok()) return digest.error().prefixed(loaded.redis->program() + ": DEBUG DIGEST");
  loaded.digest = std::move(digest).value();
  return loaded;
}

// From base and segments to an RDB in `scratch`; answers the digest of the data.
Result<std::string> write_rdb(const std::string& dir, const Store::Cut& cut, const CompactionOptions& options,
                              const StopSignal& stop, const ScratchDir& scratch) {
  auto loaded = load(dir, {cut.manifest.base, cut.manifest.segments}, options, stop);
  if (!loaded.ok()) return loaded.error();
  // Not BGSAVE: nobody else uses it, and a fork could need the memory twice.
  auto saved = loaded.value().connection->command({"SAVE"});
  if (!saved.ok()) return saved.error().prefixed(loaded.value().redis->program() + ": SAVE");
  Status moved =
      FileSystem::real().rename(loaded.value().redis->dir() + "/" + kRdbName, scratch.file(base_name(1)));
  if (!moved.ok()) return moved.error();
  return loaded.value().digest;
}

}  // namespace

std::string describe(const CompactedBase& made, uint64_t offset) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", static_cast<double>(made.duration_ms) / 1e3);
  return "a new base of " + readable_bytes(made.size) + " at offset " + std::to_string(offset) +
         " stands for " + readable_bytes(made.replaced_bytes) + " of base and segments, after " + seconds +
         " s; those stay for as long as the retention says";
}

Result<CompactedBase> make_compacted_base(const std::string& journal_dir, const Store::Cut& cut,
                                          const CompactionOptions& options, const StopSignal& stop) {
  const uint64_t started_ns = monotonic_ns();
  if (auto program = find_redis_server(options.redis_server); !program.ok()) return program.error();
  const uint64_t replaced_bytes = bytes_behind(journal_dir, cut.manifest);
  if (Status room = check_room(journal_dir, replaced_bytes); !room.ok()) return room.error();
  std::string magic;
  if (Status verified = verify(journal_dir, cut, stop, magic); !verified.ok()) return verified.error();
  auto scratch = ScratchDir::create(journal_dir);
  if (!scratch.ok()) return scratch.error();
  CompactedBase made;
  made.scratch = std::move(scratch).value();
  made.path = made.scratch->file(base_name(1));
  auto digest = write_rdb(journal_dir, cut, options, stop, *made.scratch);
  if (!digest.ok()) return digest.error();

  auto file = FileSystem::real().open(made.path);
  if (!file.ok()) return file.error();
  if (Status synced = file.value()->sync(); !synced.ok()) return synced.error();
  auto facts = read_all(made.path, stop);
  if (!facts.ok()) return facts.error();
  if (facts.value().magic > magic) {
    return Error(ErrorCode::kInvalid,
                 "the redis-server at hand writes a newer RDB (" + facts.value().magic +
                     ") than the upstream did (" + magic +
                     ") and may not be able to load; name one of the upstream's version with redis_server");
  }
  made.size = facts.value().size;
  made.crc = facts.value().crc;

  Manifest::Stretch alone;
  alone.base.sequence = 1;
  auto again = load(made.scratch->path(), alone, options, stop);
  if (!again.ok()) return again.error().prefixed("the new base cannot be loaded");
  if (again.value().digest != digest.value())
    return Error(ErrorCode::kIo,
                 "the new base does not have the data of the journal (its digest is another); "
                 "the old one stays");
  made.replaced_bytes = replaced_bytes;
  made.duration_ms = static_cast<int64_t>((monotonic_ns() - started_ns) / 1'000'000);
  return made;
}

}  // namespace holdfast::journal
