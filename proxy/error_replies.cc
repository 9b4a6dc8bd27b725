#include "proxy/error_replies.h"

namespace holdfast::proxy {
namespace {

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
}

}  // namespace

std::string error_reply(std::string_view code, std::string_view text) {
  std::string reply = "-";
  reply.append(code).append(" holdfast: ");
  append_printable(reply, text);
  return reply += "\r\n";
}

std::string plain_error_reply(std::string_view text) {
  std::string reply = "-";
  append_printable(reply, text);
  return reply += "\r\n";
}

std::string wrong_arity(std::string_view command) {
  return plain_error_reply("ERR wrong number of arguments for '" + std::string(command) + "' command");
}

}  // namespace holdfast::proxy
