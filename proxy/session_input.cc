// Bytes to requests: the read buffer, the tail of an incomplete request, and requests too large to gather.
#include <utility>

#include "proxy/error_replies.h"
#include "proxy/session.h"
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "proxy/worker.h"
#include "resp/decimal_line.h"
#include "resp/encode.h"
#include "resp/request_parser.h"

namespace holdfast::proxy {
namespace {

// A request of which more than this is known to come passes through on an own link instead of being
// gathered, so the tail is at most this long.
constexpr uint64_t kLargeRequestBytes = 128 * 1024;
constexpr size_t kNameBytesMax = 64 * 1024;
constexpr size_t kShortTailBytes = 4 * 1024;
static_assert(kLargeRequestBytes < Worker::kReadBufferBytes);

}  // namespace

std::span<char> Session::stream_buffer() {
  const std::span<char> buffer = worker_.read_buffer();
  tail_.copy(buffer.data(), tail_.size());
  return buffer.subspan(tail_.size());
}

void Session::stream_read(size_t size) {
  environment_.stats().bytes_in.add(size);
  if (state_.activity() == Activity::kNever) [[unlikely]] {
    log_in_by_certificate();
    if (!state_.is_serving()) return;
  }
  state_.enter(Activity::kNow);
  last_read_ns_ = worker_.now_ns();
  const char* const data = worker_.read_buffer().data();
  const size_t total = tail_.size() + size;
  // A short tail is looked at again with every byte, so that its errors are told at once, as by Redis; only
  // a long one would cost too much.
  if (total < needed_ && total > kShortTailBytes) {
    tail_.append(data + tail_.size(), size);
    return;
  }
  tail_.clear();
  process(data, total);
}

void Session::keep_tail(const char* data, size_t size) {
  if (size > 0)
    tail_.assign(data, size);
  else if (tail_.capacity() > sizeof(std::string))
    std::string().swap(tail_);
}

// Requests that go to the shared link and follow each other in the buffer are one run: one copy.
void Session::process(const char* data, size_t size) {
  using Outcome = resp::RequestParser::Outcome;
  resp::RequestParser& parser = worker_.parser();
  size_t at = 0;
  size_t run_begin = 0;
  size_t run_end = 0;
  UpstreamLink* run_link = nullptr;
  const auto end_run = [&] {
    if (run_link != nullptr) std::exchange(run_link, nullptr)->append(data + run_begin, run_end - run_begin);
  };

  needed_ = 0;
  if (gathered_ != nullptr && !state_.is_passing_large()) [[unlikely]]
    take_gathered();
  while (at < size && !state_.is_over() && !state_.is_waiting()) {
    if (state_.is_passing_large()) {
      at += pass_large_request(data + at, size - at);
      continue;
    }
    const Outcome outcome = parser.parse(data + at, size - at);
    if (outcome == Outcome::kEmpty) {
      at += parser.consumed();
      continue;
    }
    if (outcome == Outcome::kError) {
      environment_.stats().protocol_errors.add();
      if (resp::RequestParser::is_tls(data + at, size - at))
        report("a client began TLS on an address without it",
               "give this environment tls, or switch TLS off in the client");
      answer(policy::kUnknownCommand, std::string(parser.error_reply()),
             metrics::RequestVerdict::kUnsupported);
      if (state_.is_serving()) state_.enter(Life::kLeaving);
      stream_.read_stop();
      at = size;
      break;
    }
    Step step = Step::kWait;
    if (outcome == Outcome::kNeedMore) {
      needed_ = parser.needed();
      if (needed_ <= kLargeRequestBytes) break;
      const uint64_t large_bytes = std::exchange(needed_, 0);
      // It cannot be judged before its name is there, and the sub-command that may follow.
      if (parser.arguments().size() < 2 && size - at <= kNameBytesMax) break;
      step = begin_large_request(parser.arguments(), {data + at, size - at}, large_bytes);
      if (step != Step::kWait) continue;
    } else {
      step = take(parser.arguments());
    }
    if (step == Step::kWait) break;
    const size_t consumed = parser.consumed();
    if (step == Step::kForward) {
      const bool starts_run = run_link != target_ || run_end != at;
      if (target_ == own_link_ || parser.is_inline()) {
        end_run();
        if (parser.is_inline()) {
          std::string encoded;
          resp::append_command(encoded, parser.arguments());
          target_->append(encoded.data(), encoded.size());
        } else {
          target_->append(data + at, consumed);
        }
        end_own_request();
      } else {
        if (starts_run) {
          end_run();
          run_link = target_;
          run_begin = at;
        }
        run_end = at + consumed;
      }
    } else if (step == Step::kForwardRewritten) {
      end_run();
      append_rewritten();
    }
    at += consumed;
    if (step == Step::kSkipRest) at = size;
  }
  end_run();
  // Only now: its question comes after the requests of this run, as its entry in the queue does.
  if (unsure_link_ != nullptr) std::exchange(unsure_link_, nullptr)->ask_identity();
  keep_tail(data + at, size - at);
  worker_.send_local_replies(*this);
  if (state_.is_waiting())
    stream_.read_stop();
  else
    release_own_link_if_idle();
  if (own_link_ != nullptr || state_.is_waiting() || shown_kind_ != metrics::SessionKind::kPlain) [[unlikely]]
    show_kind();
  close_if_done();
}

// `begin`: of the request, with the number of its arguments.
Session::Step Session::begin_large_request(Arguments known, std::string_view begin, uint64_t bytes) {
  if (large_ == nullptr) large_ = std::make_unique<resp::CommandFramer>();
  Step step = Step::kDone;
  if (known.empty()) {
    answer(policy::kUnknownCommand, plain_error_reply("ERR Protocol error: the command's name is too long"),
           metrics::RequestVerdict::kUnsupported);
  } else {
    size_t count_at = 1;
    int64_t arguments = 0;
    resp::read_decimal_line(begin.data(), begin.size(), count_at, arguments);
    const bool skips_reply = state_.replies() == SessionState::Replies::kSkip;
    step = take_large(known, static_cast<size_t>(arguments), bytes);
    if (skips_reply && step != Step::kWait && step != Step::kGather) state_.enter(SessionState::Replies::kOn);
  }
  if (step == Step::kWait) return step;
  state_.enter(step == Step::kForward  ? Input::kLarge
               : step == Step::kGather ? Input::kLargeGathered
                                       : Input::kLargeDropped);
  if (step == Step::kForward) own_link_->begin_large_request();
  return step;
}

size_t Session::pass_large_request(const char* data, size_t size) {
  size_t consumed = 0;
  const auto outcome = large_->feed(data, size, consumed);
  if (outcome == resp::CommandFramer::Outcome::kError) {
    environment_.stats().protocol_errors.add();
    close();
    return size;
  }
  const bool dropped = state_.input() == Input::kLargeDropped;
  if (state_.input() == Input::kLargeGathered)
    return pass_to_gathered(data, consumed, outcome == resp::CommandFramer::Outcome::kCommand);
  if (!dropped) {
    own_link_->append(data, consumed);
    if (own_link_->must_wait_for_room()) wait_for(Wait::kRoom);
  }
  if (outcome == resp::CommandFramer::Outcome::kCommand) {
    state_.enter(Input::kRequests);
    large_.reset();
    if (!dropped) own_link_->end_large_request();
  }
  return consumed;
}

void Session::append_rewritten() {
  target_->append(worker_.rewritten().data(), worker_.rewritten().size());
  end_own_request();
}

// On an own link the barrier follows at once: MULTI may come next, and would swallow it.
void Session::end_own_request() {
  if (target_ != own_link_) return;
  if (std::exchange(stepped_out_, false)) own_link_->step_back();
  own_link_->flush_barrier();
}

size_t Session::pass_to_gathered(const char* data, size_t size, bool complete) {
  if (!gather(data, size)) {
    too_large_to_look_at(last_command_);
    state_.enter(Input::kLargeDropped);
    return size;
  }
  if (complete) {
    state_.enter(Input::kRequests);
    large_.reset();
    take_gathered();
  }
  return size;
}

}  // namespace holdfast::proxy
