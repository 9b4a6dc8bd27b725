#include "tests/integration/load.h"

#include <gtest/gtest.h>

#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

std::string key_of(int writer, int number) {
  return "key:" + std::to_string(writer) + ":" + std::to_string(number);
}

std::string counter_of(int writer) {
  return "counter:" + std::to_string(writer);
}

std::string value_of(int number) {
  return "value " + std::to_string(number);
}

}  // namespace

Load::Load(int port, int writers, int pipeline) : writers_(static_cast<size_t>(writers)) {
  for (int i = 0; i < writers; ++i)
    writers_[static_cast<size_t>(i)].thread = std::thread([=, this] { write(i, port, pipeline); });
}

Load::~Load() {
  stop();
  join();
}

void Load::write(int number, int port, int pipeline) {
  Writer& writer = writers_[static_cast<size_t>(number)];
  RedisClient client(port);
  for (int next = 0; !stopping_; next += pipeline) {
    for (int i = next; i < next + pipeline; ++i) {
      client.append({"SET", key_of(number, i), value_of(i)});
      client.append({"INCR", counter_of(number)});
    }
    for (int i = next; i < next + pipeline; ++i) {
      const std::string set = client.next_reply();
      const std::string count = client.next_reply();
      if (set == "OK") {
        writer.keys.push_back(i);
        ++acknowledged_;
      } else {
        ++writer.failures[set.substr(0, set.find(' '))];
      }
      if (count[0] != '-' && count[0] != '(')
        writer.counter = std::stoi(count);
      else
        ++writer.failures[count.substr(0, count.find(' '))];
      if (!client.connected()) return;
    }
  }
}

bool Load::wait_acknowledged(uint64_t writes) const {
  const bool came = wait_until([&] { return acknowledged_ >= writes; });
  EXPECT_TRUE(came) << acknowledged_ << " of " << writes << " writes are acknowledged";
  return came;
}

std::map<std::string, int> Load::failures() const {
  std::map<std::string, int> all;
  for (const Writer& writer : writers_) {
    for (const auto& [word, count] : writer.failures) all[word] += count;
  }
  return all;
}

void Load::stop() {
  stopping_ = true;
}

void Load::join() {
  for (Writer& writer : writers_) {
    if (writer.thread.joinable()) writer.thread.join();
  }
}

int Load::missing_in(RedisClient& client) const {
  int missing = 0;
  for (size_t w = 0; w < writers_.size(); ++w) {
    const Writer& writer = writers_[w];
    const int number = static_cast<int>(w);
    for (const int key : writer.keys) client.append({"GET", key_of(number, key)});
    for (const int key : writer.keys) missing += client.next_reply() != value_of(key);
    const std::string counter = client.command({"GET", counter_of(number)});
    missing += std::max(0, writer.counter - (counter == "(nil)" ? 0 : std::stoi(counter)));
  }
  return missing;
}

}  // namespace holdfast::testing
