#include "cli/reloader.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "cli/audit_options.h"
#include "cli/configuration.h"
#include "config/changes.h"

namespace holdfast::cli {
namespace {

// Two looks without a difference make a change: half a second after the last byte it is taken.
constexpr uint64_t kLookEveryMs = 250;
constexpr size_t kMostLines = 100;

void log_lines(const std::vector<std::string>& lines, void (*log)(std::string_view)) {
  for (size_t i = 0; i < lines.size() && i < kMostLines; ++i) log(lines[i]);
  if (lines.size() > kMostLines) log("... and " + std::to_string(lines.size() - kMostLines) + " more");
}

std::string counted(size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

}  // namespace

Reloader::Reloader(net::Loop& loop, const config::LoadResult& loaded, proxy::Proxy& proxy,
                   audit::AuditLog& audit, metrics::ReloadStats& stats,
                   std::function<void(const config::Config&)> adopted)
    : file_(loaded.problems.file()),
      proxy_(proxy),
      audit_(audit),
      stats_(stats),
      tell_(std::move(adopted)),
      served_(std::make_shared<const config::LoadResult>(loaded)),
      timer_(loop, [this] { look(); }) {
  stats_.applied_at_unix_ms.set(static_cast<uint64_t>(unix_ms()));
  if (file_.empty()) return;
  watch();
  timer_.start_repeating(kLookEveryMs);
}

void Reloader::close() {
  closed_ = true;
  timer_.close();
}

void Reloader::watch() {
  std::vector<std::string> files = {file_};
  if (served_->document)
    for (std::string& file : config::named_files(*served_->document)) files.push_back(std::move(file));
  for (const config::Environment& environment : served_->config->environments)
    for (const config::ScriptFile& script : environment.script_files) files.push_back(script.path);
  files_.watch(std::move(files));
}

void Reloader::look() {
  if (files_.have_changed()) reload("its file has changed");
}

void Reloader::reload(const std::string& why) {
  if (closed_) return;
  if (file_.empty()) {
    log::info(why + ": the defaults are served, there is no configuration to read again");
    return;
  }
  if (adopting_) {
    asked_meanwhile_ = why;
    return;
  }
  files_.mark_read();  // before reading: what is written meanwhile is a change
  config::LoadResult next = load_and_check(file_);
  if (!next.config) {
    refuse(why, next.problems, "correct it and it is read again");
    return;
  }
  const config::Changes changes = config::compare(*served_, next);
  if (!changes.needs_restart.empty()) {
    refuse(why, changes.needs_restart,
           "a reload cannot change that, so nothing of the file was taken; restart, or undo it");
    return;
  }
  const audit::FileOptions audit_log = audit_options(next.config->server);
  if (audit_log != audit_options(served_->config->server)) {
    if (const Status opened = audit_.configure(audit_log); !opened.ok()) {
      config::ProblemList problem(file_);
      problem.add(next.config->server.audit_log.where, opened.error().message());
      refuse(why, problem, "correct it and it is read again");
      return;
    }
  }
  adopting_changes_ = changes.lines;
  auto snapshot = std::make_shared<proxy::PolicySnapshot>();
  auto taken = std::make_shared<const config::LoadResult>(std::move(next));
  snapshot->config = {taken, &*taken->config};
  config::ProblemList none;
  for (const config::Environment& environment : taken->config->environments) {
    snapshot->policies.push_back(policy::Policy::compile(environment, none));
    // The files that it names may have changed, too.
    const bool other_scripts = std::ranges::none_of(served_->config->environments, [&](const auto& before) {
      return before.name == environment.name && before.script_files == environment.script_files;
    });
    snapshot->changed.push_back(changes.environments.contains(environment.name) || other_scripts);
  }
  adopting_ = std::move(taken);
  proxy_.adopt(std::move(snapshot), [this, why](size_t closed) { adopted(why, closed); });
}

void Reloader::refuse(const std::string& why, const config::ProblemList& problems,
                      const std::string& what_to_do) {
  const std::vector<std::string> lines = problems.lines();
  stats_.refused.add();
  stats_.last_refused.set(1);
  record("reload refused (" + why + "): " + lines.front());
  note_ = "the configuration " + file_ + " was not taken (" + why +
          "), the one before is still served: " + lines.front() +
          (lines.size() > 1 ? " (and " + std::to_string(lines.size() - 1) + " more)" : "") + "; " +
          what_to_do;
  log::error("reload refused (" + why + "), the configuration from before is still served; " + what_to_do);
  log_lines(lines, log::error);
}

void Reloader::record(const std::string& detail) {
  audit::Sighting sighting;
  sighting.kind = audit::Kind::kHoldfast;
  sighting.detail = detail;
  audit_.main_recorder().record(sighting, 0, unix_ms());
}

void Reloader::adopted(const std::string& why, size_t closed) {
  served_ = std::exchange(adopting_, nullptr);
  note_.clear();
  stats_.applied.add();
  stats_.last_refused.set(0);
  stats_.applied_at_unix_ms.set(static_cast<uint64_t>(unix_ms()));
  log::configure_level(served_->config->server.log_level);
  tell_(*served_->config);
  const std::vector<std::string> lines = std::exchange(adopting_changes_, {});
  log::info("reloaded " + file_ + " (" + why +
            "): " + (lines.empty() ? "nothing in it has changed" : counted(lines.size(), "change")));
  log_lines(lines, log::info);
  record("reloaded (" + why +
         "): " + (lines.empty() ? "nothing has changed" : counted(lines.size(), "change")));
  for (size_t i = 0; i < lines.size() && i < kMostLines; ++i) record(lines[i]);
  if (closed > 0) log::info(counted(closed, "client") + " disconnected: their user or right is gone");
  watch();
  if (!asked_meanwhile_.empty()) reload(std::exchange(asked_meanwhile_, {}));
}

}  // namespace holdfast::cli
