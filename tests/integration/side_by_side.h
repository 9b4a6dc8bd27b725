// The same clients, doing the same, at a redis-server of their own and at Holdfast: whatever they get must be
// the same bytes in the same order.
//
//   SideBySide both("3");
//   both.send("subscriber", "SUBSCRIBE news", 1);     // one frame comes back, on both sides the same
//   both.send("publisher", "PUBLISH news hello", 1);
//   both.expect("subscriber", 1);                     // what came unasked
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tests/integration/stack.h"
#include "tests/support/raw_client.h"

namespace holdfast::testing {

class SideBySide {
 public:
  // Every client begins with HELLO `protocol`.
  explicit SideBySide(std::string protocol, HoldfastConfig config = {});

  // Sends inline commands, separated by "\r\n", in one write, and expects `frames` frames: replies or pushes.
  void send(const std::string& client, const std::string& commands, int frames = 1);
  // The same when a frame is not what it says it is, such as an EXEC in which SUBSCRIBE is answered: all
  // bytes up to the answer to a PING behind the commands are compared.
  void send_whole(const std::string& client, const std::string& commands);
  // One command a line, one after the other, one frame each.
  void send_each(const std::string& client, const std::string& lines);
  void expect(const std::string& client, int frames);
  // CLIENT TRACKING ON of `reader`, whose invalidations `listener` gets.
  void redirect(const std::string& reader, const std::string& listener);
  // Both sides close the connection, with nothing before.
  void expect_closed(const std::string& client);

  // Applied to every frame before it is compared: for what must differ, such as ids.
  std::function<std::string(std::string)> normalize = [](std::string frame) { return frame; };

  Stack& stack() { return stack_; }

 private:
  struct Pair {
    RawClient direct, through;
  };
  Pair& pair(const std::string& client);

  const std::string protocol_;
  RedisServer reference_;
  Stack stack_;
  std::map<std::string, std::unique_ptr<Pair>> clients_;
  std::string last_;  // what was sent, for messages
};

// Replaces the number that follows each `before`, up to the next character that is not a digit, by N.
std::string without_number(std::string frame, const std::string& before);

}  // namespace holdfast::testing
