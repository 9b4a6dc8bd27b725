#include "tests/journal/simulated_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <set>

namespace holdfast::journal {
namespace {

namespace fs = std::filesystem;

constexpr int kAll = 100;  // percent

Error simulated(const std::string& what) {
  return Error::from_errno("cannot " + what + " on the simulated disk", EIO);
}

}  // namespace

// What one file holds: for the system, which is what its real file holds, and on the disk.
class SimulatedDisk::Content {
 public:
  // Makes the real file, or empties the one that is there.
  Content(const std::string& path, uint64_t sector_bytes) : sector_bytes_(sector_bytes) { show_at(path); }
  ~Content() { ::close(fd_); }
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  uint64_t size() const { return shown_.size(); }

  void write(uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    if (offset + bytes.size() > shown_.size()) {
      shown_.resize(offset + bytes.size());
      is_resized_ = true;
    }
    shown_.replace(offset, bytes.size(), bytes);
    mark_changed(offset, offset + bytes.size());
    EXPECT_EQ(::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
  }

  void truncate(uint64_t size) {  // which may make it longer, too
    const uint64_t before = shown_.size();
    shown_.resize(size);
    is_resized_ = true;
    mark_changed(before, size);
    changed_.erase(changed_.lower_bound(sector_after(size)), changed_.end());
    EXPECT_EQ(::ftruncate(fd_, static_cast<off_t>(size)), 0);
  }

  // So many of the changes, each by chance, reach the disk.
  void write_back(std::mt19937_64& random, int percent) {
    const auto happens = [&] { return static_cast<int>(random() % kAll) < percent; };
    for (auto sector = changed_.begin(); sector != changed_.end();) {
      if (!happens()) {
        ++sector;
        continue;
      }
      write_sector(*sector);
      sector = changed_.erase(sector);
    }
    if (is_resized_ && happens()) {
      on_disk_.resize(shown_.size());
      is_resized_ = false;
    }
  }

  // What has not reached the disk is not going to, unless it is written once more.
  void forget_changes() { changed_.clear(); }

  // The system has nothing but what the disk has.
  void lose_changes(const std::string& path) {
    changed_.clear();
    is_resized_ = false;
    shown_ = on_disk_;
    ::close(fd_);
    show_at(path);
  }

 private:
  void show_at(const std::string& path) {
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    EXPECT_GE(fd_, 0) << path;
    EXPECT_EQ(::pwrite(fd_, shown_.data(), shown_.size(), 0), static_cast<ssize_t>(shown_.size())) << path;
  }

  // The first one that has nothing before `offset`.
  uint64_t sector_after(uint64_t offset) const { return (offset + sector_bytes_ - 1) / sector_bytes_; }

  void mark_changed(uint64_t from, uint64_t end) {
    for (uint64_t sector = from / sector_bytes_; sector < sector_after(end); ++sector)
      changed_.insert(sector);
  }

  // The whole of it: behind the end of the file it has zeros.
  void write_sector(uint64_t sector) {
    const uint64_t from = sector * sector_bytes_;
    std::string bytes = shown_.substr(from, sector_bytes_);
    if (on_disk_.size() < from + bytes.size()) on_disk_.resize(from + bytes.size());
    bytes.resize(std::min(sector_bytes_, on_disk_.size() - from));
    on_disk_.replace(from, bytes.size(), bytes);
  }

  const uint64_t sector_bytes_;
  int fd_ = -1;
  std::string shown_;
  std::string on_disk_;
  std::set<uint64_t> changed_;  // sectors of `shown_` that the system has yet to write
  bool is_resized_ = false;
};

class SimulatedDisk::AppendedFile final : public DurableFile {
 public:
  AppendedFile(SimulatedDisk& disk, std::shared_ptr<Content> content)
      : disk_(disk), content_(std::move(content)) {}

  Status append(std::string_view bytes) override {
    if (disk_.is_stopped()) return simulated("append");
    const bool happens = disk_.happens();
    content_->write(content_->size(), happens ? bytes : disk_.part_of(bytes));
    return happens ? Status() : simulated("append");
  }
  Status sync() override { return disk_.sync(*content_); }
  Status truncate(uint64_t size) override {
    if (!disk_.happens()) return simulated("cut a file");
    content_->truncate(size);
    return {};
  }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<Content> content_;
};

class SimulatedDisk::BlockFile final : public FixedFile {
 public:
  BlockFile(SimulatedDisk& disk, std::shared_ptr<Content> content)
      : disk_(disk), content_(std::move(content)) {}

