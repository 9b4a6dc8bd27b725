#include "journal/replica_link.h"

#include <charconv>

#include "journal/record.h"

namespace holdfast::journal {
namespace {

Status announce(const config::Upstream& upstream, RedisConnection& connection) {
  // Port 0: nobody can connect to a journal, and tools that list replicas see that. The name is what
  // ROLE shows in the place of an address.
  auto answer = connection.command({"REPLCONF", "listening-port", "0", "ip-address", upstream.journal.name,
                                    "capa", "eof", "capa", "psync2"});
  if (!answer.ok()) return explain_refusal(upstream, "REPLCONF", answer.error());
  return {};
}

struct PsyncAnswer {
  bool full = false;
  std::string replid;  // empty: unchanged
  uint64_t offset = 0;
};

std::optional<PsyncAnswer> parse_psync_answer(std::string_view line) {
  PsyncAnswer answer;
  if (line == "+CONTINUE") return answer;
  if (line.starts_with("+CONTINUE ")) {
    answer.replid = line.substr(10);
    return is_replid(answer.replid) ? std::optional(answer) : std::nullopt;
  }
  constexpr size_t kIdAt = 12;  // after "+FULLRESYNC "
  if (!line.starts_with("+FULLRESYNC ") || line.size() < kIdAt + kReplidBytes + 2) return std::nullopt;
  answer.full = true;
  answer.replid = line.substr(kIdAt, kReplidBytes);
  const char* from = line.data() + kIdAt + kReplidBytes + 1;
  const char* to = line.data() + line.size();
  const auto [end, problem] = std::from_chars(from, to, answer.offset);
  if (problem != std::errc() || end != to || from[-1] != ' ' || !is_replid(answer.replid))
    return std::nullopt;
  return answer;
}

// Announces itself and asks with PSYNC.
Result<PsyncAnswer> ask_for_stream(const config::Upstream& upstream, RedisConnection& connection,
                                   const std::string& replid, const std::string& from,
                                   const std::function<void()>& waiting) {
  if (Status announced = announce(upstream, connection); !announced.ok()) return announced.error();
  if (Status sent = connection.send({"PSYNC", replid, from}); !sent.ok())
    return explain_refusal(upstream, "PSYNC", sent.error());
  const bool everything = replid == "?";
  if (everything) waiting();
  auto line = connection.read_line(kSilenceMs);
  if (!line.ok()) return explain_refusal(upstream, "PSYNC", line.error());
  if (line.value().starts_with("-"))
    return explain_refusal(upstream, "PSYNC", Error(ErrorCode::kRefused, line.value().substr(1)));
  auto answer = parse_psync_answer(line.value());
  if (!answer || (!answer->full && everything)) {
    return Error(ErrorCode::kProtocol, "the upstream " + url_of(upstream) + " answered PSYNC with '" +
                                           line.value().substr(0, 80) + "', which is not Redis's answer");
  }
  return std::move(*answer);
}

}  // namespace

Result<UpstreamFacts> ask_for_facts(const config::Upstream& upstream, RedisConnection& connection) {
  auto text = connection.command({"INFO", "everything"});
  // Who does not know that word answers with nothing.
  if (text.ok() && text.value().find("\nmaster_replid:") == std::string::npos)
    text = connection.command({"INFO", "replication"});
  if (!text.ok()) return explain_refusal(upstream, "INFO", text.error());
  auto facts = parse_upstream_facts(text.value());
  if (!facts.ok()) return facts.error().prefixed("the upstream " + url_of(upstream));
  // While it loads, INFO shows an id that is not the one it will have: not a history to judge.
  if (facts.value().loading && facts.value().replication.role == "master")
    return explain_refusal(upstream, "INFO", Error(ErrorCode::kRefused, "LOADING it is loading its data"));
  return facts;
}

Result<Position> ask_for_snapshot(const config::Upstream& upstream, RedisConnection& connection,
                                  const std::function<void()>& waiting) {
  auto answer = ask_for_stream(upstream, connection, "?", "-1", waiting);
  if (!answer.ok()) return answer.error();
  return Position{answer.value().replid, answer.value().offset};
}

Result<bool> ask_for_stream_after(const config::Upstream& upstream, RedisConnection& connection,
                                  const Position& position) {
  auto answer =
      ask_for_stream(upstream, connection, position.replid, std::to_string(position.offset + 1), [] {});
  if (!answer.ok()) return answer.error();
  return !answer.value().full;
}

Result<Joined> join_upstream(const config::Upstream& upstream, const tls::Credentials* tls,
                             const std::optional<Position>& position, Ask ask,
                             const std::function<void()>& waiting, const StopSignal& stop) {
  auto connected = connect_upstream(upstream, tls, stop);
  if (!connected.ok()) return connected.error();
  Joined joined;
  joined.connection = std::move(connected).value();
  RedisConnection& connection = *joined.connection;

  auto facts = ask_for_facts(upstream, connection);
  if (!facts.ok()) return facts.error();
  joined.facts = std::move(facts).value();
  const ReplicationInfo& info = joined.facts.replication;
  if (info.role != "master") {
    joined.kind = Joined::Kind::kReplica;
    return joined;
  }
  if (ask != Ask::kAdopt && membership_of(info, position) == Membership::kForeign) {
    joined.kind = Joined::Kind::kHistoryBreak;
    return joined;
  }

  const bool ask_for_ours = position && ask == Ask::kContinue;
  auto asked = ask_for_stream(upstream, connection, ask_for_ours ? position->replid : "?",
                              ask_for_ours ? std::to_string(position->offset + 1) : "-1", waiting);
  if (!asked.ok()) return asked.error();
  const PsyncAnswer* answer = &asked.value();
  if (!answer->full) {
    joined.kind = Joined::Kind::kContinues;
    joined.position = {answer->replid.empty() ? position->replid : answer->replid, position->offset};
    return joined;
  }
  joined.kind = Joined::Kind::kFullResync;
  joined.position = {answer->replid, answer->offset};
  // INFO promised this history up to our offset; a snapshot of anything else must not replace ours.
  if (position && ask != Ask::kAdopt &&
      (answer->replid != info.replid || answer->offset < position->offset)) {
    return Error(ErrorCode::kUnavailable,
                 "the upstream " + url_of(upstream) +
                     " changed its replication history while the journal joined it; trying again");
  }
  return joined;
}

}  // namespace holdfast::journal
