// A real headless Chromium for one test, told what to do over the DevTools protocol
// (https://chromedevtools.github.io/devtools-protocol/) through a pair of pipes: no port, no driver beside
// it, a profile of its own, and no way to any other machine. Gone when the test ends.
#pragma once

#include <sys/types.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace holdfast::testing {

struct BrowserWindow {
  int width = 1280;
  int height = 900;
  bool is_phone = false;  // touch, and two pixels a point
  bool is_dark = false;   // what the person prefers
};

class Browser {
 public:
  // A browser that does not start is a failure of the test.
  explicit Browser(BrowserWindow window = {});
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  // Returns when the page has loaded.
  void open(const std::string& url);
  // The value of a JavaScript expression, as text ("true", "12", or the string itself).
  std::string evaluate(const std::string& expression);
  // Until the expression is true; false after a deadline.
  [[nodiscard]] bool wait_for(const std::string& expression);

  // As from a keyboard: "Tab", "Enter", "Escape", " ".
  void press(const std::string& key);
  void type(const std::string& text);

  // The whole page, as the bytes of a PNG.
  std::string screenshot();

  // Addresses of everything that was asked of the network since the start.
  const std::vector<std::string>& requests() const { return requests_; }
  // Errors and warnings of the page: exceptions, the console, what could not be loaded.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  nlohmann::json call(const std::string& method, const nlohmann::json& parameters);
  nlohmann::json read_message();
  void take_event(const nlohmann::json& event);

  TempDir profile_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string received_;
  std::string session_;  // of the page
  int calls_ = 0;
  bool loaded_ = false;
  std::vector<std::string> requests_;
  std::vector<std::string> complaints_;
};

}  // namespace holdfast::testing
