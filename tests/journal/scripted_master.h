// A Redis primary that says exactly what a test wants, for what a real one cannot be made to do. Loopback,
// one connection at a time; calls block, with a generous deadline after which they fail the test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::journal {

class ScriptedMaster {
 public:
  ScriptedMaster();
  ~ScriptedMaster();
  ScriptedMaster(const ScriptedMaster&) = delete;
  ScriptedMaster& operator=(const ScriptedMaster&) = delete;

  int port() const { return port_; }

  // What it says about itself in INFO.
  std::string replid;
  std::string replid2 = std::string(40, '0');
  int64_t second_offset = -1;
  uint64_t offset = 0;

  // Takes the next connection, answers what comes before PSYNC, and answers its two arguments.
  std::vector<std::string> accept_until_psync();
  // Everything but PSYNC that was sent on this connection before it.
  const std::vector<std::vector<std::string>>& before_psync() const { return before_psync_; }

  void send(std::string_view bytes);
  // One byte in each packet.
  void send_slowly(std::string_view bytes);
  // The next command; empty after a failure.
  std::vector<std::string> read_command();
  // Reads acknowledgements until one says `offset`; each must be at most that. False after a failure.
  bool wait_acknowledged(uint64_t offset);
  void hang_up();

 private:
  bool fill();

  int listener_;
  int client_ = -1;
  int port_ = 0;
  std::string input_;
  std::vector<std::vector<std::string>> before_psync_;
};

}  // namespace holdfast::journal
