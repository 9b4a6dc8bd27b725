#include <signal.h>

#include <cstdio>
#include <cstdlib>

#include "bench/floor/floor.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: floor LISTEN_PORT REDIS_PORT\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);  // a client that is gone shows up as a failed write
  holdfast::bench::Floor floor;
  return floor.run(std::atoi(argv[1]), std::atoi(argv[2]));
}
