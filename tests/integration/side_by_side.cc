#include "tests/integration/side_by_side.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace holdfast::testing {

SideBySide::SideBySide(std::string protocol, HoldfastConfig config)
    : protocol_(std::move(protocol)), stack_(std::move(config)) {}

SideBySide::Pair& SideBySide::pair(const std::string& client) {
  std::unique_ptr<Pair>& pair = clients_[client];
  if (pair == nullptr) {
    pair = std::make_unique<Pair>(Pair{RawClient(reference_.port()), RawClient(stack_.holdfast.port())});
    pair->direct.command({"HELLO", protocol_});
    pair->through.command({"HELLO", protocol_});
  }
  return *pair;
}

void SideBySide::send(const std::string& client, const std::string& commands, int frames) {
  last_ = commands;
  Pair& both = pair(client);
  EXPECT_TRUE(both.direct.send(commands + "\r\n"));
  EXPECT_TRUE(both.through.send(commands + "\r\n")) << "before " << commands;
  expect(client, frames);
}

void SideBySide::send_whole(const std::string& client, const std::string& commands) {
  static constexpr std::string_view kEnd = "\r\nthe-end\r\n";
  last_ = commands;
  Pair& both = pair(client);
  EXPECT_TRUE(both.direct.send(commands + "\r\nPING the-end\r\n"));
  EXPECT_TRUE(both.through.send(commands + "\r\nPING the-end\r\n")) << "before " << commands;
  const std::string expected = normalize(both.direct.read_until(kEnd));
  EXPECT_EQ(normalize(both.through.read_until(kEnd)), expected)
      << "'" << client << "' after " << commands << " (RESP" << protocol_ << ")";
}

void SideBySide::send_each(const std::string& client, const std::string& lines) {
  std::istringstream commands(lines);
  for (std::string command; std::getline(commands, command);) {
    if (!command.empty()) send(client, command);
  }
}

void SideBySide::expect(const std::string& client, int frames) {
  Pair& both = pair(client);
  for (int i = 1; i <= frames; ++i) {
    const std::string expected = normalize(both.direct.read_reply());
    EXPECT_EQ(normalize(both.through.read_reply()), expected)
        << "frame " << i << " of '" << client << "' after " << last_ << " (RESP" << protocol_ << ")";
  }
}

void SideBySide::redirect(const std::string& reader, const std::string& listener) {
  for (RawClient Pair::*side : {&Pair::direct, &Pair::through}) {
    const std::string id = (pair(listener).*side).command({"CLIENT", "ID"});
    EXPECT_EQ(
        (pair(reader).*side).command({"CLIENT", "TRACKING", "ON", "REDIRECT", id.substr(1, id.size() - 3)}),
        "+OK\r\n");
  }
}

void SideBySide::expect_closed(const std::string& client) {
  Pair& both = pair(client);
  EXPECT_EQ(both.direct.read_to_end(), "") << "after " << last_;
  EXPECT_EQ(both.through.read_to_end(), "") << "after " << last_;
}

std::string without_number(std::string frame, const std::string& before) {
  for (size_t at = frame.find(before); at != std::string::npos; at = frame.find(before, at + before.size())) {
    const size_t begin = at + before.size();
    const size_t end = std::min(frame.find_first_not_of("0123456789", begin), frame.size());
    frame.replace(begin, end - begin, "N");
  }
  return frame;
}

}  // namespace holdfast::testing
