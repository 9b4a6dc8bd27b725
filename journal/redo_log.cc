#include "journal/redo_log.h"

#include <algorithm>
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
  const size_t size = redo_record_size(bytes.size());
  char* record = record_.take(size);
  if (record == nullptr)
    return Error(ErrorCode::kUnavailable, "there is no memory for a record of the redo log");
  write_redo_record(record, lap_, place, bytes);
  Status durable = file_->write_at(at_, {record, size});
  if (durable.ok()) durable = file_->sync();
  if (!durable.ok()) {
    // What was not synced must not be taken for durable by whoever reads it next.
    erase(at_);
    return durable;
  }
  at_ += size;
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
  char* zeros = record_.take(kBlockBytes);
  if (zeros == nullptr) return;
  std::fill_n(zeros, kBlockBytes, '\0');
  (void)file_->write_at(at, {zeros, kBlockBytes});
}

}  // namespace holdfast::journal
