#include "journal/accept.h"

#include <filesystem>

#include "journal/durable_file.h"
#include "journal/manifest.h"

namespace holdfast::journal {

Status accept_history(const std::string& dir) {
  auto manifest = read_manifest(dir + "/" + std::string(kManifestName));
  if (!manifest.ok()) return manifest.error();
  if (!manifest.value())
    return Error(ErrorCode::kInvalid,
                 dir + " is not a journal directory: it has no " + std::string(kManifestName));
  return replace_file(FileSystem::real(), dir, std::string(kAcceptName), "accept\n");
}

bool history_accepted(const std::string& dir) {
  std::error_code problem;
  return std::filesystem::exists(dir + "/" + std::string(kAcceptName), problem);
}

}  // namespace holdfast::journal
