// What a Redis that came back is taken for, and what is done about it.
#include "journal/history_break.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::journal {
namespace {

using Kind = HistoryBreak::Kind;
using Mode = config::OnHistoryBreak;
using Word = OperatorWord;
using Action = BreakAction;

const std::string kOurs(40, 'a');
const std::string kOther(40, 'b');
const Position kPosition{kOurs, 1000};

// A Redis that is at `offset` of its own history, which parted from ours after `common` (none: -1).
UpstreamFacts facts(int64_t offset, int64_t common, uint64_t keys, uint64_t role_changes = 0) {
  UpstreamFacts facts;
  facts.replication.role = "master";
  facts.replication.replid = kOther;
  facts.replication.repl_offset = offset;
  if (common >= 0) {
    facts.replication.replid2 = kOurs;
    facts.replication.second_repl_offset = common + 1;
  }
  facts.keys = keys;
  facts.life = {std::string(40, 'c'), role_changes, 0, 0, 100};
  return facts;
}

TEST(HistoryBreak, WhatItIsTakenFor) {
  EXPECT_EQ(classify(facts(0, -1, 0), kPosition, {}, {}).kind, Kind::kEmpty);
  EXPECT_EQ(classify(facts(0, -1, 5), kPosition, {}, {}).kind, Kind::kForeign);
  EXPECT_EQ(classify(facts(5000, -1, 5), kPosition, {}, {}).kind, Kind::kForeign);
  const HistoryBreak behind = classify(facts(900, 900, 5), kPosition, {}, {});
  EXPECT_EQ(behind.kind, Kind::kBehind);
  EXPECT_EQ(behind.common, 900u);
  EXPECT_TRUE(behind.restarted);
  EXPECT_FALSE(classify(facts(900, 900, 5, 1), kPosition, {}, {}).restarted);
  const HistoryBreak diverged = classify(facts(950, 900, 5, 1), kPosition, {}, {});
  EXPECT_EQ(diverged.kind, Kind::kDiverged);
  EXPECT_EQ(diverged.common, 900u);
  EXPECT_EQ(classify(facts(950, 900, 0, 1), kPosition, {}, {}).kind, Kind::kEmpty);
  // Libraries of functions are data.
  UpstreamFacts libraries = facts(0, -1, 0);
  libraries.libraries = 1;
  EXPECT_EQ(classify(libraries, kPosition, {}, {}).kind, Kind::kForeign);
}

TEST(HistoryBreak, TheSameProcessIsProvenByItsLifeAlone) {
  const UpstreamFacts now = facts(1200, -1, 5);
  ServerLife then = now.life;
  then.commands = 50;
  EXPECT_EQ(classify(now, kPosition, {}, then).kind, Kind::kRenamed);
  EXPECT_EQ(classify(facts(999, -1, 5), kPosition, {}, then).kind, Kind::kForeign) << "it went back";
  EXPECT_EQ(classify(facts(1200, -1, 5, 1), kPosition, {}, then).kind, Kind::kForeign) << "it was a replica";
  UpstreamFacts other = now;
  other.life.run_id = std::string(40, 'd');
  EXPECT_EQ(classify(other, kPosition, {}, then).kind, Kind::kForeign);
  other = now;
  other.life.reloads = 1;
  EXPECT_EQ(classify(other, kPosition, {}, then).kind, Kind::kForeign);
  other = now;
  other.life.stat_resets = 1;
  EXPECT_EQ(classify(other, kPosition, {}, then).kind, Kind::kForeign) << "its counters say nothing any more";
  other = now;
  other.life.commands = 10;
  EXPECT_EQ(classify(other, kPosition, {}, then).kind, Kind::kForeign);
}

// Its history went by another name when that Redis knew it.
TEST(HistoryBreak, OlderNamesOfTheHistoryCount) {
  const Position position{std::string(40, 'e'), 2000};
  const std::vector<HistoryName> names = {{kOurs, 1000}};
  EXPECT_EQ(classify(facts(900, 900, 5), position, names, {}).kind, Kind::kBehind);
  EXPECT_EQ(classify(facts(900, 900, 5), position, {}, {}).kind, Kind::kForeign);
  const HistoryBreak further = classify(facts(1500, 1500, 5), position, names, {});
  EXPECT_EQ(further.kind, Kind::kDiverged) << "that name is not ours after offset 1000";
  EXPECT_EQ(further.common, 1000u);
  UpstreamFacts old_primary = facts(1000, -1, 5);
  old_primary.replication.replid = kOurs;
  EXPECT_EQ(classify(old_primary, position, names, {}).kind, Kind::kBehind);
  old_primary.replication.repl_offset = 1100;
  EXPECT_EQ(classify(old_primary, position, names, {}).kind, Kind::kDiverged);
}

HistoryBreak of(Kind kind, bool empty = false, bool restarted = false) {
  return {kind, 900, empty, restarted};
}

TEST(HistoryBreak, ByConfiguration) {
  const auto decided = [](const HistoryBreak& what, Mode mode) {
    return decide(what, mode, Word::kNone, false, true);
  };
  for (const Mode mode : {Mode::kRecoverEmpty, Mode::kRecover, Mode::kHold, Mode::kAccept})
    EXPECT_EQ(decided(of(Kind::kRenamed), mode), Action::kAdopt);
  for (const Kind kind : {Kind::kEmpty, Kind::kBehind, Kind::kDiverged, Kind::kForeign}) {
    EXPECT_EQ(decided(of(kind, kind == Kind::kEmpty), Mode::kAccept), Action::kAdopt);
    EXPECT_EQ(decided(of(kind, kind == Kind::kEmpty), Mode::kHold), Action::kHold);
  }
  EXPECT_EQ(decided(of(Kind::kEmpty, true), Mode::kRecoverEmpty), Action::kGiveBack);
  EXPECT_EQ(decided(of(Kind::kEmpty, true), Mode::kRecover), Action::kGiveBack);
  EXPECT_EQ(decided(of(Kind::kBehind, false, true), Mode::kRecoverEmpty), Action::kCatchUp);
  EXPECT_EQ(decided(of(Kind::kBehind), Mode::kRecoverEmpty), Action::kHold) << "a promoted replica";
  EXPECT_EQ(decided(of(Kind::kBehind), Mode::kRecover), Action::kCatchUp);
  for (const Kind kind : {Kind::kDiverged, Kind::kForeign}) {
    EXPECT_EQ(decided(of(kind), Mode::kRecoverEmpty), Action::kHold);
    EXPECT_EQ(decided(of(kind), Mode::kRecover), Action::kKeepFirst);
  }
}

TEST(HistoryBreak, ByTheOperatorsWord) {
  const auto decided = [](const HistoryBreak& what, Word word) {
    return decide(what, Mode::kHold, word, false, true);
  };
  for (const Kind kind : {Kind::kEmpty, Kind::kBehind, Kind::kDiverged, Kind::kForeign})
    EXPECT_EQ(decided(of(kind, kind == Kind::kEmpty), Word::kAccept), Action::kAdopt);
  EXPECT_EQ(decided(of(Kind::kEmpty, true), Word::kRecover), Action::kGiveBack);
  EXPECT_EQ(decided(of(Kind::kBehind), Word::kRecover), Action::kCatchUp);
  EXPECT_EQ(decided(of(Kind::kDiverged), Word::kRecover), Action::kKeepFirst);
  EXPECT_EQ(decided(of(Kind::kForeign), Word::kRecover), Action::kKeepFirst);
  EXPECT_EQ(decided(of(Kind::kBehind), Word::kReapply), Action::kCatchUp);
  EXPECT_EQ(decided(of(Kind::kDiverged), Word::kReapply), Action::kReapply);
  EXPECT_EQ(decided(of(Kind::kForeign), Word::kReapply), Action::kHold) << "what was lost is not known";
  // A word counts for more than a configuration that would accept.
  EXPECT_EQ(decide(of(Kind::kForeign), Mode::kAccept, Word::kRecover, false, true), Action::kKeepFirst);
}

TEST(HistoryBreak, WhatIsNotInReachIsGivenAsAWhole) {
  EXPECT_EQ(decide(of(Kind::kBehind, false, true), Mode::kRecoverEmpty, Word::kNone, false, false),
            Action::kKeepFirst);
  EXPECT_EQ(decide(of(Kind::kBehind), Mode::kRecoverEmpty, Word::kNone, false, false), Action::kHold);
  EXPECT_EQ(decide(of(Kind::kBehind, false, true), Mode::kRecover, Word::kNone, false, false),
            Action::kKeepFirst);
  EXPECT_EQ(decide(of(Kind::kBehind, true, true), Mode::kRecoverEmpty, Word::kNone, false, false),
            Action::kGiveBack);
  EXPECT_EQ(decide(of(Kind::kDiverged), Mode::kHold, Word::kReapply, false, false), Action::kHold);
}

TEST(HistoryBreak, AnInterruptedRecoveryIsFinished) {
  EXPECT_EQ(decide(of(Kind::kForeign), Mode::kRecoverEmpty, Word::kNone, true, true), Action::kHold)
      << "somebody has gone on with it";
  EXPECT_EQ(decide(of(Kind::kBehind), Mode::kRecoverEmpty, Word::kNone, true, true), Action::kCatchUp);
}

TEST(UpstreamFacts, AreReadFromInfo) {
  auto read = parse_upstream_facts(
      "# Server\r\nrun_id:" + std::string(40, 'c') +
      "\r\n# Persistence\r\nloading:0\r\nasync_loading:0\r\n# Stats\r\ntotal_commands_processed:12\r\n"
      "# Replication\r\nrole:master\r\nmaster_replid:" +
      kOurs + "\r\nmaster_replid2:" + kOther +
      "\r\nmaster_repl_offset:77\r\nsecond_repl_offset:50\r\n# Commandstats\r\n"
      "cmdstat_replicaof:calls=2,usec=9\r\ncmdstat_slaveof:calls=1,usec=9\r\ncmdstat_debug:calls=4,usec=1\r\n"
      "cmdstat_config|resetstat:calls=5,usec=1\r\n# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=0\r\n"
      "db11:keys=4,expires=0,avg_ttl=0\r\nnumber_of_libraries:0\r\n");
  ASSERT_TRUE(read.ok()) << read.error().message();
  const UpstreamFacts& facts = read.value();
  EXPECT_EQ(facts.life.run_id, std::string(40, 'c'));
  EXPECT_EQ(facts.life.role_changes, 3u);
  EXPECT_EQ(facts.life.reloads, 4u);
  EXPECT_EQ(facts.life.stat_resets, 5u);
  EXPECT_EQ(facts.life.commands, 12u);
  EXPECT_EQ(facts.keys, 7u);
  EXPECT_FALSE(facts.is_empty());
  EXPECT_FALSE(facts.loading);
  EXPECT_EQ(facts.replication.second_repl_offset, 50);
  EXPECT_FALSE(parse_upstream_facts("role:master\r\n").ok());
}

// What its data tell and its history does not: an append-only file may have been put there by hand.
TEST(HistoryBreak, WhatLacksTheEndByItsDataIsKeptFirstAndOnlyOnAWord) {
  HistoryBreak file;
  file.kind = Kind::kBehind;
  file.common = 900;
  file.by_data = true;
  EXPECT_EQ(decide(file, Mode::kRecoverEmpty, Word::kNone, false, true), Action::kHold);
  EXPECT_EQ(decide(file, Mode::kHold, Word::kNone, false, true), Action::kHold);
  EXPECT_EQ(decide(file, Mode::kRecover, Word::kNone, false, true), Action::kKeepFirst);
  EXPECT_EQ(decide(file, Mode::kHold, Word::kRecover, false, true), Action::kKeepFirst);
  EXPECT_EQ(decide(file, Mode::kHold, Word::kReapply, false, true), Action::kReapply);
  EXPECT_EQ(decide(file, Mode::kRecover, Word::kAccept, false, true), Action::kAdopt);
  // A snapshot of its own names what is in it.
  file.restarted = true;
  EXPECT_EQ(decide(file, Mode::kRecoverEmpty, Word::kNone, false, true), Action::kKeepFirst);
  EXPECT_EQ(decide(file, Mode::kHold, Word::kNone, false, true), Action::kHold);
}

}  // namespace
}  // namespace holdfast::journal
