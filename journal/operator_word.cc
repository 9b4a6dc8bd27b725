#include "journal/operator_word.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "journal/archive.h"
#include "journal/manifest.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kReapplyText = "only-lost\n";

std::string path_of(const std::string& dir, std::string_view name) {
  return dir + "/" + std::string(name);
}

bool exists(const std::string& path) {
  std::error_code problem;
  return std::filesystem::exists(path, problem);
}

}  // namespace

Status leave_word(const std::string& dir, OperatorWord word) {
  if (auto manifest = read_current_manifest(dir); !manifest.ok()) return manifest.error();
  FileSystem& files = FileSystem::real();
  const bool accepts = word == OperatorWord::kAccept;
  // The other one first: two words at once would be none.
  if (Status removed = files.remove(path_of(dir, accepts ? kRecoverName : kAcceptName)); !removed.ok())
    return removed;
  if (accepts) return replace_file(files, dir, std::string(kAcceptName), "accept\n");
  return replace_file(files, dir, std::string(kRecoverName),
                      word == OperatorWord::kReapply ? kReapplyText : "recover\n");
}

OperatorWord read_word(const std::string& dir) {
  if (exists(path_of(dir, kAcceptName))) return OperatorWord::kAccept;
  std::ifstream file(path_of(dir, kRecoverName), std::ios::binary);
  if (!file) return OperatorWord::kNone;
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return text == kReapplyText ? OperatorWord::kReapply : OperatorWord::kRecover;
}

Status forget_word(FileSystem& files, const std::string& dir) {
  Status accept = files.remove(path_of(dir, kAcceptName));
  Status recover = files.remove(path_of(dir, kRecoverName));
  return accept.ok() ? recover : accept;
}

}  // namespace holdfast::journal
