#include "journal/noted_command.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace holdfast::journal {

std::string quoted(std::string_view argument) {
  const bool plain = !argument.empty() && std::all_of(argument.begin(), argument.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '\'';
  });
  if (plain) return std::string(argument);
  std::string text = "\"";
  for (const char c : argument) {
    switch (c) {
      case '"':
      case '\\':
        text += '\\';
        text += c;
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\t':
        text += "\\t";
        break;
      default:
        if (c >= ' ' && c < 0x7f) {
          text += c;
        } else {
          char escape[5];
          std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned char>(c));
          text += escape;
        }
    }
  }
  return text + "\"";
}

NotedCommand note_command(const StreamCommand& command, int64_t time_ms) {
  NotedCommand noted;
  const size_t count = std::min(command.arguments.size(), NotedCommand::kArgumentsMax);
  for (size_t i = 0; i < count; ++i) {
    noted.arguments.emplace_back(command.arguments[i].substr(0, NotedCommand::kArgumentBytes));
    noted.sizes.push_back(command.sizes[i]);
  }
  // Redis passes the name on as the client wrote it.
  for (char& c : noted.arguments[0]) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  noted.argument_count = command.arguments.size();
  noted.start = command.start;
  noted.end = command.end;
  noted.time_ms = time_ms;
  noted.db = command.db;
  noted.in_transaction = command.in_transaction;
  return noted;
}

std::string NotedCommand::text(size_t width) const {
  std::string line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string word = quoted(arguments[i]);
    const size_t left = width > line.size() + 1 ? width - line.size() - 1 : 0;
    const bool is_cut = sizes[i] > arguments[i].size();
    if (i > 0) line += ' ';
    if (i == 0 || (word.size() <= left && !is_cut)) {
      line += word;
      continue;
    }
    if (word.size() > left) word.resize(left);
    return line + word + "... (" + std::to_string(sizes[i]) + " bytes" +
           (i + 1 < argument_count ? ", " + std::to_string(argument_count - i - 1) + " more arguments)"
                                   : ")");
  }
  if (argument_count > arguments.size())
    line += " ... (" + std::to_string(argument_count - arguments.size()) + " more arguments)";
  return line;
}

}  // namespace holdfast::journal
