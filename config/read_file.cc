#include "config/read_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace holdfast::config {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
  const auto failed = [&] { return Error::from_errno("cannot read '" + path + "'", errno); };
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return failed();
  std::string content;
  char block[4096];
  while (const size_t got = std::fread(block, 1, sizeof block, file.get())) {
    content.append(block, got);
    if (content.size() > max_bytes)
      return Error(ErrorCode::kInvalid,
                   "cannot read '" + path + "': it is larger than " + std::to_string(max_bytes) + " bytes");
  }
  if (std::ferror(file.get())) return failed();
  return content;
}

}  // namespace holdfast::config
