// Life-cycle log lines: one line per event, never one per request. Thread-safe.
//
// The sink is spdlog on stderr (text or JSON lines); this header keeps spdlog out of everybody else's.
#pragma once

#include <string_view>

namespace holdfast::log {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError };
enum class Format { kText, kJson };

// Called once by the command line before any thread starts.
void configure(Level level, Format format);
// Any time, any thread.
void configure_level(Level level);

void debug(std::string_view message);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);

}  // namespace holdfast::log
