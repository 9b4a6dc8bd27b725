#include "journal/redis_comparison.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "journal/history.h"
#include "journal/key_print.h"
#include "journal/keys_by_database.h"
#include "journal/redis_questions.h"
#include "journal/upstream_login.h"

namespace holdfast::journal {
namespace {

constexpr int64_t kAnswerMs = 60'000;
constexpr int kRounds = 4;
constexpr int64_t kBetweenRoundsMs = 500;
constexpr size_t kMismatchesShown = 100;
constexpr int64_t kKeysListed = 200'000;  // of one database, to find which are too many or missing
constexpr size_t kOddKeysMax = 2'000;

using KeyCounts = std::map<int, uint64_t>;

uint64_t total(const std::map<int, uint64_t>& keys) {
  uint64_t sum = 0;
  for (const auto& [database, count] : keys) sum += count;
  return sum;
}

using KeySet = std::set<std::pair<int, std::string>>;

Status draw(RedisQuestions& redis, int database, uint64_t count, KeySet& chosen) {
  for (uint64_t i = 0; i < count; ++i) {
    auto key = redis.ask({"RANDOMKEY"});
    if (!key.ok()) return key.error();
    if (key.value().kind == RedisValue::Kind::kText) chosen.emplace(database, key.value().text);
  }
  return {};
}

Status take_all(RedisQuestions& redis, int database, KeySet& chosen) {
  std::string cursor = "0";
  do {
    auto page = redis.ask({"SCAN", cursor, "COUNT", "1000"});
    if (!page.ok()) return page.error();
    if (page.value().list.size() != 2) return Error(ErrorCode::kProtocol, "an answer that is not SCAN's");
    cursor = page.value().list[0].text;
    for (const RedisValue& key : page.value().list[1].list) chosen.emplace(database, key.text);
  } while (cursor != "0");
  return {};
}

// One of the two servers, and which database it is in.
class Side {
 public:
  explicit Side(std::unique_ptr<RedisConnection> connection)
      : connection_(std::move(connection)), redis_(*connection_) {}

  RedisQuestions& redis() { return redis_; }

  Status select(int database) {
    if (database == database_) return {};
    auto selected = redis_.ask({"SELECT", std::to_string(database)});
    if (!selected.ok()) return selected.error();
    database_ = database;
    return {};
  }

 private:
  std::unique_ptr<RedisConnection> connection_;
  RedisQuestions redis_;
  int database_ = -1;
};

struct Sample {
  int database;
  std::string key;
  KeyPrint before;
  KeyPrint restored;
  bool changing = false;
  std::string difference;  // as of the last round
};

class Comparison {
 public:
  Comparison(RestoredRedis& restored, const RehearsalOptions& options, const StopSignal& stop,
             RehearsalReport& report)
      : restored_(restored), options_(options), stop_(stop), report_(report) {}

  Status run();

 private:
  Status connect();
  Result<uint64_t> live_offset();
  Status choose(Side& side, KeySet& chosen);
  Status print(Side& side, std::vector<Sample>& samples, KeyPrint Sample::*into);
  Status round(std::vector<Sample>& samples);
  void compare_counts(const KeyCounts& before, const KeyCounts& restored, const KeyCounts& after);
  Status add_odd_keys(KeySet& chosen, std::vector<Sample>& samples);
  void conclude(const std::vector<Sample>& left);

