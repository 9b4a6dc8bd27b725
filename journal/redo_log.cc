#include "journal/redo_log.h"

#include <random>
#include <utility>

namespace holdfast::journal {

Result<std::unique_ptr<RedoLog>> RedoLog::open(FileSystem& files, const std::string& dir) {
  auto file = files.open_fixed(dir + "/" + std::string(kRedoName), kRedoBytes);
  if (!file.ok()) return file.error();
  std::random_device device;
  const uint64_t lap = static_cast<uint64_t>(device()) << 32 | device();
  return std::unique_ptr<RedoLog>(new RedoLog(std::move(file).value(), lap));
}

Status RedoLog::write(const RedoPlace& place, std::string_view bytes) {
  record_.clear();
  append_redo_record(record_, lap_, place, bytes);
  Status durable = file_->write_at(at_, record_);
  if (durable.ok()) durable = file_->sync();
  if (!durable.ok()) {
    // What was not synced must not be taken for durable by whoever reads it next.
    erase(at_);
    return durable;
  }
  at_ += record_.size();
  return {};
}

void RedoLog::begin_lap() {
  ++lap_;
  // Not needed for what is right: it would say what the segment says. But a segment that is changed from
  // now on is damaged, and is not to be mended in silence.
  if (std::exchange(at_, 0) > 0) erase(0);
}

// Best effort, without a sync.
void RedoLog::erase(uint64_t at) {
  record_.assign(kRedoHeaderBytes, '\0');
  (void)file_->write_at(at, record_);
}

}  // namespace holdfast::journal
