// An append-only directory of links, from which a redis-server of ours loads a stretch of a journal without
// copying or changing it.
//
// Any thread. The server gets an empty segment of its own behind the linked ones, because a redis-server
// opens its last file for writing; and it is told to be a replica of nobody, because a primary removes keys
// whose time is over: a base without them would give something else for a PERSIST that follows in the stream.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/manifest.h"

namespace holdfast::journal {

// Makes <scratch>/appendonlydir with links to the files of `stretch` in `journal_dir`.
Status make_loadable(const std::string& scratch, const std::string& journal_dir,
                     const Manifest::Stretch& stretch);

// A port that refuses connections as long as this lives.
class DeadPort {
 public:
  static Result<std::unique_ptr<DeadPort>> open();
  ~DeadPort();
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;

  int port() const { return port_; }

 private:
  DeadPort(int fd, int port) : fd_(fd), port_(port) {}
  int fd_;
  int port_;
};

// What a redis-server needs to load such a directory and keep everything as it is in there.
std::vector<std::string> loading_arguments(const DeadPort& primary);

}  // namespace holdfast::journal
