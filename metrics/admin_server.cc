#include "metrics/admin_server.h"

#include <utility>

#include "metrics/exporter.h"
#include "metrics/http_server.h"
#include "metrics/readiness.h"

namespace holdfast::metrics {
namespace {

// The text format of Prometheus; the version is the format's.
constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kServed = "served here: GET and HEAD of /metrics, /healthz and /readyz";

}  // namespace

class AdminServer::Impl final : public HttpServer::Handler {
 public:
  Impl(net::Loop& loop, Sources sources, const ReadinessSource& readiness)
      : sources_(std::move(sources)), readiness_(readiness), server_(loop, *this, HttpLimits{}) {}

  HttpServer& server() { return server_; }

  HttpResponse respond(const HttpRequest& request) override {
    if (request.path == "/metrics") return {200, render_metrics(sources_), kMetricsType};
    if (request.path == "/healthz") return {200, "ok\n"};
    if (request.path == "/readyz") return readyz();
    if (request.path == "/")
      return {200, "Holdfast " + sources_.version + "; " + std::string(kServed) + "\n"};
    return {404, "nothing at this path; " + std::string(kServed) + "\n"};
  }
  std::string_view served() const override { return kServed; }

 private:
  HttpResponse readyz() const {
    std::vector<std::string> problems = readiness_.problems();
    for (std::string& problem : readiness_problems(sources_)) problems.push_back(std::move(problem));
    const std::string notes = one_a_line(readiness_notes(sources_));
    if (problems.empty()) return {200, "ready\n" + notes};
    return {503, one_a_line(problems) + notes};
  }

  Sources sources_;
  const ReadinessSource& readiness_;
  HttpServer server_;
};

AdminServer::AdminServer(net::Loop& loop, Sources sources, const ReadinessSource& readiness)
    : impl_(std::make_unique<Impl>(loop, std::move(sources), readiness)) {}

AdminServer::~AdminServer() = default;

Status AdminServer::listen(net::ListenSocket socket) {
  return impl_->server().listen(std::move(socket));
}

void AdminServer::close() {
  impl_->server().close();
}

}  // namespace holdfast::metrics
