#include "journal/stream_tracker.h"

#include <charconv>

#include "journal/stream_words.h"

namespace holdfast::journal {

bool StreamTracker::feed(std::string_view bytes, size_t& safe) {
  safe = 0;
  size_t at = 0;
  while (at < bytes.size()) {
    // Redis sends bare newlines only before the stream begins, and counts them differently from what a
    // replica counts: one in the stream would make the offsets drift, so it ends the link instead.
    if (framer_.at_boundary() && bytes[at] != '*') return false;
    size_t consumed = 0;
    const auto outcome = framer_.feed(bytes.data() + at, bytes.size() - at, consumed);
    if (outcome == resp::CommandFramer::Outcome::kError) return false;
    at += consumed;
    if (outcome != resp::CommandFramer::Outcome::kCommand) break;
    if (!note_command(framer_.head())) return false;
    if (in_transaction_) continue;
    safe = at;
    safe_db_ = db_;
  }
  return true;
}

bool StreamTracker::note_command(std::string_view head) {
  if (head[1] == '1') {
    if (begins_with_word(head, kMultiWord)) {
      if (in_transaction_) return false;
      in_transaction_ = true;
    } else if (begins_with_word(head, kExecWord)) {
      if (!in_transaction_) return false;
      in_transaction_ = false;
    }
  } else if (head[1] == '2' && begins_with_word(head, kSelectWord)) {
    const size_t line_end = head.find("\r\n", kSelectWord.size());
    if (line_end == std::string_view::npos) return false;
    const char* from = head.data() + line_end + 2;
    int db = 0;
    const auto [end, problem] = std::from_chars(from, head.data() + head.size(), db);
    if (problem != std::errc() || end == from || db < 0) return false;
    db_ = db;
  } else if (head[1] == '3' && begins_with_word(head, kGetAckWord)) {
    getack_ = true;
  }
  return true;
}

}  // namespace holdfast::journal
