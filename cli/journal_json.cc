#include "cli/journal_json.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "journal/moment.h"

namespace holdfast::cli {
namespace {

using Json = nlohmann::ordered_json;

bool is_utf8(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const size_t size = first < 0x80                    ? 1
                        : first >= 0xc2 && first < 0xe0 ? 2
                        : first >= 0xe0 && first < 0xf0 ? 3
                        : first >= 0xf0 && first < 0xf5 ? 4
                                                        : 0;
    if (size == 0 || i + size > text.size()) return false;
    unsigned point = size == 1 ? first : first & (0x7fu >> size);
    for (size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      point = point << 6 | (next & 0x3f);
    }
    constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kLeast[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    i += size;
  }
  return true;
}

Json bytes_json(const std::string& bytes) {
  if (is_utf8(bytes)) return bytes;
  std::string hex;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  return Json{{"hex", hex}};
}

void put_time(Json& object, const std::string& name, int64_t time_ms) {
  object[name] = journal::format_time(time_ms);
  object[name + "_ms"] = time_ms;
}

Json command_json(const journal::NotedCommand& command) {
  Json json;
  put_time(json, "time", command.time_ms);
  json["offset"] = command.end;
  json["start"] = command.start;
  json["db"] = command.db;
  json["command"] = bytes_json(command.arguments[0]);
  Json arguments = Json::array();
  Json sizes = Json::array();
  for (size_t i = 1; i < command.arguments.size(); ++i) {
    arguments.push_back(bytes_json(command.arguments[i]));
    sizes.push_back(command.sizes[i]);
  }
  json["arguments"] = std::move(arguments);
  json["argument_bytes"] = std::move(sizes);
  json["argument_count"] = command.argument_count - 1;
  json["transaction"] = command.in_transaction;
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json base_json(const journal::Manifest::Base& base) {
  Json json{{"file", journal::base_name(base.sequence)}, {"bytes", base.size}, {"offset", base.offset}};
  put_time(json, "time", base.time_ms);
  return json;
}

Json count_json(const journal::Statistics::Count& count) {
  return {{"commands", count.commands}, {"bytes", count.bytes}};
}

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

std::string restore_json(const journal::Cut& cut, const journal::RestoreReport& report,
                         const std::string& out, std::optional<uint64_t> keys) {
  const journal::Manifest::Base& base = cut.from().facts;
  Json json;
  if (!out.empty()) json["out"] = out;
  json["generation"] = cut.generation.manifest.generation;
  json["replid"] = report.replid;
  json["offset"] = report.offset;
  put_time(json, "time", report.time_ms);
  json["db"] = cut.db;
  json["base"] = base_json(base);
  if (!out.empty()) {
    json["segments"] = report.segments;
    json["groups"] = report.groups;
    json["commands"] = report.commands;
    json["bytes"] = report.bytes;
  }
  if (keys) json["keys"] = *keys;
  json["at_end"] = cut.at_end;
  json["next"] = cut.next ? command_json(*cut.next) : Json();
  if (!cut.found.empty()) json["before"] = cut.found;
  if (cut.damage) json["damage"] = cut.damage->message();
  json["remarks"] = cut.remarks;
  return text_of(json);
}

std::string overview_json(const std::string& dir, const std::vector<journal::GenerationOverview>& all) {
  Json json;
  json["journal"] = dir;
  json["generations"] = Json::array();
  for (const journal::GenerationOverview& facts : all) {
    Json one;
    one["generation"] = facts.number;
    one["current"] = facts.is_current;
    one["aside"] = facts.is_aside;
    one["replid"] = facts.replid;
    put_time(one, "from", facts.from_ms);
    put_time(one, "to", facts.to_ms);
    one["first_offset"] = facts.start;
    one["last_offset"] = facts.end;
    one["bytes"] = facts.bytes;
    one["bases"] = Json::array();
    for (const journal::Manifest::Base& base : facts.bases) one["bases"].push_back(base_json(base));
    one["segments"] = Json::array();
    for (const journal::SegmentOverview& segment : facts.segments) {
      Json file{{"file", segment.file}, {"bytes", segment.bytes}};
      put_time(file, "from", segment.from_ms);
      put_time(file, "to", segment.to_ms);
      file["first_offset"] = segment.start;
      file["last_offset"] = segment.end;
      one["segments"].push_back(std::move(file));
    }
    one["damage"] = facts.damage ? Json(facts.damage->message()) : Json();
    json["generations"].push_back(std::move(one));
  }
  return text_of(json);
}

std::string statistics_json(const journal::Statistics& facts) {
  Json json;
  json["generation"] = facts.generation;
  json["bases"] = facts.bases;
  json["base_bytes"] = facts.base_bytes;
  json["segments"] = facts.segments;
  json["segment_bytes"] = facts.segment_bytes;
  json["first_offset"] = facts.start;
  json["last_offset"] = facts.end;
  put_time(json, "from", facts.from_ms);
  put_time(json, "to", facts.to_ms);
  json["groups"] = facts.groups;
  json["largest_group_bytes"] = facts.largest_group_bytes;
  json["commands"] = facts.commands;
  json["transactions"] = facts.transactions;
  json["by_command"] = Json::object();
  for (const auto& [name, count] : facts.by_command) json["by_command"][name] = count_json(count);
  json["by_db"] = Json::object();
  for (const auto& [db, count] : facts.by_db) json["by_db"][std::to_string(db)] = count_json(count);
  json["largest"] = facts.largest ? command_json(*facts.largest) : Json();
  json["busiest_second"] = {{"commands", facts.busiest_second_commands}};
  put_time(json["busiest_second"], "time", facts.busiest_second_ms);
  return text_of(json);
}

std::string verification_json(const std::string& dir, const journal::VerificationReport& report) {
  Json json;
  json["journal"] = dir;
  json["ok"] = report.damage.empty();
  json["generations"] = report.generations;
  json["files"] = report.files;
  json["bytes"] = report.bytes;
  json["groups"] = report.groups;
  json["commands"] = report.commands;
  json["damage"] = Json::array();
  for (const journal::Finding& finding : report.damage) {
    json["damage"].push_back({{"file", finding.file},
                              {"byte", optional_json(finding.byte)},
                              {"byte_end", optional_json(finding.byte_end)},
                              {"offset_from", optional_json(finding.offset_from)},
                              {"offset_end", optional_json(finding.offset_end)},
                              {"what", finding.what}});
  }
  json["remarks"] = report.remarks;
  return text_of(json);
}

std::string base_key_json(uint64_t generation, const journal::Manifest::Base& base,
                          const journal::RdbKey* key) {
  Json json;
  put_time(json, "time", base.time_ms);
  json["offset"] = base.offset;
  if (key != nullptr) json["db"] = key->db;
  json["base"] = journal::base_name(base.sequence);
  json["exists"] = key != nullptr;
  if (key != nullptr) {
    json["type"] = key->type;
    if (key->expires_ms) put_time(json, "expires", *key->expires_ms);
    if (key->text) {
      json["value"] = bytes_json(*key->text);
      json["value_bytes"] = key->text_bytes;
    }
  }
  json["generation"] = generation;
  return text_of(json);
}

std::string compaction_json(const std::string& dir, const std::string& sentence) {
  return text_of(Json{{"journal", dir}, {"done", sentence}});
}

std::string change_json(uint64_t generation, const journal::NotedCommand& command) {
  Json json = command_json(command);
  json["generation"] = generation;
  return text_of(json);
}

}  // namespace holdfast::cli
