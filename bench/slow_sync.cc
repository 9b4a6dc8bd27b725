// A disk as slow as a network volume: LD_PRELOAD this library and every fsync and fdatasync takes
// BENCH_SLOW_SYNC_US microseconds longer (2000 if not set). It reaches only those two functions: a program
// that syncs through io_uring, O_DSYNC or RWF_DSYNC is not slowed down.
#include <dlfcn.h>
#include <time.h>

#include <cerrno>
#include <cstdlib>

namespace {

using SyncFunction = int (*)(int);

SyncFunction real(const char* name) {
  return reinterpret_cast<SyncFunction>(dlsym(RTLD_NEXT, name));
}

void wait_longer() {
  static const long kDelayUs = [] {
    const char* text = std::getenv("BENCH_SLOW_SYNC_US");
    return text != nullptr ? std::atol(text) : 2000L;
  }();
  timespec left{kDelayUs / 1'000'000, kDelayUs % 1'000'000 * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace

extern "C" int fsync(int fd) {
  static const SyncFunction kReal = real("fsync");
  const int result = kReal(fd);
  const int error = errno;
  wait_longer();
  errno = error;
  return result;
}

extern "C" int fdatasync(int fd) {
  static const SyncFunction kReal = real("fdatasync");
  const int result = kReal(fd);
  const int error = errno;
  wait_longer();
  errno = error;
  return result;
}
