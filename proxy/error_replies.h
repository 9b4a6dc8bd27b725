// The error replies that Holdfast gives of its own accord, whole and ready to send. The first word is a
// contract with client libraries (docs/operations.md): MISCONF, UNCERTAIN, MASTERDOWN, LOADING, NOPERM.
#pragma once

#include <string>
#include <string_view>

namespace holdfast::proxy {

// "-<code> holdfast: <text>\r\n"; control characters in the text become spaces.
std::string error_reply(std::string_view code, std::string_view text);
// "-<text>\r\n", for errors that are Redis's own words.
std::string plain_error_reply(std::string_view text);

// "-ERR wrong number of arguments for '<command>' command\r\n"; a sub-command is written "config|set".
std::string wrong_arity(std::string_view command);

inline constexpr std::string_view kOk = "+OK\r\n";
inline constexpr std::string_view kUncertainLinkLost =
    "-UNCERTAIN holdfast: the connection to the upstream was lost; this command may or may not have run\r\n";
inline constexpr std::string_view kUncertainNotDurable =
    "-UNCERTAIN holdfast: the write was applied but is not confirmed durable\r\n";
inline constexpr std::string_view kUncertainRead =
    "-UNCERTAIN holdfast: what was read is not confirmed durable\r\n";
inline constexpr std::string_view kNoAuth = "-NOAUTH Authentication required.\r\n";
inline constexpr std::string_view kMaxClients = "-ERR max number of clients reached\r\n";
inline constexpr std::string_view kNeedsTls =
    "-ERR holdfast: this address speaks TLS only; switch TLS on in the client\r\n";

}  // namespace holdfast::proxy
