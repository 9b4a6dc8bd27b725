// A child process that never outlives us: started, watched and ended by pid.
//
// One owner, one thread: the kernel ends the child (PR_SET_PDEATHSIG) when the thread that started it ends,
// so that thread must live as long as this object. Of all processes it is the first that the kernel kills
// when memory is short.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace holdfast::journal {

class ServerProcess {
 public:
  struct Command {
    std::string program;                 // a path
    std::vector<std::string> arguments;  // without the program itself
    std::string directory;               // it runs there
    std::string output;                  // a file that receives stdout and stderr
    bool low_priority = false;           // of processor and disk: only what nobody else wants
  };

  static Result<std::unique_ptr<ServerProcess>> start(const Command& command);
  // SIGKILL, and waits for its end.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  pid_t pid() const { return pid_; }
  // True once it has ended by itself; from then on there is no such process any more.
  bool has_ended();
  // How it ended: "exit status 1", "signal 9".
  const std::string& ending() const { return ending_; }

 private:
  explicit ServerProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  bool ended_ = false;
  std::string ending_;
};

// The path of a program: `name` when it has a slash, else found in $PATH. kInvalid: there is none that can be
// executed.
Result<std::string> find_program(const std::string& name);

}  // namespace holdfast::journal
