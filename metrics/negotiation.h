// What a client would rather have: the values of Accept and Accept-Encoding (RFC 9110, 12.5). Pure.
#pragma once

#include <string_view>

namespace holdfast::metrics {

// It asks for OpenMetrics (application/openmetrics-text) and does not like the plain text format better.
bool prefers_open_metrics(std::string_view accept);
// It takes gzip ("gzip", "gzip;q=0.5", "*", but not "gzip;q=0").
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace holdfast::metrics
