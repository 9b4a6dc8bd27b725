// `holdfast top`: for scripts, on a terminal, and when nobody answers.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "tests/integration/stack.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace holdfast::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

int top(std::vector<std::string> arguments, std::string& output) {
  output.clear();
  arguments.insert(arguments.begin(), {HOLDFAST_PROGRAM, "top"});
  return run_program(arguments, output);
}

std::string admin_of(const HoldfastProcess& holdfast) {
  return "127.0.0.1:" + std::to_string(holdfast.admin_port());
}

// `holdfast top` on a terminal of its own.
class TopOnATerminal {
 public:
  explicit TopOnATerminal(const std::string& admin) {
    winsize size{};
    size.ws_row = 40;
    size.ws_col = 100;
    pid_ = forkpty(&master_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      execl(HOLDFAST_PROGRAM, HOLDFAST_PROGRAM, "top", "--admin", admin.c_str(), nullptr);
      _exit(127);
    }
    tcgetattr(master_, &before_);
  }
  ~TopOnATerminal() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(master_);
  }

  // Until the screen has shown this; false when it ends first.
  bool shows(const std::string& text) {
    while (screen_.find(text) == std::string::npos)
      if (!read_more()) return false;
    return true;
  }
  void press(char key) { ASSERT_EQ(write(master_, &key, 1), 1); }
  void interrupt() { kill(pid_, SIGINT); }
  // Its exit code, and all that it has shown.
  int wait_exit(std::string& screen) {
    while (read_more()) {
    }
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    screen = screen_;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool is_raw() const {
    termios now{};
    tcgetattr(master_, &now);
    return (now.c_lflag & ICANON) == 0;
  }

 private:
  bool read_more() {
    pollfd watched{master_, POLLIN, 0};
    if (poll(&watched, 1, 30'000) <= 0) return false;
    char buffer[4096];
    const ssize_t n = read(master_, buffer, sizeof(buffer));
    if (n <= 0) return false;
    screen_.append(buffer, static_cast<size_t>(n));
    return true;
  }

  int master_ = -1;
  pid_t pid_ = -1;
  termios before_{};
  std::string screen_;
};

TEST(Top, OnceShowsWhatThereIs) {
  Stack stack({.server = "slow_log_threshold = '20ms'\n", .environment = "allow = ['debug']\n"},
              {"--enable-debug-command", "yes"});
  RedisClient client(stack.holdfast.port());
  client.command({"FLUSHALL"});
  client.command({"DEBUG", "SLEEP", "0.03"});
  for (int i = 0; i < 300; ++i) client.command({"GET", "order:hot"});
  std::string output;
  ASSERT_EQ(top({"--admin", "http://" + admin_of(stack.holdfast), "--once"}, output), 0);
  EXPECT_THAT(output, AllOf(StartsWith("holdfast "), HasSubstr("  ready  "), HasSubstr("requests/s"),
                            HasSubstr("to durable p99"), HasSubstr("accepting"),
                            HasSubstr("FLUSHALL  refused by rule '@builtin'"), HasSubstr(" ms  DEBUG"),
                            HasSubstr("order:hot")));
  ASSERT_EQ(
      top({"--config", stack.holdfast.config_file(), "--admin", admin_of(stack.holdfast), "--once", "--json"},
          output),
      0);
  EXPECT_THAT(output, AllOf(StartsWith("{\"version\":"), HasSubstr("\"hot_keys\":[{\"key\":\"order:hot\"")));
}

TEST(Top, NobodyAnswers) {
  std::string output;
  EXPECT_EQ(top({"--admin", "127.0.0.1:1"}, output), 1);
  EXPECT_THAT(output, AllOf(StartsWith("holdfast top: cannot ask http://127.0.0.1:1"), HasSubstr("refused")));
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
  EXPECT_EQ(top({"--admin", "nonsense", "--once"}, output), 2);
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
  // A Redis is no Holdfast.
  RedisServer redis;
  EXPECT_EQ(top({"--admin", "127.0.0.1:" + std::to_string(redis.port()), "--once"}, output), 1);
  EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
}

TEST(Top, QLeavesAndPutsTheTerminalBack) {
  Stack stack;
  TopOnATerminal terminal(admin_of(stack.holdfast));
  ASSERT_TRUE(terminal.shows("hottest keys"));
  EXPECT_TRUE(terminal.is_raw());
  terminal.press('q');
  std::string screen;
  EXPECT_EQ(terminal.wait_exit(screen), 0);
  EXPECT_THAT(screen, AllOf(HasSubstr("\x1b[?1049h"), HasSubstr("\x1b[?1049l")));
  EXPECT_FALSE(terminal.is_raw());
}

TEST(Top, CtrlCPutsTheTerminalBackToo) {
  Stack stack;
  TopOnATerminal terminal(admin_of(stack.holdfast));
  ASSERT_TRUE(terminal.shows("hottest keys"));
  // What Holdfast's end and return do to it: it says so and goes on.
  stack.holdfast.kill();
  ASSERT_TRUE(terminal.shows("trying again"));
  terminal.interrupt();
  std::string screen;
  EXPECT_EQ(terminal.wait_exit(screen), 0);
  EXPECT_THAT(screen, HasSubstr("\x1b[?25h\x1b[?1049l"));
  EXPECT_FALSE(terminal.is_raw());
}

}  // namespace
}  // namespace holdfast::testing
