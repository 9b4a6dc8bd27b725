// How long a session's requests took, which of them were slow, and which keys are asked for most.
#include <algorithm>

#include "base/clock.h"
#include "policy/refusal.h"
#include "proxy/reply_times.h"
#include "proxy/session.h"
#include "proxy/worker.h"

namespace holdfast::proxy {
namespace {

// Of one read or release; a pipeline of thousands is one event.
constexpr uint32_t kSlowOfOneRead = 32;

// They wait because they were told to. With BLOCK XREAD and XREADGROUP have a link of their own.
bool waits_by_itself(policy::CommandId id, bool own_link) {
  static const policy::CommandId wait = policy::find_command("wait");
  static const policy::CommandId waitaof = policy::find_command("waitaof");
  static const policy::CommandId xread = policy::find_command("xread");
  static const policy::CommandId xreadgroup = policy::find_command("xreadgroup");
  if (id == wait || id == waitaof) return true;
  return policy::command(id).has(policy::kBlocking) && (own_link || (id != xread && id != xreadgroup));
}

}  // namespace

void Session::replies_came(const Asked& asked, uint64_t now_ns, uint32_t replies) {
  metrics::EnvironmentStats& stats = environment_.stats();
  stats.request_duration.record(now_ns - asked.arrived_ns, replies);
  record_parts(stats, asked, worker_.sent_requests().written_ns(asked.flush), now_ns, replies);
  if (asked.arrived_ns < worker_.slow_before(now_ns)) were_slow(asked, now_ns, replies);
}

void Session::were_slow(const Asked& asked, uint64_t now_ns, uint32_t replies) {
  note_slow({asked, worker_.sent_requests().written_ns(asked.flush), now_ns, replies}, now_ns);
}

void Session::note_slow(const HeldReplies::Released& slow, uint64_t now_ns) {
  if (state_.is_over()) return;
  const bool own_link = state_.holds(SessionState::kBlocking);
  metrics::SlowRequest entry;
  // Unknown when it was written: all of it was Redis's.
  const uint64_t written_ns = slow.written_ns < slow.asked.arrived_ns
                                  ? slow.asked.arrived_ns
                                  : std::min(slow.written_ns, slow.held_ns);
  entry.queued_ns = written_ns - slow.asked.arrived_ns;
  entry.redis_ns = slow.held_ns - written_ns;
  entry.durable_ns = now_ns - slow.held_ns;
  const std::string_view prefix = environment_.policy().key_prefix().text();
  for (uint32_t i = 0; i < slow.replies; ++i) {
    if (i >= kSlowOfOneRead || !worker_.may_note_slow(now_ns)) {
      environment_.stats().slow_requests.add(i >= kSlowOfOneRead ? slow.replies - i : 1);
      if (i >= kSlowOfOneRead) return;
      continue;
    }
    const auto request = worker_.sent_requests().find(slow.asked.flush, slow.asked.place + i);
    if (request ? waits_by_itself(request->id, own_link) : own_link) continue;
    environment_.stats().slow_requests.add();
    entry.unix_ms = unix_ms();
    entry.environment = environment_.config().name;
    entry.user = user_name();
    entry.client = stream_.peer_name();
    entry.command = !request ? "(not kept)"
                    : request->id == policy::kUnknownCommand
                        ? policy::printable(request->name)
                        : policy::display_name(policy::command(request->id));
    entry.key = request ? request->key : std::string();
    if (!prefix.empty() && entry.key.starts_with(prefix)) entry.key.erase(0, prefix.size());
    worker_.lists().slow_log.add(entry);
  }
}

// One of many: what is asked for often is among them.
void Session::sample_key(policy::CommandId id, Arguments arguments) {
  worker_.sampled();
  if (plans_[id].route == Route::kRefused) return;
  policy::KeyUses& uses = worker_.key_uses();
  policy::find_keys(id, arguments, uses);
  for (const policy::KeyUse& use : uses.all()) {
    if (use.kind != policy::KeyKind::kKey || use.argument >= arguments.size()) continue;
    worker_.offer_hot_key(arguments[use.argument]);
    return;
  }
}

}  // namespace holdfast::proxy
