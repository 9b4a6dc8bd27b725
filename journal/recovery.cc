#include "journal/recovery.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.h"
#include "journal/history_break.h"
#include "journal/notes.h"
#include "journal/replica_link.h"
#include "journal/snapshot_receiver.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kLookMs = 20;
constexpr int64_t kControlTimeoutMs = 60'000;  // it may be busy throwing away what it had
constexpr size_t kToldMax = 16;
constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kUnreachedNs = 5 * kSecondNs;
constexpr auto kIntroductionWait = std::chrono::seconds(10);

std::string mebibytes(uint64_t bytes) {
  return std::to_string(bytes >> 20) + "." + std::to_string((bytes & 0xfffff) * 10 >> 20);
}

bool is_wildcard(const std::string& host) {
  return host == "0.0.0.0" || host == "::" || host == "*";
}

std::shared_ptr<const tls::Context> server_tls(const config::Upstream& upstream, ProblemLog& problems) {
  if (!upstream.tls || upstream.tls->cert.empty()) return nullptr;
  auto context = tls::Context::for_server(*upstream.tls);
  if (context.ok()) return context.value();
  problems.warn("recovery goes on without TLS on its own side: " + context.error().message());
  return nullptr;
}

}  // namespace

Recovery::Recovery(const config::Upstream& upstream, const tls::Credentials* tls, Store& store,
                   Publication& publication, ProblemLog& problems, const StopSignal& stop)
    : upstream_(upstream),
      tls_(tls),
      store_(store),
      publication_(publication),
      problems_(problems),
      stop_(stop) {}

Recovery::~Recovery() {
  enter(Stage::kOver);
}

void Recovery::enter(Stage stage) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  changed_.notify_all();
}

Status Recovery::run(RedisConnection& control, How how, bool ours) {
  how_ = how;
  control.set_timeout_ms(std::max(control.timeout_ms(), kControlTimeoutMs));
  if (Status opened = open_data(); !opened.ok())
    return opened.error().prefixed("the upstream " + url_of(upstream_) +
                                   " cannot be given its data back from the journal");
  if (Status listening = listen(control); !listening.ok()) return listening;
  if (const auto before = read_recovery_note(store_.dir()); ours && before) {
    const size_t left_out = before->told.size() - std::min(before->told.size(), kToldMax);
    told_before_.assign(before->told.begin() + static_cast<std::ptrdiff_t>(left_out), before->told.end());
  }
  // Whoever comes after a crash must know that this replica is ours, and what may be done with it.
  if (Status noted = note(how == How::kKeepFirst); !noted.ok()) return noted;
  if (Status introduced = introduce(control, ours); !introduced.ok()) {
    const bool refused = introduced.error().code() == ErrorCode::kRefused;
    if (refused && !ours) (void)remove_recovery_note(store_.files(), store_.dir());
    return introduced;
  }
  if (Status given = wait_until_given(control); !given.ok()) return given;
  return finish(control);
}

Status Recovery::open_data() {
  std::vector<std::string> passed_over;
  // What only lacks the end needs no base.
  auto data = how_ == How::kCatchUp
                  ? GenerationData::open(store_.dir(), *store_.current(), *store_.position())
                  : GenerationData::open_whole(store_.dir(), *store_.current(), *store_.position(), stop_,
                                               passed_over);
  if (!data.ok()) return data.error();
  for (const std::string& damage : passed_over)
    problems_.warn(damage + "; an earlier base and the segments behind it are given instead");
  data_ = std::move(data).value();
  return {};
}

Status Recovery::note(bool keep_first) {
  RecoveryNote note{told_before_, keep_first};
  note.told.push_back(told_);
  return write_recovery_note(store_.files(), store_.dir(), note);
}

