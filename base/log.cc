#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace holdfast::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// Owned by this file; made once, used from every thread (spdlog's sink has its own lock).
struct Sink {
  std::shared_ptr<spdlog::logger> logger = spdlog::stderr_color_mt("holdfast");
  Format format = Format::kText;
  Sink() { logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v"); }
};

Sink& sink() {
  static Sink instance;
  return instance;
}

void write(spdlog::level::level_enum level, std::string_view message) {
  Sink& out = sink();
  if (!out.logger->should_log(level)) return;
  if (out.format == Format::kText) {
    out.logger->log(level, "{}", message);
    return;
  }
  const auto quoted = nlohmann::json(message).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  out.logger->log(level, "\"message\":{}}}", quoted);
}

}  // namespace

void configure(Level level, Format format) {
  Sink& out = sink();
  out.format = format;
  out.logger->set_level(to_spdlog(level));
  if (format == Format::kJson)
    out.logger->set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%e%z\",\"level\":\"%l\",%v");
}

void configure_level(Level level) {
  sink().logger->set_level(to_spdlog(level));
}

void debug(std::string_view message) {
  write(spdlog::level::debug, message);
}
void info(std::string_view message) {
  write(spdlog::level::info, message);
}
void warn(std::string_view message) {
  write(spdlog::level::warn, message);
}
void error(std::string_view message) {
  write(spdlog::level::err, message);
}

}  // namespace holdfast::log
