#include "journal/command_reader.h"

#include <algorithm>
#include <charconv>

#include "journal/stream_words.h"
#include "resp/command_end.h"

namespace holdfast::journal {
namespace {

constexpr size_t kBufferBytes = 1u << 20;
constexpr size_t kNumberLineBytes = 24;  // '*' or '$', 19 digits, CR LF
constexpr size_t kKeptWholeBytes = 64u << 20;
constexpr uint64_t kKeptArgumentBytes = 1u << 20;
constexpr uint64_t kKeptLaterBytes = 1024;

}  // namespace

CommandReader::CommandReader(const FileReader& file)
    : file_(file), buffer_(std::clamp<uint64_t>(file.size(), kNumberLineBytes, kBufferBytes)) {}

void CommandReader::begin(const ScannedGroup& group) {
  at_ = group.file_from;
  end_ = group.file_from + group.record.length;
  offset_ = group.start;
  db_ = group.db;
  in_transaction_ = false;
}

// A view of the file at `position`, with at least `size` bytes where the group has them and the buffer can.
Result<std::string_view> CommandReader::at_least(uint64_t position, size_t size) {
  const auto here = [&] {
    const size_t skip = static_cast<size_t>(position - buffer_at_);
    const uint64_t there = std::min<uint64_t>(buffer_size_ - skip, end_ - position);
    return std::string_view(buffer_.data() + skip, static_cast<size_t>(there));
  };
  const uint64_t wanted = std::min<uint64_t>({size, buffer_.size(), end_ - position});
  if (position >= buffer_at_ && position + wanted <= buffer_at_ + buffer_size_) return here();
  auto n = file_.read_at(position, buffer_.data(), buffer_.size());
  if (!n.ok()) return n.error();
  buffer_at_ = position;
  buffer_size_ = n.value();
  if (n.value() < wanted)
    return Error(ErrorCode::kIo, file_.path() + ": was cut at byte " + std::to_string(position + n.value()) +
                                     " while it was read; try again");
  return here();
}

Result<bool> CommandReader::next(StreamCommand& command) {
  if (at_ >= end_) return false;
  arguments_.clear();
  sizes_.clear();
  auto window = at_least(at_, 1);
  if (!window.ok()) return window.error();
  size_t size = resp::command_end(window.value().data(), window.value().size());
  if (size == 0 && window.value().size() < end_ - at_) {
    window = at_least(at_, kBufferBytes);
    if (!window.ok()) return window.error();
    size = resp::command_end(window.value().data(), window.value().size());
  }
  uint64_t length = size;
  if (size > 0) {
    resp::append_arguments(window.value().substr(0, size), arguments_);
    for (const std::string_view argument : arguments_) sizes_.push_back(argument.size());
    note(window.value().substr(0, std::min<size_t>(size, 64)), command);
  } else {
    auto taken = take_large(at_);
    if (!taken.ok()) return taken.error();
    length = taken.value();
    note("", command);
  }
  command.arguments = arguments_;
  command.sizes = sizes_;
  command.start = offset_;
  command.end = offset_ + length;
  at_ += length;
  offset_ += length;
  return true;
}

// What is_own_word() knows is short, so a command without a head here is none of it.
void CommandReader::note(std::string_view head, StreamCommand& command) {
  command.is_own = is_own_word(head);
  const bool begins = command.is_own && begins_with_word(head, kMultiWord);
  if (begins) {
    in_transaction_ = true;
    transaction_start_ = offset_;
  }
  command.in_transaction = in_transaction_;
  command.cut_before = in_transaction_ ? transaction_start_ : offset_;
  if (command.is_own && begins_with_word(head, kExecWord)) in_transaction_ = false;
  if (command.is_own && begins_with_word(head, kSelectWord))
    (void)std::from_chars(arguments_[1].data(), arguments_[1].data() + arguments_[1].size(), db_);
  command.db = db_;
}

Result<uint64_t> CommandReader::take_number(uint64_t& position, char prefix) {
  auto line = at_least(position, kNumberLineBytes);
  if (!line.ok()) return line.error();
  const std::string_view text = line.value().substr(0, kNumberLineBytes);
  const size_t end = text.find("\r\n");
  uint64_t number = 0;
  const bool fits = end != std::string_view::npos && text[0] == prefix &&
                    std::from_chars(text.data() + 1, text.data() + end, number).ptr == text.data() + end;
  if (!fits) {
    return Error(ErrorCode::kCorrupt, file_.path() + ": corrupt at byte " + std::to_string(position) +
                                          ": a group whose checksum is right has a command that is not one");
  }
  position += end + 2;
  return number;
}

// A command that does not fit into the buffer, argument by argument. Its size.
Result<uint64_t> CommandReader::take_large(uint64_t position) {
  const uint64_t from = position;
  auto count = take_number(position, '*');
  if (!count.ok()) return count.error();
  kept_.clear();
  std::vector<size_t> kept_sizes;
  for (uint64_t i = 0; i < count.value(); ++i) {
    auto size = take_number(position, '$');
    if (!size.ok()) return size.error();
    const uint64_t most = kept_.size() < kKeptWholeBytes ? kKeptArgumentBytes : kKeptLaterBytes;
    uint64_t left = std::min(size.value(), most);
    kept_sizes.push_back(static_cast<size_t>(left));
    for (uint64_t at = position; left > 0;) {
      auto piece = at_least(at, static_cast<size_t>(std::min<uint64_t>(left, kBufferBytes)));
      if (!piece.ok()) return piece.error();
      const std::string_view bytes = piece.value().substr(0, static_cast<size_t>(left));
      if (bytes.empty()) break;
      kept_ += bytes;
      at += bytes.size();
      left -= bytes.size();
    }
    sizes_.push_back(size.value());
    position += size.value() + 2;
  }
  size_t at = 0;
  for (const size_t size : kept_sizes) {
    arguments_.push_back(std::string_view(kept_).substr(at, size));
    at += size;
  }
  return position - from;
}

}  // namespace holdfast::journal
