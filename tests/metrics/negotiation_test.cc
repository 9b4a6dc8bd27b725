// Which format and which coding a scraper gets.
#include "metrics/negotiation.h"

#include <gtest/gtest.h>

namespace holdfast::metrics {
namespace {

TEST(Negotiation, OpenMetricsIsForThoseWhoAskForIt) {
  // What Prometheus 2.x sends.
  EXPECT_TRUE(prefers_open_metrics(
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
      "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));
  EXPECT_TRUE(prefers_open_metrics("application/openmetrics-text"));
  EXPECT_FALSE(prefers_open_metrics(""));
  EXPECT_FALSE(prefers_open_metrics("*/*"));
  EXPECT_FALSE(prefers_open_metrics("text/plain, application/openmetrics-text;q=0.5"));
  EXPECT_FALSE(prefers_open_metrics("application/openmetrics-text;q=0"));
}

TEST(Negotiation, GzipIsForThoseWhoTakeIt) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP;q=0.5"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip("*, gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip(""));
}

}  // namespace
}  // namespace holdfast::metrics
