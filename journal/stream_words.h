// The words that Redis adds to its replication stream by itself, told by the first bytes of a command.
//
// Redis writes them in exactly this form (server.c, propagatePendingCommands; replication.c,
// replicationFeedSlaves, replicationCron); letters may be of either case. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace holdfast::journal {

inline constexpr std::string_view kMultiWord = "*1\r\n$5\r\nMULTI\r\n";
inline constexpr std::string_view kExecWord = "*1\r\n$4\r\nEXEC\r\n";
inline constexpr std::string_view kPingWord = "*1\r\n$4\r\nPING\r\n";
inline constexpr std::string_view kSelectWord = "*2\r\n$6\r\nSELECT\r\n$";
inline constexpr std::string_view kReplconfWord = "*3\r\n$8\r\nREPLCONF\r\n$";
inline constexpr std::string_view kGetAckWord = "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n";

// `upper` has no lower-case letters.
inline bool begins_with_word(std::string_view text, std::string_view upper) {
  return text.size() >= upper.size() &&
         std::equal(upper.begin(), upper.end(), text.begin(), [](char u, char t) {
           return u == (t >= 'a' && t <= 'z' ? static_cast<char>(t - 'a' + 'A') : t);
         });
}

// Is this command no change of data? `head`: its first bytes (CommandFramer::head).
inline bool is_own_word(std::string_view head) {
  if (head.size() < 2) return false;
  if (head[1] == '1')
    return begins_with_word(head, kPingWord) || begins_with_word(head, kMultiWord) ||
           begins_with_word(head, kExecWord);
  if (head[1] == '2') return begins_with_word(head, kSelectWord);
  return head[1] == '3' && begins_with_word(head, kReplconfWord);
}

}  // namespace holdfast::journal
