#include "metrics/admin_server.h"

#include <utility>

#include "base/clock.h"
#include "metrics/admin_access.h"
#include "metrics/dashboard.h"
#include "metrics/exporter.h"
#include "metrics/gzip.h"
#include "metrics/http_server.h"
#include "metrics/negotiation.h"
#include "metrics/open_metrics.h"
#include "metrics/readiness.h"
#include "metrics/status_report.h"
#include "net/timer.h"

namespace holdfast::metrics {
namespace {

// The text format of Prometheus; the version is the format's.
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kJsonType = "application/json; charset=utf-8";
constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
constexpr std::string_view kEventsType = "text/event-stream; charset=utf-8";
constexpr std::string_view kServed =
    "served here: GET and HEAD of /, /metrics, /status, /events, /healthz and /readyz";
constexpr uint64_t kTickMs = 1'000;

// One server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html).
std::string event_of(const std::string& json) {
  return "data: " + json + "\n\n";
}

}  // namespace

class AdminServer::Impl final : public HttpServer::Handler {
 public:
  Impl(net::Loop& loop, Sources sources, const ReadinessSource& readiness, AdminDoor door)
      : sources_(std::move(sources)),
        readiness_(readiness),
        status_(sources_),
        access_(door.tokens, door.tls != nullptr && !door.tls->files().ca.empty()),
        server_(loop, *this, HttpLimits{}, std::move(door.tls)),
        ticker_(loop, [this] { tick(); }) {
    ticker_.start_repeating(kTickMs);
  }

  HttpServer& server() { return server_; }
  void set_tokens(const std::vector<std::string>& tokens) {
    if (access_.set_tokens(tokens)) server_.close_listeners();
  }
  void close() {
    ticker_.close();
    server_.close();
  }

  HttpResponse respond(const HttpRequest& request) override {
    // The page holds nothing: it asks for the rest, and for a token.
    if (request.path == "/") return {200, std::string(dashboard_page()), kHtmlType};
    if (request.path == "/healthz") return {200, "ok\n"};
    if (!access_.allows(request)) return to_a_stranger(request);
    if (request.path == "/metrics") return metrics(request);
    if (request.path == "/readyz") return readyz();
    if (request.path == "/status") {
      status_.refresh(monotonic_ns());
      return {200, status_.json(problems()) + "\n", kJsonType};
    }
    if (request.path == "/events") {
      HttpResponse events{200, event_of(status_.json(problems())), kEventsType};
      events.is_event_stream = true;
      return events;
    }
    return {404, "nothing at this path; " + std::string(kServed) + "\n"};
  }
  std::string_view served() const override { return kServed; }

 private:
  HttpResponse metrics(const HttpRequest& request) const {
    const bool open = prefers_open_metrics(request.accept);
    HttpResponse response{200,
                          render_metrics(sources_, open ? TextFormat::kOpenMetrics : TextFormat::kPrometheus),
                          open ? kOpenMetricsType : kMetricsType};
    if (accepts_gzip(request.accept_encoding)) {
      if (std::string compressed = gzip(response.body); !compressed.empty()) {
        response.body = std::move(compressed);
        response.content_encoding = "gzip";
      }
    }
    return response;
  }

  std::vector<std::string> problems() const {
    std::vector<std::string> problems = readiness_.problems();
    for (std::string& problem : readiness_problems(sources_)) problems.push_back(std::move(problem));
    return problems;
  }

  HttpResponse to_a_stranger(const HttpRequest& request) const {
    if (request.path == "/readyz") {
      const size_t found = problems().size();
      if (found == 0) return {200, "ready\n"};
      return {503, "not ready: " + std::to_string(found) + (found == 1 ? " problem" : " problems") +
                       "; to read more, " + access_.what_to_do() + "\n"};
    }
    return {access_.by_token() ? 401 : 403,
            "this is not for everybody; " + access_.what_to_do() +
                "; without that there are /, /healthz and whether it is ready, /readyz\n"};
  }

  HttpResponse readyz() const {
    const std::vector<std::string> found = problems();
    std::vector<std::string> notes = readiness_.notes();
    for (std::string& detail : readiness_details(sources_)) notes.push_back(std::move(detail));
    for (std::string& note : notes) note.insert(0, "note: ");
    for (std::string& note : readiness_notes(sources_)) notes.push_back(std::move(note));
    if (found.empty()) return {200, "ready\n" + one_a_line(notes)};
    return {503, one_a_line(found) + one_a_line(notes)};
  }

  // Every second, watched or not, so that whoever begins to watch sees the last second at once.
  void tick() {
    status_.tick(monotonic_ns());
    if (server_.has_listeners()) server_.publish(event_of(status_.json(problems())));
  }

  Sources sources_;
  const ReadinessSource& readiness_;
  StatusReport status_;
  AdminAccess access_;
  HttpServer server_;
  net::Timer ticker_;
};

AdminServer::AdminServer(net::Loop& loop, Sources sources, const ReadinessSource& readiness, AdminDoor door)
    : impl_(std::make_unique<Impl>(loop, std::move(sources), readiness, std::move(door))) {}

AdminServer::~AdminServer() = default;

Status AdminServer::listen(net::ListenSocket socket) {
  return impl_->server().listen(std::move(socket));
}

void AdminServer::set_tokens(const std::vector<std::string>& tokens) {
  impl_->set_tokens(tokens);
}

void AdminServer::close() {
  impl_->close();
}

}  // namespace holdfast::metrics
