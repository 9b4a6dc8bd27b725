#include "cli/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/clock.h"

namespace holdfast::cli {
namespace {

// xterm's control sequences (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html): the alternate screen,
// the cursor, home, erase to the end of the line and of the screen.
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l";
constexpr const char* kLeave = "\x1b[?25h\x1b[?1049l";
constexpr const char* kHome = "\x1b[H";
constexpr const char* kLineEnd = "\x1b[K\r\n";
constexpr const char* kScreenEnd = "\x1b[K\x1b[J";
constexpr size_t kWidthWithoutScreen = 160;
constexpr size_t kHeightWithoutScreen = 60;

journal::StopSignal* stop_of_process = nullptr;

// Only write(2) to an eventfd and an atomic: both may be done in a signal handler.
void on_signal(int) {
  const int saved = errno;
  if (stop_of_process != nullptr) stop_of_process->request();
  errno = saved;
}

winsize size_of_screen() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

}  // namespace

Terminal::Terminal(bool screen) : is_screen_(screen && isatty(STDOUT_FILENO) != 0) {
  stop_of_process = &stop_;
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  if (!is_screen_) return;
  reads_keys_ = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0;
  if (reads_keys_) {
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  std::fputs(kEnter, stdout);
  std::fflush(stdout);
}

Terminal::~Terminal() {
  if (is_screen_) {
    std::fputs(kLeave, stdout);
    std::fflush(stdout);
  }
  if (reads_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
  stop_of_process = nullptr;
}

size_t Terminal::width() const {
  const size_t columns = is_screen_ ? size_of_screen().ws_col : 0;
  return columns != 0 ? columns : kWidthWithoutScreen;
}

size_t Terminal::height() const {
  const size_t rows = is_screen_ ? size_of_screen().ws_row : 0;
  return rows != 0 ? rows : kHeightWithoutScreen;
}

bool Terminal::show(const std::vector<std::string>& lines) {
  std::string text;
  if (is_screen_) {
    text = kHome;
    const size_t shown = std::min(lines.size(), height());
    for (size_t i = 0; i < shown; ++i) text.append(lines[i]).append(i + 1 < shown ? kLineEnd : kScreenEnd);
  } else {
    for (const std::string& line : lines) text.append(line).append("\n");
    text += "\n";
  }
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

bool Terminal::wait_ms(int64_t ms) {
  const uint64_t end_ns = monotonic_ns() + static_cast<uint64_t>(ms) * 1'000'000;
  while (!stop_.requested()) {
    const uint64_t now_ns = monotonic_ns();
    if (now_ns >= end_ns) return true;
    pollfd watched[] = {{stop_.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    const int ready =
        poll(watched, reads_keys_ ? 2 : 1, static_cast<int>((end_ns - now_ns + 999'999) / 1'000'000));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0 || !reads_keys_ || watched[1].revents == 0) continue;
    char key = 0;
    const ssize_t n = read(STDIN_FILENO, &key, 1);
    if (n > 0 && (key == 'q' || key == 'Q')) return false;
    if (n == 0) reads_keys_ = false;  // its other end is gone
  }
  return false;
}

}  // namespace holdfast::cli
