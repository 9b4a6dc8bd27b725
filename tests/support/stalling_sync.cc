// A disk that hangs: with this library preloaded every fdatasync waits for as long as the file named by
// HOLDFAST_TEST_STALL exists.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

extern "C" int fdatasync(int fd) {
  using Sync = int (*)(int);
  static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
  static const char* const stall = std::getenv("HOLDFAST_TEST_STALL");
  while (stall != nullptr && access(stall, F_OK) == 0) usleep(1'000);
  return real(fd);
}
