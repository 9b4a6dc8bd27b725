#include "tests/journal/store_fixture.h"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

#include "tests/support/temp_dir.h"

namespace holdfast::journal {
namespace {

// The end of the command at `at`.
size_t command_end(const std::string& text, size_t at) {
  size_t arguments = std::stoul(text.substr(at + 1));
  at = text.find('\n', at) + 1;
  while (arguments-- > 0) {
    const size_t size = std::stoul(text.substr(at + 1));
    at = text.find('\n', at) + 1 + size + 2;
  }
  return at;
}

std::vector<std::string> segment_paths(const std::string& dir) {
  std::vector<std::string> paths;
  std::istringstream manifest(testing::read_file(dir + "/appendonly.aof.manifest"));
  for (std::string line; std::getline(manifest, line);) {
    if (line.ends_with(" type i")) paths.push_back(dir + "/" + line.substr(5, line.find(' ', 5) - 5));
  }
  return paths;
}

}  // namespace

std::string command_bytes(const std::vector<std::string>& arguments) {
  std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string& argument : arguments)
    bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
  return bytes;
}

std::vector<std::string> make_groups(int count) {
  std::vector<std::string> groups;
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    std::string group = command_bytes({"SET", "key" + n, "#HF group end=1 length=2\r\n*1\r\n" + n});
    if (i % 3 == 1)
      group += command_bytes({"MULTI"}) + command_bytes({"INCR", "c" + n}) + command_bytes({"EXEC"});
    if (i % 3 == 2) group += command_bytes({"PING"});
    groups.push_back(group);
  }
  return groups;
}

std::string join(const std::vector<std::string>& groups) {
  std::string all;
  for (const std::string& group : groups) all += group;
  return all;
}

Status adopt_test_base(Store& store, uint64_t offset) {
  auto base = store.begin_base();
  if (!base.ok()) return base.error();
  if (Status written = base.value().append(kTestBase); !written.ok()) return written;
  return store.adopt_base(std::move(base).value(), {kTestReplid, offset});
}

Status commit_all(Store& store, const std::vector<std::string>& groups) {
  for (const std::string& group : groups) {
    if (Status committed = store.commit(group, 0); !committed.ok()) return committed;
  }
  return {};
}

std::string stream_in(const std::string& dir) {
  std::string stream;
  for (const std::string& path : segment_paths(dir)) {
    const std::string text = testing::read_file(path);
    bool prelude = true;
    for (size_t at = 0; at < text.size();) {
      const bool annotation = text[at] == '#';
      const size_t end = annotation ? text.find('\n', at) + 1 : command_end(text, at);
      if (end <= at) throw std::out_of_range(path + " ends inside of a command");
      if (!annotation && !prelude) stream += text.substr(at, end - at);
      if (!annotation) prelude = false;
      at = end;
    }
  }
  return stream;
}

std::string last_segment_path(const std::string& dir) {
  return segment_paths(dir).back();
}

}  // namespace holdfast::journal
