#include "journal/replica_session.h"

#include <algorithm>
#include <charconv>

#include "base/clock.h"
#include "base/sha256.h"
#include "journal/record.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kHandshakeMs = 10'000;
constexpr int64_t kSilentMs = 60'000;  // as repl-timeout
constexpr int64_t kLookMs = 1'000;
constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";

bool is(std::string_view word, std::string_view upper) {
  return std::equal(word.begin(), word.end(), upper.begin(), upper.end(),
                    [](char w, char u) { return u == (w >= 'a' && w <= 'z' ? w - 'a' + 'A' : w); });
}

bool on_loopback(const std::string& peer) {
  const auto endpoint = Endpoint::parse(peer);
  return endpoint.ok() && endpoint.value().is_loopback_or_unix();
}

bool read_offset(std::string_view text, uint64_t& offset) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), offset);
  return problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

ReplicaSession::ReplicaSession(int fd, std::string peer, const ReplicationData& data,
                               const ServingRules& rules, const StopSignal& stop)
    : data_(data), rules_(rules), socket_(fd, rules.tls, stop) {
  progress_.peer = std::move(peer);
}

ReplicaProgress ReplicaSession::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

void ReplicaSession::enter(ReplicaProgress::Phase phase, uint64_t total) {
  const std::lock_guard lock(mutex_);
  progress_.phase = phase;
  progress_.sent = 0;
  progress_.total = total;
}

void ReplicaSession::run() {
  const Status outcome = serve();
  socket_.finish();
  const std::lock_guard lock(mutex_);
  progress_.phase = ReplicaProgress::Phase::kEnded;
  if (!outcome.ok()) progress_.problem = outcome.error().message();
}

Status ReplicaSession::serve() {
  if (Status begun = socket_.begin(kHandshakeMs); !begun.ok()) return begun;
  if (rules_.tls_required && !socket_.is_encrypted() && !on_loopback(progress().peer)) {
    return Error(ErrorCode::kRefused,
                 "it does not use TLS, which url (rediss://) asks for; set tls-replication yes there");
  }
  auto request = shake_hands();
  if (!request.ok()) return request.error();
  const bool has_history = request.value().replid == data_.replid() &&
                           request.value().offset > data_.start() &&
                           request.value().offset <= data_.end() + 1;
  PsyncVerdict verdict{has_history ? PsyncVerdict::Kind::kContinue : PsyncVerdict::Kind::kFull, {}};
  if (rules_.judge) verdict = rules_.judge(request.value());
  switch (verdict.kind) {
    case PsyncVerdict::Kind::kRefuse:
      (void)socket_.send("-ERR holdfast: " + verdict.why + "\r\n", kHandshakeMs);
      return Error(ErrorCode::kRefused, verdict.why);
    case PsyncVerdict::Kind::kFull:
      return give_everything(request.value());
    case PsyncVerdict::Kind::kContinue: {
      const uint64_t after = request.value().offset - 1;
      Status begun = socket_.send("+CONTINUE " + data_.replid() + "\r\n", kHandshakeMs);
      if (!begun.ok()) return begun;
      enter(ReplicaProgress::Phase::kStream, data_.end() - after);
      begun = data_.read_stream(after, [this](std::string_view bytes) { return give(bytes); });
      return begun.ok() ? stay() : begun;
    }
    case PsyncVerdict::Kind::kFreeze:
      if (Status begun = socket_.send("+CONTINUE " + request.value().replid + "\r\n", kHandshakeMs);
          !begun.ok())
        return begun;
      return stay();
  }
  return {};
}

// AUTH password, or AUTH user password.
bool ReplicaSession::knows_password(Arguments auth) const {
  return auth.size() >= 2 && equal_in_constant_time(sha256(auth.back()), sha256(rules_.password));
}

