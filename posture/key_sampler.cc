#include "posture/key_sampler.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace holdfast::posture {
namespace {

constexpr const char* kScanCount = "100";
constexpr uint64_t kNsPerMs = 1'000'000;

class Sampler {
 public:
  Sampler(RedisAsker& redis, const SampleBudget& budget, const std::function<void(SampledKey)>& seen,
          const std::function<void(SampleProgress)>& progress)
      : redis_(redis),
        budget_(budget),
        seen_(seen),
        progress_(progress),
        deadline_ns_(monotonic_ns() + static_cast<uint64_t>(budget.time_ms) * kNsPerMs) {}

  Result<bool> run(const std::vector<Database>& databases) {
    int64_t all = 0;
    for (const Database& database : databases) all += database.keys;
    total_ = std::min(all, budget_.keys);
    bool complete = true;
    for (const Database& database : databases) {
      // At least a batch of each: a small database is often the one that matters.
      const int64_t share = std::max<int64_t>(100, budget_.keys * database.keys / std::max<int64_t>(1, all));
      auto whole = run_one(database.number, share);
      if (!whole.ok()) return whole;
      complete = complete && whole.value();
    }
    return complete;
  }

 private:
  Result<bool> run_one(int number, int64_t share);
  Status look_at(const std::vector<Reply>& names);

  RedisAsker& redis_;
  const SampleBudget& budget_;
  const std::function<void(SampledKey)>& seen_;
  const std::function<void(SampleProgress)>& progress_;
  const uint64_t deadline_ns_;
  int64_t scans_ = 0, keys_ = 0, total_ = 0;
};

Result<bool> Sampler::run_one(int number, int64_t share) {
  auto selected = redis_.ask({"SELECT", std::to_string(number)});
  if (!selected.ok()) return selected.error();
  if (selected.value().is_error()) return false;
  std::string cursor = "0";
  for (int64_t taken = 0; taken < share; ++scans_) {
    if (scans_ >= budget_.scans || monotonic_ns() >= deadline_ns_) return false;
    auto page = redis_.ask({"SCAN", cursor, "COUNT", kScanCount});
    if (!page.ok()) return page.error();
    if (page.value().is_error())
      return Error(ErrorCode::kRefused, "it does not answer SCAN: " + page.value().text);
    if (page.value().items.size() != 2)
      return Error(ErrorCode::kProtocol, "an answer to SCAN that is not Redis's");
    cursor = page.value().items[0].text;
    const std::vector<Reply>& names = page.value().items[1].items;
    if (Status looked = look_at(names); !looked.ok()) return looked.error();
    taken += static_cast<int64_t>(names.size());
    keys_ += static_cast<int64_t>(names.size());
    progress_({keys_, total_});
    if (cursor == "0") return true;
  }
  return false;
}

Status Sampler::look_at(const std::vector<Reply>& names) {
  for (const Reply& name : names) {
    for (Status sent : {redis_.send({"PTTL", name.text}), redis_.send({"TYPE", name.text}),
                        redis_.send({"MEMORY", "USAGE", name.text, "SAMPLES", "5"}),
                        redis_.send({"OBJECT", "IDLETIME", name.text})})
      if (!sent.ok()) return sent;
  }
  for (const Reply& name : names) {
    Reply answers[4];
    for (Reply& answer : answers) {
      auto read = redis_.read();
      if (!read.ok()) return read.error();
      answer = std::move(read).value();
    }
    if (answers[1].text == "none") continue;  // gone meanwhile
    SampledKey key{name.text, answers[1].text};
    if (answers[0].kind == Reply::Kind::kInteger) key.ttl_ms = answers[0].integer;
    if (answers[2].kind == Reply::Kind::kInteger) key.bytes = answers[2].integer;
    if (answers[3].kind == Reply::Kind::kInteger) key.idle_s = answers[3].integer;
    seen_(std::move(key));
  }
  return {};
}

}  // namespace

Result<bool> sample_keys(RedisAsker& redis, const std::vector<Database>& databases,
                         const SampleBudget& budget, const std::function<void(SampledKey)>& seen,
                         const std::function<void(SampleProgress)>& progress) {
  return Sampler(redis, budget, seen, progress).run(databases);
}

}  // namespace holdfast::posture
