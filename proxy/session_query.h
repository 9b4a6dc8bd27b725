// What one session asks about the others of its environment, whichever worker they are on: CLIENT LIST,
// CLIENT KILL, and whom CLIENT UNBLOCK or CLIENT TRACKING ... REDIRECT means. Each worker answers for its own
// sessions on its own thread; the asker's worker puts the answers together (worker_queries.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/client_info.h"

namespace holdfast::proxy {

struct SessionQuery {
  enum class Kind : uint8_t {
    kList,
    kKill,
    kMatch,          // whom a kill would end
    kLocateBlocked,  // whose own link waits in a blocking command
    kLocateTarget,   // whose own link is to be told of invalidations; it gets one if it has none
  };
  Kind kind = Kind::kList;
  std::string environment;  // only sessions of this one
  uint64_t asker = 0;
  bool skip_asker = false;  // kKill
  ClientFilter filter;
};

struct SessionAnswer {
  std::vector<std::pair<uint64_t, std::string>> lines;  // kList and, with no text, kMatch: by id
  uint64_t matched = 0;
  bool asker_matched = false;  // kKill: it closes itself, after its reply
  uint64_t upstream_id = 0;    // kLocate...: how Redis calls the connection; 0: there is none to name
  bool not_yet = false;        // kLocateTarget: its link is being made, so ask again

  void add(SessionAnswer&& other) {
    for (auto& line : other.lines) lines.push_back(std::move(line));
    matched += other.matched;
    asker_matched |= other.asker_matched;
    not_yet |= other.not_yet;
    if (other.upstream_id != 0) upstream_id = other.upstream_id;
  }
};

}  // namespace holdfast::proxy