  Status write_at(uint64_t offset, std::string_view blocks) override {
    EXPECT_EQ(offset % kBlockBytes, 0u);
    EXPECT_EQ(blocks.size() % kBlockBytes, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(blocks.data()) % kBlockBytes, 0u);
    EXPECT_LE(offset + blocks.size(), size());
    if (disk_.is_stopped()) return simulated("write blocks");
    const bool happens = disk_.happens();
    // What is written past the page cache goes to the disk in any order, even for the process itself.
    for (size_t at = 0; at < blocks.size(); at += disk_.sector_bytes_) {
      if (happens || disk_.random_() % 2 == 0)
        content_->write(offset + at, blocks.substr(at, disk_.sector_bytes_));
    }
    return happens ? Status() : simulated("write blocks");
  }
  Status sync() override {
    if (disk_.ignores_syncs_of_fixed_files_) return {};
    return disk_.sync(*content_);
  }
  uint64_t size() const override { return content_->size(); }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<Content> content_;
};

SimulatedDisk::SimulatedDisk(uint64_t seed) : random_(seed), sector_bytes_(random_() % 2 == 0 ? 512 : 4096) {
  restart_after_kill();
}

bool SimulatedDisk::happens() {
  if (is_stopped_) return false;
  if (static_cast<int>(random_() % kAll) < write_backs_percent_) {
    for (const auto& [path, content] : shown()) content->write_back(random_, some_percent());
  }
  ++operations_;
  is_stopped_ = operations_ == stop_at_;
  return !is_stopped_ && operations_ != fail_at_;
}

std::string_view SimulatedDisk::part_of(std::string_view bytes) {
  return bytes.substr(0, random_() % (bytes.size() + 1));
}

int SimulatedDisk::some_percent() {
  static constexpr int kPercents[] = {0, 10, 50, 90, kAll};
  return kPercents[random_() % std::size(kPercents)];
}

Status SimulatedDisk::sync(Content& content) {
  if (happens()) {
    content.write_back(random_, kAll);
    return {};
  }
  if (!is_stopped_) {
    content.write_back(random_, some_percent());
    content.forget_changes();
  }
  return simulated("sync a file");
}

SimulatedDisk::Names& SimulatedDisk::change_names() {
  names_.push_back(names_.back());
  return names_.back();
}

void SimulatedDisk::restart_after_kill() {
  stop_at_ = fail_at_ = 0;
  is_stopped_ = false;
  // Often the system is in no hurry: what is not synced can stay off the disk for long.
  static constexpr int kPercents[] = {0, 0, 2, 15};
  write_backs_percent_ = kPercents[random_() % std::size(kPercents)];
}

void SimulatedDisk::restart_after_power_cut() {
  const Names kept = names_[random_() % names_.size()];
  for (const auto& [path, content] : shown()) fs::remove(path);
  for (const auto& [path, content] : kept) {
    content->write_back(random_, some_percent());
    content->lose_changes(path);
  }
  names_ = {kept};
  restart_after_kill();
}

Result<std::unique_ptr<DurableFile>> SimulatedDisk::create(const std::string& path) {
  if (!happens() || shown().contains(path)) return simulated("create " + path);
  auto content = std::make_shared<Content>(path, sector_bytes_);
  change_names()[path] = content;
  return std::unique_ptr<DurableFile>(std::make_unique<AppendedFile>(*this, content));
}

Result<std::unique_ptr<DurableFile>> SimulatedDisk::open(const std::string& path) {
  if (!happens() || !shown().contains(path)) return simulated("open " + path);
  return std::unique_ptr<DurableFile>(std::make_unique<AppendedFile>(*this, shown()[path]));
}

Result<std::unique_ptr<FixedFile>> SimulatedDisk::open_fixed(const std::string& path, uint64_t) {
  if (!happens()) return simulated("open " + path);
  if (!shown().contains(path) || shown()[path]->size() != kFixedBytes) {
    auto content = std::make_shared<Content>(path, sector_bytes_);
    content->write(0, std::string(kFixedBytes, '\0'));
    content->write_back(random_, kAll);
    change_names()[path] = content;
    names_ = {shown()};
  }
  return std::unique_ptr<FixedFile>(std::make_unique<BlockFile>(*this, shown()[path]));
}

Status SimulatedDisk::overwrite(const std::string& path, uint64_t offset, std::string_view bytes) {
  if (is_stopped_ || !shown().contains(path)) return simulated("overwrite " + path);
  Content& content = *shown()[path];
  const bool is_whole = happens();
  content.write(offset, is_whole ? bytes : part_of(bytes));
  return is_whole ? sync(content) : simulated("overwrite " + path);
}

Status SimulatedDisk::rename(const std::string& from, const std::string& to) {
  if (!happens() || !shown().contains(from)) return simulated("rename " + from);
  Names& names = change_names();
  names[to] = names[from];
  names.erase(from);
  fs::rename(from, to);
  return {};
}

Status SimulatedDisk::remove(const std::string& path) {
  if (!happens()) return simulated("remove " + path);
  if (!shown().contains(path)) return {};
  change_names().erase(path);
  fs::remove(path);
  return {};
}

Status SimulatedDisk::sync_dir(const std::string& path) {
  if (!happens()) return simulated("sync the directory " + path);
  names_ = {shown()};
  return {};
}

}  // namespace holdfast::journal