Status Recovery::listen(const RedisConnection& control) {
  const config::Located<Endpoint>& serve = upstream_.journal.serve;
  const std::string key = "upstream." + upstream_.name + ".journal.serve";
  auto told = address_to_tell(control);
  if (!told.ok()) return told.error();
  ServingRules rules;
  rules.judge = [this](const PsyncRequest& request) { return judge(request); };
  rules.tls = server_tls(upstream_, problems_);
  rules.tls_required = upstream_.tls.has_value();
  Endpoint where = serve.value;
  if (where.host == "*") where.host = "0.0.0.0";
  auto source = ReplicationSource::listen(where, *data_, std::move(rules));
  if (!source.ok()) return source.error().prefixed(key + " (" + serve.where.to_string() + ")");
  source_ = std::move(source).value();
  told_ = std::move(told).value();
  if (told_.port == 0 || !upstream_.journal.announce) told_.port = source_->endpoint().port;
  return {};
}

// The port is not known yet, unless it is announced.
Result<Endpoint> Recovery::address_to_tell(const RedisConnection& control) const {
  if (upstream_.journal.announce) return upstream_.journal.announce->value;
  const Endpoint& serve = upstream_.journal.serve.value;
  const Endpoint peer = control.peer_endpoint();
  Endpoint told = serve;
  if (is_wildcard(serve.host))
    told.host = peer.kind == Endpoint::Kind::kUnix ? "127.0.0.1" : control.local_endpoint().host;
  if (told.host.starts_with("::ffff:")) told.host.erase(0, 7);
  if (!told.is_loopback_or_unix() || peer.is_loopback_or_unix()) return told;
  return Error(ErrorCode::kRefused,
               "the upstream " + url_of(upstream_) +
                   " must be given its data back, but it is on another host and upstream." + upstream_.name +
                   ".journal.serve is " + serve.to_string() +
                   ", which it cannot reach; set serve to an address of this host that it reaches, as in "
                   "serve = \"" +
                   (control.local_endpoint().host.find(':') == std::string::npos
                        ? control.local_endpoint().host
                        : "[" + control.local_endpoint().host + "]") +
                   ":7379\"");
}

// Learns who the upstream is and tells it where to replicate from, in one piece: what INFO says holds at the
// moment in which it becomes a replica, which takes no writes.
Status Recovery::introduce(RedisConnection& control, bool was_ours) {
  std::string bytes;
  // A replica that was cut off does not say who it is; one that was a primary until now does.
  if (was_ours) bytes += RedisConnection::encode({"REPLICAOF", "NO", "ONE"});
  bytes += RedisConnection::encode({"INFO", "everything"});
  bytes += RedisConnection::encode({"REPLICAOF", told_.host, std::to_string(told_.port)});
  if (Status sent = control.send_all(bytes); !sent.ok())
    return explain_refusal(upstream_, "REPLICAOF", sent.error());
  told_ns_ = monotonic_ns();
  if (was_ours) {
    auto promoted = control.read_reply();
    if (!promoted.ok()) return explain_refusal(upstream_, "REPLICAOF", promoted.error());
  }
  auto text = control.read_reply();
  auto told = control.read_reply();
  if (!text.ok()) return explain_refusal(upstream_, "INFO", text.error());
  if (!told.ok()) return explain_refusal(upstream_, "REPLICAOF", told.error());
  auto facts = parse_upstream_facts(text.value());
  if (!facts.ok()) return facts.error();
  if (Status checked = check_introduction(facts.value(), was_ours); !checked.ok())
    return undo(control, facts.value().replication, checked.error().message());
  return {};
}

