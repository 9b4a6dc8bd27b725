#include "metrics/negotiation.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace holdfast::metrics {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](unsigned char a, char b) { return std::tolower(a) == b; });
}

// The weight in "name;q=0.5"; 1 without one.
double weight_of(std::string_view element) {
  while (true) {
    const size_t semicolon = element.find(';');
    if (semicolon == std::string_view::npos) return 1;
    element.remove_prefix(semicolon + 1);
    const std::string_view parameter = trimmed(element.substr(0, element.find(';')));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double weight = 0;
    std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
    return weight;
  }
}

// The weight that a header gives to `name`; below 0 when it does not name it.
double weight_in(std::string_view header, std::string_view name) {
  double weight = -1;
  while (!header.empty()) {
    const std::string_view element = header.substr(0, header.find(','));
    header.remove_prefix(std::min(element.size() + 1, header.size()));
    if (is(trimmed(element.substr(0, element.find(';'))), name))
      weight = std::max(weight, weight_of(element));
  }
  return weight;
}

}  // namespace

bool prefers_open_metrics(std::string_view accept) {
  const double open = weight_in(accept, "application/openmetrics-text");
  return open > 0 && open >= weight_in(accept, "text/plain");
}

bool accepts_gzip(std::string_view accept_encoding) {
  const double gzip = weight_in(accept_encoding, "gzip");
  return gzip > 0 || (gzip < 0 && weight_in(accept_encoding, "*") > 0);
}

}  // namespace holdfast::metrics
