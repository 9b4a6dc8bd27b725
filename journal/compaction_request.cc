#include "journal/compaction_request.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <random>
#include <sstream>

#include "journal/durable_file.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kGood = "done ";
constexpr std::string_view kBad = "failed ";

std::string path_of(const std::string& dir, std::string_view name) {
  return dir + "/" + std::string(name);
}

std::string read_small(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

CompactionTurn::CompactionTurn(const std::string& dir)
    : fd_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

CompactionTurn::~CompactionTurn() {
  if (fd_ >= 0) ::close(fd_);
}

bool CompactionTurn::take() {
  return fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

Result<std::string> request_compaction(const std::string& dir) {
  std::random_device random;
  const std::string token = std::to_string(random()) + std::to_string(random());
  Status written = replace_file(FileSystem::real(), dir, std::string(kCompactName), token);
  if (!written.ok()) return written.error();
  return token;
}

std::optional<Result<std::string>> compaction_answer(const std::string& dir, const std::string& token) {
  const std::string text = read_small(path_of(dir, kCompactResultName));
  if (!text.starts_with(token + " ")) return std::nullopt;
  const std::string answer = text.substr(token.size() + 1);
  (void)FileSystem::real().remove(path_of(dir, kCompactResultName));
  if (answer.starts_with(kGood)) return Result<std::string>(answer.substr(kGood.size()));
  return Result<std::string>(Error(ErrorCode::kUnavailable, answer.substr(kBad.size())));
}

std::string take_compaction_request(const std::string& dir) {
  const std::string path = path_of(dir, kCompactName);
  const std::string token = read_small(path);
  if (!token.empty()) (void)FileSystem::real().remove(path);
  return token;
}

void answer_compaction(const std::string& dir, const std::string& token, bool good,
                       const std::string& sentence) {
  if (token.empty()) return;
  (void)replace_file(FileSystem::real(), dir, std::string(kCompactResultName),
                     token + " " + std::string(good ? kGood : kBad) + sentence);
}

}  // namespace holdfast::journal