// Up to PSYNC.
Result<PsyncRequest> ReplicaSession::shake_hands() {
  bool is_known = rules_.password.empty();
  const auto refuse = [this](const std::string& reply, const std::string& why) -> Error {
    (void)socket_.send(reply + "\r\n", kHandshakeMs);
    return Error(ErrorCode::kRefused, why);
  };
  const uint64_t deadline_ns = monotonic_ns() + static_cast<uint64_t>(kHandshakeMs) * 1'000'000;
  while (monotonic_ns() < deadline_ns) {
    const std::string_view input = socket_.input();
    const auto outcome = parser_.parse(input.data(), input.size());
    if (outcome == resp::RequestParser::Outcome::kNeedMore) {
      if (Status more = socket_.read_more(kHandshakeMs); !more.ok()) return more.error();
      continue;
    }
    if (outcome == resp::RequestParser::Outcome::kError)
      return Error(ErrorCode::kProtocol, "it does not speak Redis's protocol");
    std::string reply;
    std::optional<PsyncRequest> request;
    if (outcome == resp::RequestParser::Outcome::kRequest) {
      const Arguments arguments = parser_.arguments();
      const std::string_view word = arguments[0];
      if (is(word, "PING")) {
        reply = "+PONG\r\n";
      } else if (is(word, "AUTH")) {
        // Where none is asked for, its masterauth is for another master.
        is_known = is_known || knows_password(arguments);
        if (!is_known)
          return refuse("-WRONGPASS invalid username-password pair or user is disabled.",
                        "its masterauth is not the password that is served with");
        reply = "+OK\r\n";
      } else if (is(word, "REPLCONF")) {
        // Who it is shows when it asks for a history.
        reply = "+OK\r\n";
      } else if (is(word, "PSYNC") && !is_known) {
        return refuse("-NOAUTH Authentication required.",
                      "it shows no password; set masterauth there to the one that is served with");
      } else if (is(word, "PSYNC") && arguments.size() >= 3) {
        request.emplace();
        request->peer = progress().peer;
        request->replid = arguments[1];
        if (!is_replid(request->replid) || !read_offset(arguments[2], request->offset)) {
          request->replid = "?";
          request->offset = 0;
        }
      } else {
        reply = "-ERR holdfast: this address only answers REPLICAOF\r\n";
      }
    }
    socket_.consume(parser_.consumed());
    if (request) return std::move(*request);
    if (Status sent = socket_.send(reply, kHandshakeMs); !sent.ok()) return sent.error();
  }
  return Error(ErrorCode::kTimeout, "it did not ask for a synchronisation in time");
}

Status ReplicaSession::give_everything(const PsyncRequest&) {
  const std::string announcement = "+FULLRESYNC " + data_.replid() + " " + std::to_string(data_.start()) +
                                   "\r\n$" + std::to_string(data_.base_bytes()) + "\r\n";
  if (Status sent = socket_.send(announcement, kSilentMs); !sent.ok()) return sent;
  const auto sink = [this](std::string_view bytes) { return give(bytes); };
  enter(ReplicaProgress::Phase::kBase, data_.base_bytes());
  if (Status given = data_.read_base(sink); !given.ok()) return given;
  enter(ReplicaProgress::Phase::kStream, data_.end() - data_.start());
  if (Status given = data_.read_stream(data_.start(), sink); !given.ok()) return given;
  return stay();
}

Status ReplicaSession::give(std::string_view bytes) {
  if (Status sent = socket_.send(bytes, kSilentMs); !sent.ok()) return sent;
  {
    const std::lock_guard lock(mutex_);
    progress_.sent += bytes.size();
  }
  return take_input();
}

Status ReplicaSession::take_input() {
  while (!socket_.input().empty()) {
    const std::string_view input = socket_.input();
    if (input[0] == '\n' || input[0] == '\r') {  // it is alive, and loading
      socket_.consume(1);
      continue;
    }
    const auto outcome = parser_.parse(input.data(), input.size());
    if (outcome == resp::RequestParser::Outcome::kNeedMore) return {};
    if (outcome == resp::RequestParser::Outcome::kError)
      return Error(ErrorCode::kProtocol, "it sent something that is not an acknowledgement");
    const Arguments arguments = parser_.arguments();
    uint64_t offset = 0;
    if (outcome == resp::RequestParser::Outcome::kRequest && arguments.size() >= 3 &&
        is(arguments[0], "REPLCONF") && is(arguments[1], "ACK") && read_offset(arguments[2], offset)) {
      const std::lock_guard lock(mutex_);
      progress_.acknowledged = offset;
    }
    socket_.consume(parser_.consumed());
  }
  return {};
}

// All is given: what is left is to listen.
Status ReplicaSession::stay() {
  {
    const std::lock_guard lock(mutex_);
    progress_.phase = ReplicaProgress::Phase::kGiven;
  }
  uint64_t heard_ns = monotonic_ns();
  uint64_t pinged_ns = heard_ns;
  while (true) {
    if (Status taken = take_input(); !taken.ok()) return taken;
    Status more = socket_.read_more(kLookMs);
    if (more.ok())
      heard_ns = monotonic_ns();
    else if (more.error().code() != ErrorCode::kTimeout)
      return more;
    const uint64_t now = monotonic_ns();
    if (now - heard_ns > static_cast<uint64_t>(kSilentMs) * 1'000'000)
      return Error(ErrorCode::kTimeout, "nothing was heard of it for 60 seconds");
    const auto period_ns = static_cast<uint64_t>(rules_.ping_period_ms) * 1'000'000;
    if (period_ns == 0 || now - pinged_ns < period_ns) continue;
    pinged_ns = now;
    if (Status sent = socket_.send(kPing, kSilentMs); !sent.ok()) return sent;
  }
}

}  // namespace holdfast::journal