Status Recovery::check_introduction(const UpstreamFacts& facts, bool was_ours) {
  const HistoryBreak what = classify(facts, *store_.position(), read_name_notes(store_.dir()), std::nullopt);
  const bool behind = what.kind == HistoryBreak::Kind::kBehind && what.common >= data_->start();
  const Error changed(ErrorCode::kUnavailable,
                      "the upstream " + url_of(upstream_) + " was written to meanwhile; looking at it again");
  if (facts.replication.role != "master" && !was_ours) return changed;
  if (how_ == How::kFill && !was_ours && !facts.is_empty() && !behind) return changed;
  if (how_ == How::kCatchUp && !was_ours && !behind) return changed;
  const std::lock_guard lock(mutex_);
  upstream_replid_ = facts.replication.replid;
  common_ = behind ? std::optional(what.common) : std::nullopt;
  nameless_ = false;
  if (stage_ == Stage::kIntroducing) stage_ = how_ == How::kKeepFirst ? Stage::kFrozen : Stage::kGiving;
  changed_.notify_all();
  return {};
}

// It has been sent nothing yet, so it has lost nothing. If another journal was faster, that one goes on.
Status Recovery::undo(RedisConnection& control, const ReplicationInfo& before, const std::string& why) {
  auto undone = before.role == "master"
                    ? control.command({"REPLICAOF", "NO", "ONE"})
                    : control.command({"REPLICAOF", before.master_host, std::to_string(before.master_port)});
  if (!undone.ok()) return explain_refusal(upstream_, "REPLICAOF", undone.error());
  (void)remove_recovery_note(store_.files(), store_.dir());
  return Error(ErrorCode::kUnavailable, why);
}

// On a thread of the source.
PsyncVerdict Recovery::judge(const PsyncRequest& request) {
  using Kind = PsyncVerdict::Kind;
  std::unique_lock lock(mutex_);
  // A Redis connects at once, while the answer to INFO may still be on its way.
  changed_.wait_for(lock, kIntroductionWait, [this] { return stage_ != Stage::kIntroducing; });
  if (stage_ == Stage::kIntroducing || stage_ == Stage::kOver) return {Kind::kRefuse, "not yet"};
  if (request.replid == upstream_replid_) {
    if (stage_ == Stage::kFrozen) return {Kind::kFreeze, {}};
    const bool part = common_ && request.offset == *common_ + 1;
    return {part ? Kind::kContinue : Kind::kFull, {}};
  }
  if (stage_ == Stage::kGiving && request.replid == data_->replid()) {
    const bool part = request.offset > data_->start() && request.offset <= data_->end() + 1;
    return {part ? Kind::kContinue : Kind::kFull, {}};
  }
  nameless_ = true;
  return {Kind::kRefuse, "only the Redis whose data these are gets them"};
}

Status Recovery::wait_until_given(RedisConnection& control) {
  const std::string who = "the upstream " + url_of(upstream_);
  while (true) {
    auto text = control.command({"INFO", "replication"});
    if (!text.ok()) return explain_refusal(upstream_, "INFO", text.error());
    auto parsed = parse_replication_info(text.value());
    if (!parsed.ok()) return parsed.error();
    const ReplicationInfo& info = parsed.value();
    if (info.role == "master" || info.master_host != told_.host || info.master_port != told_.port) {
      return Error(ErrorCode::kUnavailable,
                   who +
                       " was given another role by somebody else while it was given its data back; looking "
                       "at it again");
    }
    publication_.recover(true, progress(info));
    Stage stage;
    bool nameless;
    {
      const std::lock_guard lock(mutex_);
      stage = stage_;
      nameless = nameless_;
    }
    if (stage == Stage::kFrozen && info.master_link_up) {
      if (Status kept = keep_what_it_has(); !kept.ok()) return kept;
      if (Status noted = note(false); !noted.ok()) return noted;
      enter(Stage::kGiving);
      source_->disconnect_all();
    }
    if (info.master_link_up && info.replid == data_->replid() &&
        info.slave_repl_offset == static_cast<int64_t>(data_->end()))
      return {};
    if (nameless && !info.master_link_up && !info.syncing && monotonic_ns() - told_ns_ > kSecondNs) {
      if (Status again = introduce(control, true); !again.ok()) return again;
    }
    if (!stop_.sleep_ms(kLookMs)) {
      problems_.info("stopping in the middle of a recovery: " + who + " stays a replica of " +
                     told_.to_string() +
                     " until Holdfast runs again and finishes it, or it is told REPLICAOF "
                     "NO ONE");
      return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    }
  }
}

