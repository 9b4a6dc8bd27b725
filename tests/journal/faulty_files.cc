#include "tests/journal/faulty_files.h"

#include <cerrno>
#include <fstream>

namespace holdfast::journal {

namespace {
Error injected(const std::string& what) {
  return Error::from_errno("cannot " + what, ENOSPC);
}
}  // namespace

class FaultyFile final : public DurableFile {
 public:
  FaultyFile(FaultyFiles& files, std::unique_ptr<DurableFile> real) : files_(files), real_(std::move(real)) {}

  Status append(std::string_view bytes) override {
    if (!files_.fails_now()) return real_->append(bytes);
    (void)real_->append(bytes.substr(0, bytes.size() / 2));
    return injected("write");
  }
  // The real one would only make the tests slow: none of them pulls the plug.
  Status sync() override { return files_.fails_now() ? injected("sync") : Status(); }
  Status truncate(uint64_t size) override {
    return files_.fails_now() ? injected("cut") : real_->truncate(size);
  }

 private:
  FaultyFiles& files_;
  std::unique_ptr<DurableFile> real_;
};

class FaultyFixedFile final : public FixedFile {
 public:
  FaultyFixedFile(FaultyFiles& files, std::unique_ptr<FixedFile> real, std::string path)
      : files_(files), real_(std::move(real)), path_(std::move(path)) {}

  Status write_at(uint64_t offset, std::string_view bytes) override {
    if (!files_.fails_now()) return real_->write_at(offset, bytes);
    // A disk is not interrupted between blocks only.
    std::fstream torn(path_, std::ios::in | std::ios::out | std::ios::binary);
    torn.seekp(static_cast<std::streamoff>(offset));
    torn.write(bytes.data(), static_cast<std::streamsize>(bytes.size() / 2));
    return injected("write");
  }
  Status sync() override { return files_.fails_now() ? injected("sync") : Status(); }
  uint64_t size() const override { return real_->size(); }

 private:
  FaultyFiles& files_;
  std::unique_ptr<FixedFile> real_;
  std::string path_;
};

bool FaultyFiles::fails_now() {
  const uint64_t operation = ++operations_;
  return fail_at_ != 0 && (for_ever_ ? operation >= fail_at_ : operation == fail_at_);
}

Result<std::unique_ptr<DurableFile>> FaultyFiles::create(const std::string& path) {
  if (fails_now()) return injected("create " + path);
  auto file = real_.create(path);
  if (!file.ok()) return file.error();
  return std::unique_ptr<DurableFile>(std::make_unique<FaultyFile>(*this, std::move(file).value()));
}

Result<std::unique_ptr<DurableFile>> FaultyFiles::open(const std::string& path) {
  if (fails_now()) return injected("open " + path);
  auto file = real_.open(path);
  if (!file.ok()) return file.error();
  return std::unique_ptr<DurableFile>(std::make_unique<FaultyFile>(*this, std::move(file).value()));
}

Result<std::unique_ptr<FixedFile>> FaultyFiles::open_fixed(const std::string& path, uint64_t size) {
  if (fails_now()) return injected("open " + path);
  auto file = real_.open_fixed(path, size);
  if (!file.ok()) return file.error();
  return std::unique_ptr<FixedFile>(std::make_unique<FaultyFixedFile>(*this, std::move(file).value(), path));
}

Status FaultyFiles::overwrite(const std::string& path, uint64_t offset, std::string_view bytes) {
  if (!fails_now()) return real_.overwrite(path, offset, bytes);
  (void)real_.overwrite(path, offset, bytes.substr(0, bytes.size() / 2));
  return injected("overwrite " + path);
}

Status FaultyFiles::rename(const std::string& from, const std::string& to) {
  if (!fails_now()) return real_.rename(from, to);
  if (fail_after_renaming_) (void)real_.rename(from, to);
  return injected("rename " + from);
}

Status FaultyFiles::remove(const std::string& path) {
  return fails_now() ? injected("remove " + path) : real_.remove(path);
}
Status FaultyFiles::sync_dir(const std::string& path) {
  return fails_now() ? injected("sync " + path) : Status();
}

}  // namespace holdfast::journal