  RestoredRedis& restored_;
  const RehearsalOptions& options_;
  const StopSignal& stop_;
  RehearsalReport& report_;
  std::optional<Side> live_;
  std::optional<Side> copy_;
  std::vector<std::string> count_differences_;  // of the last round
  std::set<int> odd_databases_;                 // in which it was found
};

Status Comparison::connect() {
  auto live = connect_upstream(*options_.live, options_.tls, stop_);
  if (!live.ok()) return live.error();
  live_.emplace(std::move(live).value());
  auto copy = restored_.connect(kAnswerMs);
  if (!copy.ok()) return copy.error();
  copy_.emplace(std::move(copy).value());
  return {};
}

Result<uint64_t> Comparison::live_offset() {
  auto text = live_->redis().ask({"INFO", "replication"});
  if (!text.ok()) return explain_refusal(*options_.live, "INFO", text.error());
  auto info = parse_replication_info(text.value().text);
  if (!info.ok()) return info.error();
  if (membership_of(info.value(), restored_.position()) == Membership::kForeign) {
    return Error(ErrorCode::kRefused,
                 "the upstream " + url_of(*options_.live) +
                     " has another history than the journal, so there is nothing to compare; "
                     "see /readyz of the Holdfast that writes it");
  }
  return static_cast<uint64_t>(info.value().repl_offset);
}

// Keys at random, from each database as many as is its share; all of a small one.
Status Comparison::choose(Side& side, KeySet& chosen) {
  auto keys = keys_by_database(side.redis());
  if (!keys.ok()) return keys.error();
  const uint64_t all = std::max<uint64_t>(total(keys.value()), 1);
  for (const auto& [database, count] : keys.value()) {
    if (Status selected = side.select(database); !selected.ok()) return selected;
    const uint64_t wanted = std::min(count, options_.samples / 2 * count / all + 1);
    // As many draws as there are keys would not find all of them.
    Status taken = wanted == count ? take_all(side.redis(), database, chosen)
                                   : draw(side.redis(), database, wanted, chosen);
    if (!taken.ok()) return explain_refusal(*options_.live, "RANDOMKEY or SCAN", taken.error());
  }
  return {};
}

Status Comparison::print(Side& side, std::vector<Sample>& samples, KeyPrint Sample::*into) {
  for (Sample& sample : samples) {
    if (stop_.requested()) return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    if (Status selected = side.select(sample.database); !selected.ok()) return selected;
    auto print = print_key(side.redis(), sample.key);
    if (!print.ok()) return explain_refusal(*options_.live, "TYPE, DUMP or PEXPIRETIME", print.error());
    sample.*into = std::move(print).value();
  }
  return {};
}

// Keeps in `samples` what has to be looked at again.
Status Comparison::round(std::vector<Sample>& samples) {
  auto count_before = keys_by_database(live_->redis());
  if (!count_before.ok()) return count_before.error();
  if (Status printed = print(*live_, samples, &Sample::before); !printed.ok()) return printed;
  auto offset = live_offset();
  if (!offset.ok()) return offset.error();
  if (Status there = restored_.catch_up(offset.value()); !there.ok()) return there;
  auto count = keys_by_database(copy_->redis());
  if (!count.ok()) return count.error();
  if (Status printed = print(*copy_, samples, &Sample::restored); !printed.ok()) return printed;

  std::vector<Sample> again;
  for (Sample& sample : samples) {
    if (Status selected = live_->select(sample.database); !selected.ok()) return selected;
    auto after = print_key(live_->redis(), sample.key);
    if (!after.ok()) return explain_refusal(*options_.live, "TYPE, DUMP or PEXPIRETIME", after.error());
    sample.changing = after.value() != sample.before;
    if (sample.changing) {
      again.push_back(std::move(sample));
      continue;
    }
    if (sample.before == sample.restored) continue;
    if (Status selected = copy_->select(sample.database); !selected.ok()) return selected;
    auto what = difference(copy_->redis(), sample.restored, live_->redis(), sample.before, sample.key);
    if (!what.ok()) return what.error();
    sample.difference = std::move(what).value();
    if (sample.difference.empty()) continue;
    // Its elements were read a moment later.
    after = print_key(live_->redis(), sample.key);
    if (!after.ok()) return after.error();
    sample.changing = after.value() != sample.before;
    again.push_back(std::move(sample));
  }
  samples = std::move(again);

  auto count_after = keys_by_database(live_->redis());
  if (!count_after.ok()) return count_after.error();
  report_.keys = total(count.value());
  report_.live_keys = total(count_after.value());
  compare_counts(count_before.value(), count.value(), count_after.value());
  return {};
}

// Of each database, so that a key too many in one does not stand for one that is missing in another.
void Comparison::compare_counts(const KeyCounts& before, const KeyCounts& restored, const KeyCounts& after) {
  count_differences_.clear();
  odd_databases_.clear();
  std::set<int> databases;
  for (const KeyCounts* counts : {&before, &restored, &after})
    for (const auto& [database, count] : *counts) databases.insert(database);
  const auto count_of = [](const KeyCounts& counts, int database) {
    const auto found = counts.find(database);
    return found == counts.end() ? uint64_t{0} : found->second;
  };
  for (const int database : databases) {
    const uint64_t one = count_of(before, database), other = count_of(after, database);
    const uint64_t keys = count_of(restored, database);
    if (std::min(one, other) <= keys && keys <= std::max(one, other)) continue;
    odd_databases_.insert(database);
    count_differences_.push_back("the number of keys in database " + std::to_string(database) + ": " +
                                 std::to_string(keys) + " and not " + std::to_string(other));
  }
  report_.counts_match = count_differences_.empty();
}

// Which keys make the number of a database another, unless it has too many for that.
Status Comparison::add_odd_keys(KeySet& chosen, std::vector<Sample>& samples) {
  for (const int database : odd_databases_) {
    KeySet here, there;
    for (auto [side, keys] : {std::pair(&*live_, &here), std::pair(&*copy_, &there)}) {
      if (Status selected = side->select(database); !selected.ok()) return selected;
      auto size = side->redis().ask({"DBSIZE"});
      if (!size.ok()) return size.error();
      if (size.value().number() > kKeysListed) return {};
      if (Status taken = take_all(side->redis(), database, *keys); !taken.ok())
        return explain_refusal(*options_.live, "SCAN", taken.error());
    }
    std::vector<std::pair<int, std::string>> odd;
    std::set_symmetric_difference(here.begin(), here.end(), there.begin(), there.end(),
                                  std::back_inserter(odd));
    for (auto& key : odd) {
      if (samples.size() >= kOddKeysMax || !chosen.insert(key).second) continue;
      samples.push_back({key.first, key.second, {}, {}, false, ""});
      ++report_.sampled;
    }
  }
  odd_databases_.clear();
  return {};
}

void Comparison::conclude(const std::vector<Sample>& left) {
  report_.compared = true;
  report_.mismatches = count_differences_;
  report_.mismatch_count = count_differences_.size();
  for (const Sample& sample : left) {
    if (sample.changing) {
      ++report_.changing;
      continue;
    }
    ++report_.mismatch_count;
    if (report_.mismatches.size() < kMismatchesShown)
      report_.mismatches.push_back("database " + std::to_string(sample.database) + ", key '" + sample.key +
                                   "': " + sample.difference);
  }
}

Status Comparison::run() {
  if (Status connected = connect(); !connected.ok()) return connected;
  if (auto offset = live_offset(); !offset.ok()) return offset.error();
  KeySet chosen;
  for (Side* side : {&*live_, &*copy_}) {
    if (Status done = choose(*side, chosen); !done.ok()) return done;
  }
  std::vector<Sample> samples;
  for (const auto& [database, key] : chosen) samples.push_back({database, key, {}, {}, false, ""});
  report_.sampled = samples.size();
  for (int i = 0; i < kRounds; ++i) {
    if (i > 0 && !stop_.sleep_ms(kBetweenRoundsMs))
      return Error(ErrorCode::kUnavailable, "Holdfast is stopping");
    if (Status done = round(samples); !done.ok()) return done;
    if (samples.empty() && report_.counts_match) break;
    if (i + 1 == kRounds) break;
    if (Status found = add_odd_keys(chosen, samples); !found.ok()) return found;
  }
  conclude(samples);
  return {};
}

}  // namespace

Status count_keys(RestoredRedis& restored, RehearsalReport& report) {
  auto connection = restored.connect(kAnswerMs);
  if (!connection.ok()) return connection.error();
  RedisQuestions redis(*connection.value());
  auto keys = keys_by_database(redis);
  if (!keys.ok()) return keys.error();
  report.keys = total(keys.value());
  return {};
}

Status compare_with_live(RestoredRedis& restored, const RehearsalOptions& options, const StopSignal& stop,
                         RehearsalReport& report) {
  return Comparison(restored, options, stop, report).run();
}

}  // namespace holdfast::journal
