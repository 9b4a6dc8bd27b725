// The files of one `tls = { ... }` and the Context made of them, which a reload replaces.
//
// Made and reloaded on the main thread; current() is for any thread. Connections that are there keep what
// they began with.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "tls/context.h"

namespace holdfast::tls {

class Credentials {
 public:
  // `title` for messages, "[environment.default]". `host`: kClient, the host name in url. The error does not
  // name the place, which is files.where.
  static Result<std::shared_ptr<Credentials>> load(Side side, const config::TlsFiles& files,
                                                   std::string title, std::string host = "");

  // Never null.
  std::shared_ptr<const Context> current() const;

  const std::string& title() const { return title_; }
  const config::TlsFiles& files() const { return files_; }

  // Reads the files again. On an error, which names place and file, everything stays as it was.
  Status reload();

  // True once the files are other ones than those that were read last, and have been the same for two
  // calls in a row: a pair that is being written is not read in the middle.
  bool have_changed();

 private:
  struct Stamp {
    uint64_t device = 0, inode = 0, size = 0;
    int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::vector<Stamp>;

  Status read();
  Credentials(Side side, const config::TlsFiles& files, std::string title, std::string host);
  Stamps stamps() const;

  const Side side_;
  const config::TlsFiles files_;
  const std::string title_;
  const std::string host_;
  Stamps read_;  // of the files when they were read last, with or without success
  Stamps seen_;  // by the last have_changed()
  mutable std::mutex mutex_;
  std::shared_ptr<const Context> context_;  // guarded by mutex_
};

}  // namespace holdfast::tls