Status Recovery::keep_what_it_has() {
  const std::string who = "the upstream " + url_of(upstream_);
  auto connected = connect_upstream(upstream_, tls_, stop_);
  if (!connected.ok()) return connected.error();
  RedisConnection& connection = *connected.value();
  const std::string doing = "before " + who + " is given the journal's data, what it has is kept: ";
  auto position = ask_for_snapshot(upstream_, connection,
                                   [&] { publication_.recover(true, doing + "waiting for its snapshot"); });
  if (!position.ok()) return position.error();
  auto base = receive_snapshot(upstream_, connection, store_, [&](uint64_t received, uint64_t) {
    publication_.recover(true, doing + mebibytes(received) + " MiB so far");
  });
  if (!base.ok()) return base.error();
  auto kept = store_.keep_base(std::move(base).value(), position.value());
  if (!kept.ok()) return kept.error();
  problems_.warn("what " + who + " had is kept as generation " + std::to_string(kept.value()) +
                 "; now it is given the journal's data");
  return {};
}

Status Recovery::finish(RedisConnection& control) {
  const std::string bytes =
      RedisConnection::encode({"REPLICAOF", "NO", "ONE"}) + RedisConnection::encode({"INFO", "replication"});
  if (Status sent = control.send_all(bytes); !sent.ok())
    return explain_refusal(upstream_, "REPLICAOF", sent.error());
  auto done = control.read_reply();
  if (!done.ok()) return explain_refusal(upstream_, "REPLICAOF", done.error());
  auto text = control.read_reply();
  if (!text.ok()) return explain_refusal(upstream_, "INFO", text.error());
  auto info = parse_replication_info(text.value());
  if (!info.ok()) return info.error();
  if (info.value().role != "master" ||
      membership_of(info.value(), store_.position()) != Membership::kBelongs) {
    return Error(ErrorCode::kUnavailable, "the upstream " + url_of(upstream_) +
                                              " did not keep what it was given; looking at it again");
  }
  return remove_recovery_note(store_.files(), store_.dir());
}

std::string Recovery::progress(const ReplicationInfo& info) const {
  const std::string who = "the upstream " + url_of(upstream_);
  const std::string doing = who + " is being given its data back from the journal: ";
  const std::vector<ReplicaProgress> replicas = source_->replicas();
  const bool nobody = replicas.empty() || replicas.back().phase == ReplicaProgress::Phase::kEnded;
  if (nobody && !info.master_link_up) {
    const std::string told = "it was told to replicate from " + told_.to_string();
    if (!replicas.empty() && !replicas.back().problem.empty())
      return doing + told + ", and that ended: " + replicas.back().problem + "; it tries again by itself";
    if (monotonic_ns() - told_ns_ < kUnreachedNs) return doing + told;
    return doing + told + " and does not come; if it cannot reach that address, set upstream." +
           upstream_.name + ".journal.serve to one of this host that it can reach";
  }
  if (nobody) return doing + "it has everything but the end";
  const ReplicaProgress& replica = replicas.back();
  const std::string sent = mebibytes(replica.sent) + " of " + mebibytes(replica.total) + " MiB";
  switch (replica.phase) {
    case ReplicaProgress::Phase::kBase:
      return doing + sent + " of the snapshot sent, then " + mebibytes(data_->end() - data_->start()) +
             " MiB of operations";
    case ReplicaProgress::Phase::kStream:
      return doing + sent + " of the operations sent";
    case ReplicaProgress::Phase::kGiven:
      return doing + "everything is sent, it is applying the rest";
    default:
      return doing + "it has connected";
  }
}

}  // namespace holdfast::journal
