#include "bench/load/interrupt.h"

#include <signal.h>

namespace holdfast::bench {
namespace {

volatile sig_atomic_t signal_came = 0;

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { signal_came = 1; };
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

bool interrupted() {
  return signal_came != 0;
}

}  // namespace holdfast::bench
