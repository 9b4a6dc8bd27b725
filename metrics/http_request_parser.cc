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

// Names of headers are case-insensitive (RFC 9110, 5.1).
bool is_name(std::string_view header, std::string_view name) {
  return std::ranges::equal(header, name, [](char a, char b) { return (a | 0x20) == b || a == b; });
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
  std::string header;            // the name being read
  std::string* value = nullptr;  // where the value of that header goes; null: nobody asks for it
  size_t used = 0;               // bytes of the request being read
  bool complete = false;

  static State& of(llhttp_t* parser) { return *static_cast<State*>(parser->data); }

  void completed(llhttp_t* source, bool keep_alive, bool has_body) {
    request.method = method_of(llhttp_get_method(source));
    request.path = path_of(target);
    request.keep_alive = keep_alive;
    request.has_body = has_body;
    complete = true;
  }

  void header_named() {
    value = is_name(header, "accept")            ? &request.accept
            : is_name(header, "accept-encoding") ? &request.accept_encoding
            : is_name(header, "authorization")   ? &request.authorization
                                                 : nullptr;
    if (value != nullptr && !value->empty()) *value += ", ";
    header.clear();
  }

  static const llhttp_settings_t* settings();
};

const llhttp_settings_t* HttpRequestParser::State::settings() {
  static const llhttp_settings_t kSettings = [] {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_message_begin = [](llhttp_t* parser) {
      of(parser).target.clear();
      of(parser).header.clear();
      of(parser).request = {};
      return 0;
    };
    settings.on_header_field = [](llhttp_t* parser, const char* at, size_t length) {
      of(parser).header.append(at, length);
      return 0;
    };
    settings.on_header_field_complete = [](llhttp_t* parser) {
      of(parser).header_named();
      return 0;
    };
    settings.on_header_value = [](llhttp_t* parser, const char* at, size_t length) {
      if (of(parser).value != nullptr) of(parser).value->append(at, length);
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
