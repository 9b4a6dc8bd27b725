#include "metrics/http_request_parser.h"

#include <llhttp.h>

#include <algorithm>

namespace holdfast::metrics {
namespace {

// "/metrics" of "/metrics?x=1" and of the absolute form "http://host/metrics", which a server has to take
// too (RFC 9112, 3.2.2).
std::string path_of(std::string_view target) {
  const size_t authority = target.find("://");
  if (authority != std::string_view::npos && !target.starts_with('/')) {
    const size_t slash = target.find('/', authority + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return std::string(target.substr(0, target.find_first_of("?#")));
}

HttpRequest::Method method_of(uint8_t method) {
  if (method == HTTP_GET) return HttpRequest::Method::kGet;
  if (method == HTTP_HEAD) return HttpRequest::Method::kHead;
  return HttpRequest::Method::kOther;
}

}  // namespace

struct HttpRequestParser::State {
  llhttp_t parser;
  std::string target;
  HttpRequest request;
  size_t used = 0;  // bytes of the request being read
  bool complete = false;

  static State& of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }

  void completed(llhttp_t* source, bool keep_alive, bool has_body) {
    request.method = method_of(llhttp_get_method(source));
    request.path = path_of(target);
    request.keep_alive = keep_alive;
    request.has_body = has_body;
    complete = true;
  }

  static const llhttp_settings_t* settings();
};

const llhttp_settings_t* HttpRequestParser::State::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_message_begin = [](llhttp_t* parser) {
      of(parser).target.clear();
      return 0;
    };
    settings.on_url = [](llhttp_t* parser, const char* at, size_t length) {
      of(parser).target.append(at, length);
      return 0;
    };
    settings.on_headers_complete = [](llhttp_t* parser) -> int {
      // An offer to upgrade may be ignored (RFC 9110, 7.8); without this llhttp would stop here.
      parser->upgrade = 0;
      const bool has_body = (parser->flags & F_CHUNKED) != 0 || parser->content_length > 0;
      if (!has_body) return 0;
      of(parser).completed(parser, false, true);
      return -1;  // stop: nothing behind this is read
    };
    settings.on_message_complete = [](llhttp_t* parser) -> int {
      of(parser).completed(parser, llhttp_should_keep_alive(parser) != 0, false);
      return HPE_PAUSED;  // so that parse() can return between pipelined requests
    };
    return settings;
  }();
  return &kSettings;
}

HttpRequestParser::HttpRequestParser() : state_(std::make_unique<State>()) {
  llhttp_init(&state_->parser, HTTP_REQUEST, State::settings());
  state_->parser.data = state_.get();
}

HttpRequestParser::~HttpRequestParser() = default;

HttpRequestParser::Outcome HttpRequestParser::parse(std::string_view& bytes) {
  State& state = *state_;
  state.complete = false;
  const std::string_view piece = bytes.substr(0, kMaxRequestBytes - state.used);
  const llhttp_errno_t problem = llhttp_execute(&state.parser, piece.data(), piece.size());
  size_t taken = piece.size();
  if (problem != HPE_OK) taken = static_cast<size_t>(llhttp_get_error_pos(&state.parser) - piece.data());
  taken = std::min(taken, piece.size());
  bytes.remove_prefix(taken);
  state.used += taken;

  if (state.complete) {
    if (problem == HPE_PAUSED) llhttp_resume(&state.parser);
    state.used = 0;
    return Outcome::kRequest;
  }
  if (problem != HPE_OK) return Outcome::kMalformed;
  return state.used < kMaxRequestBytes ? Outcome::kNeedMore : Outcome::kTooLarge;
}

const HttpRequest& HttpRequestParser::request() const {
  return state_->request;
}

std::string_view HttpRequestParser::problem() const {
  const char* reason = llhttp_get_error_reason(&state_->parser);
  return reason == nullptr ? "not HTTP" : reason;
}

}  // namespace holdfast::metrics
