#include "tests/support/holdfast_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "tests/support/child_process.h"
#include "tests/support/http_client.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {

int64_t number_after(const std::string& text, const std::string& before) {
  const size_t at = text.find(before);
  if (at == std::string::npos) return -1;
  int64_t number = -1;
  const char* begin = text.data() + at + before.size();
  std::from_chars(begin, text.data() + text.size(), number);
  return number;
}

namespace {

// Of "serves ... and /readyz on http://127.0.0.1:9121", or at another address.
int admin_port_in(const std::string& log) {
  const size_t at = log.find("/readyz on http");
  const size_t end = at == std::string::npos ? at : log.find('\n', at);
  return end == std::string::npos ? 0 : std::stoi(log.substr(log.rfind(':', end) + 1));
}

}  // namespace

HoldfastProcess::HoldfastProcess(std::string program, HoldfastConfig config, Until until)
    : program_(std::move(program)), config_(std::move(config)) {
  if (config_.journal_dir.empty()) config_.journal_dir = dir_.file("journal");
  start(until);
}

HoldfastProcess::~HoldfastProcess() {
  kill();
}

std::string HoldfastProcess::config_text() const {
  const std::string journal =
      config_.via.empty() ? "dir = \"" + config_.journal_dir + "\"" : "via = \"" + config_.via + "\"";
  const std::string environment = "\n[environment.default]\nlisten = [" +
                                  (config_.listen.empty() ? "" : "\"" + config_.listen + "\"") + "]\n" +
                                  config_.environment;
  return "[server]\nadmin = \"" + config_.admin + "\"\n" + config_.server +  //
         "\n[upstream.main]\nurl = \"" + config_.upstream_url + "\"\n" + config_.upstream +
         "\n[upstream.main.journal]\n" + journal + "\n" + config_.journal +
         (config_.serves ? environment : "") + "\n";
}

void HoldfastProcess::start(Until until) {
  write_config();
  const std::string log_file = dir_.file("stderr.log");
  const int log_fd = open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn({program_, "run", "--config", config_file()}, log_fd);
  close(log_fd);
  port_ = admin_port_ = 0;
  if (until == Until::kSpawned) return;
  const bool started = wait_until([&] {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    admin_port_ = admin_port_in(log());
    return pid_ < 0 || admin_port_ > 0;
  });
  EXPECT_TRUE(started && pid_ > 0) << "holdfast does not start:\n" << log();
  if (until == Until::kReady && pid_ > 0) (void)wait_ready();
}

int HoldfastProcess::stop() {
  signal(SIGTERM);
  return wait_exit();
}

void HoldfastProcess::kill() {
  if (pid_ <= 0) return;
  signal(SIGKILL);
  waitpid(std::exchange(pid_, -1), nullptr, 0);
}

void HoldfastProcess::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

int HoldfastProcess::wait_exit() {
  int status = 0;
  const pid_t pid = pid_;
  if (!wait_until([&] { return waitpid(pid, &status, WNOHANG) == pid; })) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool HoldfastProcess::wait_ready() {
  const bool ready = wait_until([this] { return ready_status() == 200; });
  EXPECT_TRUE(ready) << "not ready: " << ready_page() << log();
  return ready;
}

bool HoldfastProcess::wait_problem(const std::string& text) {
  const bool found =
      wait_until([&] { return ready_status() == 503 && ready_page().find(text) != std::string::npos; });
  EXPECT_TRUE(found) << "/readyz does not say '" << text << "' but: " << ready_page() << log();
  return found;
}

bool HoldfastProcess::wait_log(const std::string& text) {
  const bool found = wait_until([&] { return log().find(text) != std::string::npos; });
  EXPECT_TRUE(found) << "the log does not say '" << text << "' but: " << log();
  return found;
}

int HoldfastProcess::port() {
  if (port_ > 0) return port_;
  const bool listens = wait_until([this] {
    port_ = static_cast<int>(number_after(log(), "listening on 127.0.0.1:"));
    return port_ > 0;
  });
  EXPECT_TRUE(listens) << "holdfast does not listen:\n" << log();
  return port_;
}

std::string HoldfastProcess::log() const {
  return read_file(dir_.file("stderr.log"));
}

int HoldfastProcess::ready_status() const {
  const auto reply = http_get(static_cast<uint16_t>(admin_port_), "/readyz");
  return reply ? reply->status : 0;
}

std::string HoldfastProcess::ready_page() const {
  const auto reply = http_get(static_cast<uint16_t>(admin_port_), "/readyz");
  return reply ? reply->body : "";
}

std::string HoldfastProcess::metrics_page() const {
  const auto reply = http_get(static_cast<uint16_t>(admin_port_), "/metrics");
  return reply ? reply->body : "";
}

double HoldfastProcess::metric(const std::string& series) const {
  const std::string page = "\n" + metrics_page();
  const size_t at = page.find("\n" + series + " ");
  return at == std::string::npos ? 0 : std::strtod(page.c_str() + at + series.size() + 2, nullptr);
}

uint64_t HoldfastProcess::peak_memory_kib() const {
  const std::string status = read_file("/proc/" + std::to_string(pid_) + "/status");
  const size_t at = status.find("VmHWM:");
  return at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + 6, nullptr, 10);
}

}  // namespace holdfast::testing
