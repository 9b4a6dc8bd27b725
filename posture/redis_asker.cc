#include "posture/redis_asker.h"

#include <charconv>
#include <optional>
#include <utility>

namespace holdfast::posture {
namespace {

constexpr int kDepthMax = 8;
constexpr int64_t kElementsMax = 1 << 20;
constexpr int64_t kStringMax = 16 << 20;

std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error not_redis(const std::string& line) {
  return Error(ErrorCode::kProtocol, "an answer that is not Redis's: '" + line.substr(0, 64) + "'");
}

}  // namespace

Result<std::unique_ptr<RedisAsker>> RedisAsker::connect(const config::Upstream& upstream,
                                                        const tls::Credentials* tls,
                                                        const journal::StopSignal& stop) {
  auto connection =
      journal::RedisConnection::connect(upstream.endpoint.value, tls, upstream.connect_timeout_ms, stop);
  if (!connection.ok()) return connection.error();
  std::unique_ptr<RedisAsker> asker(new RedisAsker(std::move(connection).value()));
  if (upstream.password.empty()) return asker;
  auto answered = upstream.user.empty() ? asker->ask({"AUTH", upstream.password})
                                        : asker->ask({"AUTH", upstream.user, upstream.password});
  if (!answered.ok()) return answered.error();
  if (answered.value().is_error())
    return Error(ErrorCode::kRefused, "the login was refused: " + answered.value().text);
  return asker;
}

Result<Reply> RedisAsker::ask(std::initializer_list<std::string_view> command) {
  if (Status sent = send(command); !sent.ok()) return sent.error();
  return read();
}

// Nobody sends anything unasked: what can be read is the end.
bool RedisAsker::wait_for_its_end(int64_t timeout_ms) {
  const Status waited = connection_->wait_readable(timeout_ms);
  return waited.ok();
}

Result<std::string> RedisAsker::read_bytes(size_t size) {
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size;) {
    auto n = connection_->read_some(bytes.data() + at, size - at, connection_->timeout_ms());
    if (!n.ok()) return n.error();
    at += n.value();
  }
  return bytes;
}

Result<Reply> RedisAsker::read_nested(int depth) {
  auto line = connection_->read_line(connection_->timeout_ms());
  if (!line.ok()) return line.error();
  const std::string& text = line.value();
  const std::string_view rest = std::string_view(text).substr(1);
  Reply reply;
  switch (text[0]) {
    case '+':
    case '-':
      reply.kind = text[0] == '+' ? Reply::Kind::kText : Reply::Kind::kError;
      reply.text = rest;
      return reply;
    case ':':
      if (const auto value = number(rest)) {
        reply.kind = Reply::Kind::kInteger;
        reply.integer = *value;
        return reply;
      }
      break;
    case '$':
      if (const auto size = number(rest); size && *size < 0) {
        return reply;
      } else if (size && *size <= kStringMax) {
        auto bytes = read_bytes(static_cast<size_t>(*size) + 2);
        if (!bytes.ok()) return bytes.error();
        reply.kind = Reply::Kind::kText;
        reply.text = std::move(bytes).value();
        reply.text.resize(static_cast<size_t>(*size));
        return reply;
      }
      break;
    case '*':
      if (const auto size = number(rest); size && *size < 0) {
        return reply;
      } else if (size && *size <= kElementsMax && depth < kDepthMax) {
        reply.kind = Reply::Kind::kArray;
        for (int64_t i = 0; i < *size; ++i) {
          auto item = read_nested(depth + 1);
          if (!item.ok()) return item;
          reply.items.push_back(std::move(item).value());
        }
        return reply;
      }
      break;
    default:
      break;
  }
  return not_redis(text);
}

}  // namespace holdfast::posture
