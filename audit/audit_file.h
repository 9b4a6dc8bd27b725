// The file of the audit log: appended to, renamed away when it is large, opened again when somebody else has
// renamed it (logrotate), made with permissions 0600. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::audit {

struct FileOptions {
  std::string path;               // empty: there is no log
  uint64_t max_bytes = 64 << 20;  // then it becomes <path>.1, that one <path>.2, and so on
  int keep = 5;                   // so many of those; 0: the file is emptied
  friend bool operator==(const FileOptions&, const FileOptions&) = default;
};

class AuditFile {
 public:
  explicit AuditFile(FileOptions options) : options_(std::move(options)) {}
  ~AuditFile() { close(); }
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // Idempotent. The error names the path.
  Status open();
  // Closed and opened again: what was renamed away is let go.
  Status reopen();
  // Whole lines. Opens it first when that is needed. On an error none of them is in the file.
  Status append(std::string_view lines);

  const FileOptions& options() const { return options_; }

 private:
  Status rotate();
  bool is_elsewhere() const;
  void close();

  const FileOptions options_;
  int fd_ = -1;
  bool regular_ = true;  // else it is neither measured nor rotated (a pipe, /dev/stdout)
  uint64_t size_ = 0;
};

}  // namespace holdfast::audit
