// What a sync costs on this disk, by how the bytes come into the file (docs/performance.md says what follows
// from it). No server takes part.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bench/load/interrupt.h"
#include "bench/load/tcp.h"
#include "bench/report/spread.h"
#include "bench/report/table.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

constexpr size_t kGroupBytes = 180;  // a small SET with its record
constexpr size_t kBlockBytes = 4096;
constexpr off_t kRoomBytes = 2 << 20;

struct Way {
  std::string name;
  int open_flags;
  bool is_allocated;  // fallocate() with KEEP_SIZE
  bool is_written;    // the file has all of its bytes before
  int write_flags;    // of pwritev2()
  bool is_synced;     // by fdatasync()

  bool is_direct() const { return (open_flags & O_DIRECT) != 0; }
  size_t bytes() const { return is_direct() ? kBlockBytes : kGroupBytes; }
};

const std::vector<Way> kWays = {
    {"append, fdatasync (a segment)", 0, false, false, 0, true},
    {"append to what fallocate(KEEP_SIZE) gave, fdatasync", 0, true, false, 0, true},
    {"overwrite, fdatasync", 0, false, true, 0, true},
    {"overwrite a block past the page cache, fdatasync (the redo log)", O_DIRECT, false, true, 0, true},
    {"append, O_DSYNC", O_DSYNC, false, false, 0, false},
    {"append, RWF_DSYNC", 0, false, false, RWF_DSYNC, false},
    {"overwrite, RWF_DSYNC", 0, false, true, RWF_DSYNC, false},
};

Result<Fd> prepare(const Way& way, const std::string& path) {
  const int flags = way.open_flags & ~O_DIRECT;
  Fd fd(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | flags, 0600));
  if (fd.get() < 0) return Error::from_errno("cannot make " + path, errno);
  ::unlink(path.c_str());
  if (way.is_allocated && ::fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, kRoomBytes) != 0)
    return Error::from_errno("cannot allocate " + path, errno);
  const std::string room(way.is_written ? kRoomBytes : 0, '#');
  if (::pwrite(fd.get(), room.data(), room.size(), 0) != static_cast<ssize_t>(room.size()) ||
      ::fsync(fd.get()) != 0)
    return Error::from_errno("cannot write " + path, errno);
  if (way.is_direct() && ::fcntl(fd.get(), F_SETFL, O_DIRECT) != 0)
    return Error::from_errno("cannot write past the page cache to " + path, errno);
  return fd;
}

// Microseconds.
Result<double> sync_once(const Way& way, int fd, off_t round) {
  alignas(kBlockBytes) static char bytes[kBlockBytes];
  const iovec piece{bytes, way.bytes()};
  const off_t at = round * static_cast<off_t>(way.bytes());
  const uint64_t began = monotonic_ns();
  if (::pwritev2(fd, &piece, 1, at, way.write_flags) != static_cast<ssize_t>(way.bytes()) ||
      (way.is_synced && ::fdatasync(fd) != 0))
    return Error::from_errno("cannot write", errno);
  return static_cast<double>(monotonic_ns() - began) / 1000;
}

}  // namespace

Result<std::string> run_disk(const Settings& settings) {
  const int rounds = settings.is_quick ? 20 : 400;
  std::vector<Fd> files;
  for (const Way& way : kWays) {
    auto file = prepare(way, settings.fleet.directory + "/sync-probe");
    if (!file.ok()) return file.error().prefixed(way.name);
    files.push_back(std::move(file).value());
  }
  std::vector<std::vector<double>> times(kWays.size());
  for (int round = 0; round < rounds; ++round) {
    if (interrupted()) return interrupted_error();
    for (size_t w = 0; w < kWays.size(); ++w) {
      const auto us = sync_once(kWays[w], files[w].get(), round);
      if (!us.ok()) return us.error().prefixed(kWays[w].name);
      times[w].push_back(us.value());
    }
  }
  Table table({"way", "p50, us", "p90, us", "p99, us", "/ append, fdatasync"});
  for (size_t w = 0; w < kWays.size(); ++w) {
    std::sort(times[w].begin(), times[w].end());
    const auto at = [&](size_t percent) { return times[w][times[w].size() * percent / 100]; };
    table.add({kWays[w].name, number(at(50), 0), number(at(90), 0), number(at(99), 0),
               number(at(50) / times[0][times[0].size() / 2], 2)});
  }
  return std::to_string(rounds) + " interleaved writes of " + std::to_string(kGroupBytes) +
         " bytes (or a block), each made durable, in the benchmark's directory.\n\n" + table.to_string();
}

}  // namespace holdfast::bench
