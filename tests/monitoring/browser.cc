#include "tests/monitoring/browser.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using nlohmann::json;

constexpr int kDeadlineMs = 120'000;

// Where Chromium reads and writes with --remote-debugging-pipe.
constexpr int kItReads = 3;
constexpr int kItWrites = 4;

pid_t start(const std::vector<std::string>& command, int reads, int writes, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  // Its processes end with it, and it ends with the test.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  // Out of the way first: the descriptors may be 3 and 4 themselves.
  const int from = fcntl(reads, F_DUPFD, 10);
  const int to = fcntl(writes, F_DUPFD, 10);
  dup2(from, kItReads);
  dup2(to, kItWrites);
  for (int fd = kItWrites + 1; fd < 256; ++fd) ::close(fd);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

std::string decode_base64(const std::string& text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

}  // namespace

Browser::Browser(BrowserWindow window) {
  std::signal(SIGPIPE, SIG_IGN);  // a browser that has ended is an error of write()
  std::array<int, 2> requests{}, answers{};
  if (pipe2(requests.data(), O_CLOEXEC) != 0 || pipe2(answers.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe for Chromium");
  pid_ = start({"chromium", "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--no-first-run",
                "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-proxy-server",
                // Whatever it would like to ask of the world on its own account.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--hide-scrollbars",
                "--user-data-dir=" + profile_.file("profile"), "about:blank"},
               requests[0], answers[1], profile_.file("chromium.log"));
  ::close(requests[0]);
  ::close(answers[1]);
  to_ = requests[1];
  from_ = answers[0];
  const std::string target = call("Target.createTarget", {{"url", "about:blank"}})["targetId"];
  session_ = call("Target.attachToTarget", {{"targetId", target}, {"flatten", true}})["sessionId"];
  for (const char* domain : {"Page", "Runtime", "Log", "Network"})
    call(std::string(domain) + ".enable", json::object());
  call("Emulation.setFocusEmulationEnabled", {{"enabled", true}});
  call("Emulation.setDeviceMetricsOverride", {{"width", window.width},
                                              {"height", window.height},
                                              {"deviceScaleFactor", window.is_phone ? 2 : 1},
                                              {"mobile", window.is_phone}});
  call("Emulation.setEmulatedMedia",
       {{"features",
         json::array({{{"name", "prefers-color-scheme"}, {"value", window.is_dark ? "dark" : "light"}}})}});
}

Browser::~Browser() {
  ::close(to_);
  ::close(from_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

json Browser::call(const std::string& method, const json& parameters) {
  json request = {{"id", ++calls_}, {"method", method}, {"params", parameters}};
  if (!session_.empty()) request["sessionId"] = session_;
  const std::string bytes = request.dump() + '\0';
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::write(to_, bytes.data() + at, bytes.size() - at);
    if (n <= 0) throw std::runtime_error("Chromium is gone: " + read_file(profile_.file("chromium.log")));
    at += static_cast<size_t>(n);
  }
  while (true) {
    json message = read_message();
    if (!message.contains("id")) {
      take_event(message);
      continue;
    }
    if (message["id"] != calls_) continue;
    if (message.contains("error"))
      throw std::runtime_error(method + ": " + message["error"].dump() + " " + parameters.dump());
    return message["result"];
  }
}

json Browser::read_message() {
  size_t end = 0;
  while ((end = received_.find('\0')) == std::string::npos) {
    pollfd ready{from_, POLLIN, 0};
    std::array<char, 65536> buffer{};
    const ssize_t n = ::poll(&ready, 1, kDeadlineMs) == 1 ? ::read(from_, buffer.data(), buffer.size()) : -1;
    if (n <= 0)
      throw std::runtime_error("Chromium does not answer: " + read_file(profile_.file("chromium.log")));
    received_.append(buffer.data(), static_cast<size_t>(n));
  }
  json message = json::parse(received_.substr(0, end));
  received_.erase(0, end + 1);
  return message;
}

void Browser::take_event(const json& event) {
  const std::string method = event.value("method", "");
  const json parameters = event.value("params", json::object());
  if (method == "Page.loadEventFired") loaded_ = true;
  if (method == "Network.requestWillBeSent") requests_.push_back(parameters["request"]["url"]);
  if (method == "Runtime.exceptionThrown") complaints_.push_back(parameters["exceptionDetails"].dump());
  if (method == "Runtime.consoleAPICalled" &&
      (parameters["type"] == "error" || parameters["type"] == "warning" || parameters["type"] == "assert"))
    complaints_.push_back(parameters["args"].dump());
  if (method == "Log.entryAdded" &&
      (parameters["entry"]["level"] == "error" || parameters["entry"]["level"] == "warning"))
    complaints_.push_back(parameters["entry"].dump());
}

void Browser::open(const std::string& url) {
  loaded_ = false;
  const json answer = call("Page.navigate", {{"url", url}});
  if (answer.contains("errorText"))
    throw std::runtime_error(url + " cannot be opened: " + answer["errorText"].dump());
  while (!loaded_) take_event(read_message());
}

std::string Browser::evaluate(const std::string& expression) {
  const json answer = call("Runtime.evaluate", {{"expression", expression}, {"returnByValue", true}});
  if (answer.contains("exceptionDetails")) {
    ADD_FAILURE() << expression << ": " << answer["exceptionDetails"].dump();
    return "";
  }
  const json value = answer["result"].value("value", json());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool Browser::wait_for(const std::string& expression) {
  const bool came = wait_until([&] { return evaluate("!!(" + expression + ")") == "true"; });
  EXPECT_TRUE(came) << expression << " is not so on this page:\n" << evaluate("document.body.innerText");
  return came;
}

void Browser::press(const std::string& key) {
  int code = 0;
  std::string text;
  if (key == "Tab") code = 9;
  if (key == "Enter") std::tie(code, text) = std::pair(13, "\r");
  if (key == "Escape") code = 27;
  if (key == " ") std::tie(code, text) = std::pair(32, " ");
  json event = {{"type", text.empty() ? "rawKeyDown" : "keyDown"},
                {"key", key},
                {"code", key == " " ? "Space" : key},
                {"windowsVirtualKeyCode", code}};
  if (!text.empty()) event["text"] = text;
  call("Input.dispatchKeyEvent", event);
  event["type"] = "keyUp";
  event.erase("text");
  call("Input.dispatchKeyEvent", event);
}

void Browser::type(const std::string& text) {
  call("Input.insertText", {{"text", text}});
}

std::string Browser::screenshot() {
  const json size = call("Page.getLayoutMetrics", json::object())["cssContentSize"];
  const json picture = call(
      "Page.captureScreenshot",
      {{"format", "png"},
       {"captureBeyondViewport", true},
       {"clip", {{"x", 0}, {"y", 0}, {"width", size["width"]}, {"height", size["height"]}, {"scale", 1}}}});
  return decode_base64(picture["data"]);
}

}  // namespace holdfast::testing
