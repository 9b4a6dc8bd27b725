// The one place behind a port that another process has: who holds it gets the port next.
//
// If two waited for the same port, both would get connections when the first process leaves, and only one of
// them can have the journal. So the second waits for this place before it listens at all.
//
// It is a name in the abstract namespace of unix sockets (unix(7)): it belongs to the network namespace, as
// ports do, and is free again when its process ends, however it ends. Best effort: where there are no such
// names, everybody gets a place. Any thread.
#pragma once

#include <memory>

namespace holdfast::net {

class StandbyPlace {
 public:
  // Behind the address that `fd` is bound to. Null: another process has it.
  static std::unique_ptr<StandbyPlace> take(int fd);
  ~StandbyPlace();
  StandbyPlace(const StandbyPlace&) = delete;
  StandbyPlace& operator=(const StandbyPlace&) = delete;

 private:
  explicit StandbyPlace(int fd) : fd_(fd) {}

  const int fd_;  // -1: it could not be made
};

}  // namespace holdfast::net
