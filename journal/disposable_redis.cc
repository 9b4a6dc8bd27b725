#include "journal/disposable_redis.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/clock.h"
#include "journal/file_reader.h"

namespace holdfast::journal {
namespace {

constexpr const char* kSocketName = "redis.sock";
constexpr const char* kLogName = "redis.log";
constexpr int64_t kPollMs = 20;
constexpr int64_t kPingMs = 10'000;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr size_t kLogTailBytes = 4096;
// Redis refuses data of a database that it does not have, and has 16 unless told otherwise.
constexpr const char* kDatabases = "10000";

// The last line that redis-server logged, without its time.
std::string last_words(const std::string& path) {
  auto file = FileReader::open(path);
  if (!file.ok()) return "";
  const uint64_t size = file.value()->size();
  std::string text(std::min<uint64_t>(size, kLogTailBytes), '\0');
  auto n = file.value()->read_at(size - text.size(), text.data(), text.size());
  text.resize(n.ok() ? n.value() : 0);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  text = text.substr(text.find_last_of('\n') + 1);  // npos + 1 is 0
  const size_t mark = text.find_first_of("#*-");
  return mark == std::string::npos || mark + 2 > text.size() ? text : text.substr(mark + 2);
}

}  // namespace

Result<std::string> find_redis_server(const std::string& configured) {
  auto found = find_program(configured.empty() ? "redis-server" : configured);
  if (found.ok()) return found;
  if (configured.empty()) {
    if (auto valkey = find_program("valkey-server"); valkey.ok()) return valkey;
  }
  return Error(ErrorCode::kInvalid,
               found.error().message() +
                   (configured.empty()
                        ? "; install one, or name it with --redis-server or redis_server in the journal's "
                          "section"
                        : "; correct --redis-server or redis_server"));
}

Result<std::unique_ptr<DisposableRedis>> DisposableRedis::start(const Options& options,
                                                                const StopSignal& stop) {
  auto program = find_redis_server(options.program);
  if (!program.ok()) return program.error();
  const std::string parent = options.parent_dir.empty() ? temporary_directory() : options.parent_dir;
  (void)ScratchDir::remove_leftovers(parent);
  auto dir = ScratchDir::create(parent);
  if (!dir.ok()) return dir.error();
  std::unique_ptr<DisposableRedis> redis(new DisposableRedis(stop));
  redis->program_ = std::move(program).value();
  redis->dir_ = std::move(dir).value();
  const std::string& path = redis->dir();
  if (options.prepare) {
    if (Status prepared = options.prepare(path); !prepared.ok()) return prepared.error();
  }

  redis->endpoint_.kind = Endpoint::Kind::kUnix;
  redis->endpoint_.path = redis->dir_->file(kSocketName);
  if (redis->endpoint_.path.size() >= sizeof(sockaddr_un::sun_path)) {
    // The way around the limit on a socket's path: through a descriptor of its directory.
    redis->dir_fd_ = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (redis->dir_fd_ < 0) return Error::from_errno("cannot open " + path, errno);
    redis->endpoint_.path = "/proc/self/fd/" + std::to_string(redis->dir_fd_) + "/" + kSocketName;
  }

  ServerProcess::Command command;
  command.program = redis->program_;
  command.directory = path;
  command.output = redis->dir_->file(kLogName);
  command.low_priority = options.low_priority;
  command.arguments = {"--port",
                       "0",
                       "--unixsocket",
                       kSocketName,
                       "--unixsocketperm",
                       "700",
                       "--dir",
                       ".",
                       "--save",
                       "",
                       "--appendonly",
                       "no",
                       "--maxmemory",
                       "0",
                       "--databases",
                       kDatabases,
                       "--daemonize",
                       "no",
                       "--supervised",
                       "no",
                       "--logfile",
                       "",
                       "--loglevel",
                       "notice",
                       "--always-show-logo",
                       "no"};
  command.arguments.insert(command.arguments.end(), options.arguments.begin(), options.arguments.end());
  auto process = ServerProcess::start(command);
  if (!process.ok()) return process.error();
  redis->process_ = std::move(process).value();
  return redis;
}

DisposableRedis::~DisposableRedis() {
  process_.reset();
  if (dir_fd_ >= 0) ::close(dir_fd_);
}

Error DisposableRedis::ended() const {
  const std::string words = last_words(dir_->file(kLogName));
  return Error(ErrorCode::kUnavailable, program_ + " ended (" + process_->ending() + ")" +
                                            (words.empty() ? std::string() : ", saying: " + words));
}

Status DisposableRedis::wait_loaded(int64_t timeout_ms) {
  const uint64_t deadline_ns = monotonic_ns() + static_cast<uint64_t>(timeout_ms) * kNsPerMs;
  while (true) {
    if (process_->has_ended()) return ended();
    auto connection = connect(kPingMs);
    if (connection.ok()) {
      const auto answer = connection.value()->command({"PING"});
      if (answer.ok()) return {};
    }
    if (monotonic_ns() >= deadline_ns)
      return Error(ErrorCode::kTimeout,
                   program_ + " was not ready after " + std::to_string(timeout_ms / 1000) + " seconds");
    if (!stop_.sleep_ms(kPollMs)) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
  }
}

Result<std::unique_ptr<RedisConnection>> DisposableRedis::connect(int64_t timeout_ms) const {
  return RedisConnection::connect(endpoint_, nullptr, timeout_ms, stop_);
}

}  // namespace holdfast::journal
