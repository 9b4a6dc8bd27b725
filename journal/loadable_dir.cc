#include "journal/loadable_dir.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "journal/durable_file.h"

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDirName = "appendonlydir";

}  // namespace

Status make_loadable(const std::string& scratch, const std::string& journal_dir,
                     const Manifest::Stretch& stretch) {
  const std::string dir = scratch + "/" + kDirName;
  std::error_code problem;
  fs::create_directory(dir, problem);
  const fs::path source = problem ? fs::path() : fs::absolute(journal_dir, problem);
  Manifest names;
  names.base = stretch.base;
  names.segments = stretch.segments;
  for (const std::string& name : names.file_names()) {
    if (!problem) fs::create_symlink(source / name, dir + "/" + name, problem);
  }
  if (problem) return Error(ErrorCode::kIo, "cannot prepare " + dir + ": " + problem.message());

  std::string manifest = "file " + base_name(stretch.base.sequence) + " seq " +
                         std::to_string(stretch.base.sequence) + " type b\n";
  for (const uint64_t sequence : stretch.segments)
    manifest += "file " + segment_name(sequence) + " seq " + std::to_string(sequence) + " type i\n";
  uint64_t own = stretch.base.sequence;
  if (!stretch.segments.empty()) own = std::max(own, stretch.segments.back());
  ++own;
  manifest += "file " + segment_name(own) + " seq " + std::to_string(own) + " type i\n";
  FileSystem& files = FileSystem::real();
  if (auto file = files.create(dir + "/" + segment_name(own)); !file.ok()) return file.error();
  auto file = files.create(dir + "/" + std::string(kManifestName));
  return file.ok() ? file.value()->append(manifest) : Status(file.error());
}

// Bound, but nobody listens: the kernel refuses connections and gives the port to nobody else.
Result<std::unique_ptr<DeadPort>> DeadPort::open() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error::from_errno("cannot make a socket", errno);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, generic, size) != 0 || ::getsockname(fd, generic, &size) != 0) {
    const int problem = errno;
    ::close(fd);
    return Error::from_errno("cannot bind a port on 127.0.0.1", problem);
  }
  return std::unique_ptr<DeadPort>(new DeadPort(fd, ntohs(address.sin_port)));
}

DeadPort::~DeadPort() {
  ::close(fd_);
}

std::vector<std::string> loading_arguments(const DeadPort& primary) {
  return {"--appendonly",
          "yes",
          "--appendfsync",
          "no",
          "--auto-aof-rewrite-percentage",
          "0",
          "--aof-load-truncated",
          "no",
          "--replicaof",
          "127.0.0.1 " + std::to_string(primary.port()),
          "--enable-debug-command",
          "yes"};
}

}  // namespace holdfast::journal
