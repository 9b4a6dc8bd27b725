#include "journal/verified_note.h"

#include <fstream>

#include "journal/durable_file.h"
#include "journal/sealed_line.h"

namespace holdfast::journal {
namespace {

constexpr std::string_view kWhat = "verified";

}  // namespace

Status write_verified_note(const std::string& dir, int64_t unix_ms) {
  return replace_file(FileSystem::real(), dir, std::string(kVerifiedNoteName),
                      seal_line("#HF " + std::string(kWhat) + " unix_ms=" + std::to_string(unix_ms)));
}

int64_t read_verified_note(const std::string& dir) {
  std::ifstream file(dir + "/" + std::string(kVerifiedNoteName), std::ios::binary);
  std::string line;
  if (!std::getline(file, line)) return 0;
  const auto text = open_line(line, kWhat);
  return text ? static_cast<int64_t>(number_field(*text, "unix_ms")) : 0;
}

}  // namespace holdfast::journal
