#include "journal/base_file.h"

#include "journal/crc32c.h"
#include "journal/directory.h"

namespace holdfast::journal {

Result<BaseFile> BaseFile::create(FileSystem& files, const std::string& dir) {
  std::string path = dir + "/" + std::string(kBasePartName);
  if (Status removed = files.remove(path); !removed.ok()) return removed.error();
  auto file = files.create(path);
  if (!file.ok()) return file.error();
  return BaseFile(std::move(file).value(), std::move(path));
}

Status BaseFile::append(std::string_view bytes) {
  crc_ = crc32c(crc_, bytes);
  size_ += bytes.size();
  return file_->append(bytes);
}

}  // namespace holdfast::journal
