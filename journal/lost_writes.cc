#include "journal/lost_writes.h"

#include <fstream>

#include "journal/record.h"
#include "journal/sealed_line.h"

namespace holdfast::journal {
namespace {

std::string format(const LostWrites& lost) {
  return seal_line("#HF lost generation=" + std::to_string(lost.generation) + " replid=" + lost.replid +
                   " after=" + std::to_string(lost.after) + " end=" + std::to_string(lost.end) +
                   " exact=" + (lost.exact ? "1" : "0") + " operations=" + std::to_string(lost.operations) +
                   " keys=" + std::to_string(lost.keys) + " found=" + std::to_string(lost.found_ms) +
                   " outcome=" + lost.outcome + " settled=" + std::to_string(lost.settled_ms));
}

Status write_all(FileSystem& files, const std::string& dir, const std::vector<LostWrites>& all) {
  std::string text;
  for (const LostWrites& lost : all) text += format(lost);
  return replace_file(files, dir, std::string(kLostName), text);
}

}  // namespace

Result<std::vector<LostWrites>> read_lost_writes(const std::string& dir) {
  const std::string path = dir + "/" + std::string(kLostName);
  std::vector<LostWrites> all;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    const auto line = open_line(text, "lost");
    if (!line || !is_replid(text_field(*line, "replid")))
      return Error(ErrorCode::kCorrupt, path + ": corrupt in line " + std::to_string(number));
    LostWrites& lost = all.emplace_back();
    lost.generation = number_field(*line, "generation");
    lost.replid = text_field(*line, "replid");
    lost.after = number_field(*line, "after");
    lost.end = number_field(*line, "end");
    lost.exact = number_field(*line, "exact") == 1;
    lost.operations = number_field(*line, "operations");
    lost.keys = number_field(*line, "keys");
    lost.found_ms = static_cast<int64_t>(number_field(*line, "found"));
    lost.outcome = text_field(*line, "outcome");
    lost.settled_ms = static_cast<int64_t>(number_field(*line, "settled"));
  }
  return all;
}

Status note_lost_writes(FileSystem& files, const std::string& dir, const LostWrites& lost) {
  auto all = read_lost_writes(dir);
  if (!all.ok()) return all.error();
  std::vector<LostWrites>& list = all.value();
  if (!list.empty() && list.back().is_open() && list.back().is_about(lost)) return {};
  list.push_back(lost);
  return write_all(files, dir, list);
}

Status settle_lost_writes(FileSystem& files, const std::string& dir, std::string_view outcome,
                          int64_t now_ms) {
  auto all = read_lost_writes(dir);
  if (!all.ok()) return all.error();
  bool changed = false;
  for (LostWrites& lost : all.value()) {
    if (!lost.is_open()) continue;
    lost.outcome = outcome;
    lost.settled_ms = now_ms;
    changed = true;
  }
  return changed ? write_all(files, dir, all.value()) : Status();
}

}  // namespace holdfast::journal
