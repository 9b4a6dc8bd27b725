// The audit log: takes from the recorders of all threads and writes, on a thread of its own.
//
// Nobody waits for it: when the disk is full or slow, what does not fit is dropped, counted, and the log says
// so itself once it can be written again. What it says is not synced: a crash of the machine may lose the
// last seconds of it.
//
// Owned by the command line; made on the main thread before the workers and ended after them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "audit/audit_file.h"
#include "audit/recorder.h"
#include "base/counter.h"
#include "base/result.h"

namespace holdfast::audit {

struct LogStats {
  Counter written;  // lines
  Counter dropped;  // events that could not be written, or found no room
  Counter failing;  // 1 while the file cannot be written
};

class AuditLog {
 public:
  // So many threads record. Off until the first configure().
  explicit AuditLog(size_t recorders);
  // Writes what there is to write.
  ~AuditLog();

  // A path that is empty turns it off. An error means that the file cannot be opened, and then everything is
  // as before. Main thread.
  Status configure(const FileOptions& options);
  // The file is opened again; the writer does that soon. Main thread.
  void reopen();

  Recorder& recorder(size_t index) { return *recorders_[index]; }
  // The last one: of the main thread.
  Recorder& main_recorder() { return *recorders_.back(); }
  const LogStats& stats() const { return stats_; }

 private:
  void run();
  void write_out(bool all);
  void note_dropped();
  void failed(const Error& error, size_t events);

  std::vector<std::unique_ptr<Recorder>> recorders_;
  LogStats stats_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool work_ = false;                // guarded by mutex_
  bool stop_ = false;                // guarded by mutex_
  bool reopen_ = false;              // guarded by mutex_
  std::unique_ptr<AuditFile> next_;  // guarded by mutex_; replaces file_
  bool replace_ = false;             // guarded by mutex_

  // Of the writer's thread.
  std::unique_ptr<AuditFile> file_;
  std::vector<Event> events_;
  uint64_t unsaid_dropped_ = 0;  // not in the log yet
  std::string problem_;          // the last one that was logged

  std::thread thread_;
};

}  // namespace holdfast::audit
