// What is left of the data when the process or the machine is gone.
#include <array>

#include "posture/rules.h"

namespace holdfast::posture {
namespace {

Check persistence(const Facts& facts, const Limits&) {
  if (!facts.journals.empty()) return met("a Holdfast journal is attached");
  if (facts.aof.value_or(false)) return met("an append-only file is written");
  if (!facts.aof || !facts.snapshots) return not_known("whether anything is written to disk");
  if (*facts.snapshots) return met("snapshots are written, without an append-only file");
  return not_met("nothing is written to disk: a restart loses every key");
}

Check aof(const Facts& facts, const Limits&) {
  if (!facts.aof) return not_known("whether an append-only file is written");
  if (*facts.aof) return met("an append-only file is written");
  return not_met(facts.snapshots.value_or(false)
                     ? "only snapshots are written: a crash loses everything since the last one"
                     : "no append-only file is written");
}

Check aof_healthy(const Facts& facts, const Limits&) {
  if (!facts.aof) return not_known("whether an append-only file is written");
  if (!*facts.aof) return met("no append-only file is written, so none can fail");
  if (!facts.aof_write_ok || !facts.aof_rewrite_ok) return not_known("how its last writes went");
  if (!*facts.aof_write_ok) return not_met("the last write to the append-only file failed");
  if (!*facts.aof_rewrite_ok) return not_met("the last rewrite of the append-only file failed");
  return met("the last write and the last rewrite of the append-only file went well");
}

Check appendfsync(const Facts& facts, const Limits&) {
  if (!facts.aof) return not_known("whether an append-only file is written");
  if (!*facts.aof) return met("no append-only file is written");
  if (!facts.appendfsync) return not_known("its appendfsync");
  if (*facts.appendfsync == "no")
    return not_met(
        "appendfsync is `no`: a power loss takes what the kernel has not written, half a minute of it");
  return met("appendfsync is `" + *facts.appendfsync + "`");
}

Check save_ok(const Facts& facts, const Limits&) {
  if (!facts.save_ok) return not_known("how its last snapshot went");
  if (*facts.save_ok) return met("the last snapshot went well");
  return not_met("the last snapshot failed");
}

Check recent_save(const Facts& facts, const Limits& limits) {
  if (!facts.save_age_s || !facts.changes_since_save) return not_known("when it was saved last");
  const std::string age = duration_text(*facts.save_age_s);
  if (*facts.changes_since_save == 0) return met("nothing has changed since it was saved or started");
  if (*facts.save_age_s <= limits.save_age_s)
    return met("the last good snapshot or start is " + age + " ago");
  return not_met("the last good snapshot or start is " + age + " ago, with " +
                 std::to_string(*facts.changes_since_save) + " changes since");
}

Check no_delayed_fsync(const Facts& facts, const Limits&) {
  if (!facts.aof) return not_known("whether an append-only file is written");
  if (!*facts.aof) return met("no append-only file is written");
  if (!facts.delayed_fsyncs) return not_known("how many fsyncs were late");
  if (*facts.delayed_fsyncs == 0) return met("no fsync of the append-only file was late");
  return not_met(std::to_string(*facts.delayed_fsyncs) +
                 " fsyncs of the append-only file took longer than 2 s since the start");
}

Check no_rewrite(const Facts& facts, const Limits&) {
  if (!facts.rewriting) return not_known("whether it is being saved");
  if (!*facts.rewriting) return met("no snapshot or rewrite is under way");
  return not_met(
      "a snapshot or a rewrite of the append-only file is under way: it may need twice the memory");
}

constexpr std::array kRules = {
    Rule{"persistence", Group::kPersistence, Severity::kCritical, persistence,
         "put Holdfast in front of it with `durability = \"sync\"`, or set `appendonly yes`"},
    Rule{"aof", Group::kPersistence, Severity::kWarning, aof,
         "set `appendonly yes`, or let Holdfast's journal be the durable copy and say so with "
         "`ignore = [\"aof\"]`"},
    Rule{"aof-healthy", Group::kPersistence, Severity::kCritical, aof_healthy,
         "look at the log of Redis and at the free space of its disk"},
    Rule{"appendfsync", Group::kPersistence, Severity::kWarning, appendfsync,
         "set `appendfsync everysec` (a second is at risk) or `always`"},
    Rule{"save-healthy", Group::kPersistence, Severity::kCritical, save_ok,
         "look at the log of Redis: usually the disk is full or there is no memory for the fork "
         "(vm.overcommit_memory = 1)"},
    Rule{"recent-save", Group::kPersistence, Severity::kInfo, recent_save,
         "set `save` to points that fit, or run BGSAVE from a schedule"},
    Rule{"no-delayed-fsync", Group::kPersistence, Severity::kWarning, no_delayed_fsync,
         "the disk is slower than the writes: move the append-only file to a faster one, or keep other load "
         "off "
         "it"},
    Rule{"no-rewrite", Group::kPersistence, Severity::kInfo, no_rewrite,
         "nothing: it ends by itself; if it never does, look at the log of Redis"},
};

}  // namespace

std::span<const Rule> persistence_rules() {
  return kRules;
}

}  // namespace holdfast::posture
