#include "cli/doctor_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/clock.h"
#include "cli/commands.h"
#include "config/read_file.h"
#include "config/redis_url.h"
#include "posture/collect.h"
#include "posture/key_sampler.h"
#include "posture/proposed_config.h"
#include "posture/report.h"

namespace holdfast::cli {
namespace {

constexpr int kNeedsAPerson = 3;
constexpr size_t kPasswordMax = 64 * 1024;
constexpr uint64_t kProgressAfterNs = 1'000'000'000;
constexpr uint64_t kProgressEveryNs = 200'000'000;

int report(const Error& error) {
  std::fprintf(stderr, "holdfast doctor: %s\n", error.message().c_str());
  return error.code() == ErrorCode::kInvalid ? kBadInput : kFailed;
}

Result<config::Upstream> upstream_of(const DoctorOptions& options) {
  auto url = config::parse_redis_url(options.url);
  if (!url.ok()) return url.error().prefixed("the address");
  config::Upstream upstream;
  upstream.name = "doctor";
  upstream.endpoint.value = url.value().endpoint;
  upstream.user = url.value().user;
  upstream.password = url.value().password;
  if (!options.password_file.empty()) {
    auto password = config::read_file(options.password_file, kPasswordMax);
    if (!password.ok()) return password.error();
    upstream.password = std::move(password).value();
    while (upstream.password.ends_with('\n') || upstream.password.ends_with('\r'))
      upstream.password.pop_back();
  }
  if (url.value().tls) upstream.tls = config::TlsFiles{options.ca, options.cert, options.key, "", {}};
  return upstream;
}

// On a terminal only, and only once it takes long enough to wonder.
class Progress {
 public:
  void operator()(posture::SampleProgress progress) {
    const uint64_t now = monotonic_ns();
    if (!is_terminal_ || now - began_ns_ < kProgressAfterNs || now - shown_ns_ < kProgressEveryNs) return;
    shown_ns_ = now;
    std::fprintf(stderr, "\r\x1b[Klooking at keys: %lld of at most %lld",
                 static_cast<long long>(progress.keys), static_cast<long long>(progress.of));
  }
  ~Progress() {
    if (shown_ns_ > 0) std::fputs("\r\x1b[K", stderr);
  }

 private:
  const bool is_terminal_ = isatty(STDERR_FILENO) != 0;
  const uint64_t began_ns_ = monotonic_ns();
  uint64_t shown_ns_ = 0;
};

Status examine(posture::RedisAsker& redis, const DoctorOptions& options, posture::Diagnosis& diagnosis) {
  auto facts = posture::collect(redis, config::Journal{}.name);
  if (!facts.ok()) return facts.error();
  diagnosis.facts = std::move(facts).value();
  diagnosis.findings = posture::judge(diagnosis.facts);
  Progress progress;
  const posture::SampleBudget budget{options.keys, options.keys, options.seconds * 1000};
  auto all = posture::sample_keys(
      redis, diagnosis.facts.databases, budget,
      [&](const posture::SampledKey& key) { diagnosis.keys.add(key); }, std::ref(progress));
  if (!all.ok()) return all.error();
  diagnosis.all_keys_seen = all.value();
  diagnosis.key_notes = posture::key_notes(diagnosis.keys);
  diagnosis.answer = posture::answer(diagnosis.facts, diagnosis.findings, diagnosis.keys);
  return {};
}

// Never over a file that is there: it may be the one that is in use.
Status write_new(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    if (errno == EEXIST)
      return Error(ErrorCode::kInvalid, path + " is there already and was left as it is; name another file");
    return Error::from_errno("cannot make " + path, errno);
  }
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(fd, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const Error error = Error::from_errno("cannot write " + path, errno);
      ::close(fd);
      ::unlink(path.c_str());
      return error;
    }
    written += static_cast<size_t>(n);
  }
  ::close(fd);
  return {};
}

}  // namespace

int doctor(const DoctorOptions& options) {
  auto upstream = upstream_of(options);
  if (!upstream.ok()) return report(upstream.error());
  posture::Diagnosis diagnosis;
  diagnosis.address = posture::bare_url(upstream.value());

  std::shared_ptr<tls::Credentials> tls;
  if (upstream.value().tls) {
    auto loaded = tls::Credentials::load(tls::Side::kClient, *upstream.value().tls, diagnosis.address,
                                         upstream.value().endpoint.value.host);
    if (!loaded.ok()) return report(loaded.error());
    tls = std::move(loaded).value();
  }
  const journal::StopSignal stop;
  auto redis = posture::RedisAsker::connect(upstream.value(), tls.get(), stop);
  if (!redis.ok()) return report(redis.error().prefixed("cannot ask " + diagnosis.address));
  if (Status examined = examine(*redis.value(), options, diagnosis); !examined.ok())
    return report(examined.error().prefixed("cannot examine " + diagnosis.address));

  std::fputs((options.json ? posture::to_json(diagnosis) : posture::to_text(diagnosis)).c_str(), stdout);
  if (!options.config_out.empty()) {
    const std::string text =
        posture::proposed_config(upstream.value(), options.password_file, diagnosis.keys);
    if (Status written = write_new(options.config_out, text); !written.ok()) return report(written.error());
    std::fprintf(stderr, "wrote %s; read it, then: holdfast check %s\n", options.config_out.c_str(),
                 options.config_out.c_str());
  }
  return diagnosis.needs_a_person() ? kNeedsAPerson : kDone;
}

}  // namespace holdfast::cli
