#include "metrics/exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "metrics/metric_list.h"
#include "tests/metrics/exposition_checker.h"
#include "tests/metrics/fixture.h"

namespace holdfast::metrics {
namespace {

using ::testing::IsEmpty;

class ExporterTest : public ::testing::Test {
 protected:
  Exposition scrape() {
    Exposition exposition = read_exposition(render_metrics(numbers.sources()));
    EXPECT_THAT(exposition.problems, IsEmpty());
    return exposition;
  }

  TwoWorkers numbers;
  EnvironmentStats& first = numbers.first.environments[0];
  EnvironmentStats& second = numbers.second.environments[0];
};

TEST_F(ExporterTest, EveryMetricOfTheListIsThereAndNoOther) {
  first.requests(policy::kUnknownCommand, RequestVerdict::kRefused).add();
  first.refusals.add("@builtin", RefusalReason::kCommand);
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.types.size(), kMetricCount);
  for (const MetricInfo& info : metric_list()) {
    const std::string name(info.name);
    ASSERT_TRUE(exposition.types.contains(name)) << name << " is never exported";
    EXPECT_EQ(exposition.types.at(name), to_string(info.type));
    EXPECT_EQ(exposition.help.at(name), info.help);
  }
}

TEST_F(ExporterTest, RequestsOfTwoWorkersAreAddedUp) {
  const policy::CommandId get = policy::find_command("get");
  const policy::CommandId config_set = policy::find_command("config|set");
  first.requests(get, RequestVerdict::kAllowed).add(40);
  second.requests(get, RequestVerdict::kAllowed).add(2);
  second.requests(get, RequestVerdict::kUnavailable).add(5);
  second.requests(config_set, RequestVerdict::kRefused).add();
  first.requests(policy::kUnknownCommand, RequestVerdict::kRefused).add(3);
  first.requests(policy::kUnknownCommand, RequestVerdict::kObserved).add(4);
  first.requests(policy::kUnknownCommand, RequestVerdict::kUnsupported).add(6);
  const Exposition exposition = scrape();
  const auto requests = [&](const std::string& command, const std::string& verdict) {
    return exposition.value("holdfast_requests_total{environment=\"production\",command=\"" + command +
                            "\",verdict=\"" + verdict + "\"}");
  };
  EXPECT_EQ(requests("get", "allowed"), 42);
  EXPECT_EQ(requests("get", "unavailable"), 5);
  EXPECT_EQ(requests("config|set", "refused"), 1);
  EXPECT_EQ(requests("unknown", "refused"), 3);
  EXPECT_EQ(requests("unknown", "observed"), 4);
  EXPECT_EQ(requests("unknown", "unsupported"), 6);
}

TEST_F(ExporterTest, RefusalsOfTwoWorkersAreAddedUpByRuleAndReason) {
  for (int i = 0; i < 3; ++i) first.refusals.add("@builtin", RefusalReason::kCommand);
  second.refusals.add("@builtin", RefusalReason::kCommand);
  second.refusals.add("@builtin", RefusalReason::kCommand, true);
  second.refusals.add("scan budget", RefusalReason::kLimit);
  const Exposition exposition = scrape();
  const auto refusals = [&](const std::string& rule, const std::string& reason, const std::string& verdict) {
    return exposition.value("holdfast_refusals_total{environment=\"production\",rule=\"" + rule +
                            "\",reason=\"" + reason + "\",verdict=\"" + verdict + "\"}");
  };
  EXPECT_EQ(refusals("@builtin", "command", "refused"), 4);
  EXPECT_EQ(refusals("@builtin", "command", "observed"), 1);
  EXPECT_EQ(refusals("scan budget", "limit", "refused"), 1);
}

TEST_F(ExporterTest, TimesAreSplit) {
  first.in_holdfast.record(2'000);
  second.in_redis.record(3'000'000, 2);
  first.slow_requests.add(4);
  numbers.second.loop_turns.record(5'000);
  const Exposition exposition = scrape();
  const std::string of = "{environment=\"production\"}";
  EXPECT_DOUBLE_EQ(exposition.value("holdfast_request_in_holdfast_duration_seconds_sum" + of), 2e-6);
  EXPECT_DOUBLE_EQ(exposition.value("holdfast_request_in_redis_duration_seconds_sum" + of), 6e-3);
  EXPECT_EQ(exposition.value("holdfast_slow_requests_total" + of), 4);
  EXPECT_EQ(exposition.value("holdfast_loop_turn_duration_seconds_count{worker=\"1\"}"), 1);
}

TEST_F(ExporterTest, RequestsThatNeverCameHaveNoSeries) {
  const std::string text = render_metrics(numbers.sources());
  EXPECT_EQ(text.find("holdfast_requests_total"), std::string::npos);
}

TEST_F(ExporterTest, HistogramsOfTwoWorkersAreAddedUp) {
  first.request_duration.record(2'000);
  second.request_duration.record(2'000);
  second.request_duration.record(30'000'000'000);
  second.durable_wait.record(5'000'000);
  const Exposition exposition = scrape();
  const std::string name = "holdfast_request_duration_seconds";
  EXPECT_EQ(exposition.value(name + "_count{environment=\"production\"}"), 3);
  EXPECT_DOUBLE_EQ(exposition.value(name + "_sum{environment=\"production\"}"), 30.000004);
  EXPECT_EQ(exposition.value(name + "_bucket{environment=\"production\",le=\"2.048e-06\"}"), 2);
  EXPECT_EQ(exposition.value(name + "_bucket{environment=\"production\",le=\"+Inf\"}"), 3);
  EXPECT_EQ(exposition.value("holdfast_durable_wait_seconds_count{environment=\"production\"}"), 1);
}

TEST_F(ExporterTest, CountsOfEnvironments) {
  first.clients.add(3);
  second.clients.add(4);
  second.clients.sub();
  first.connections.add(10);
  first.connections_refused.add(2);
  first.bytes_in.add(100);
  second.bytes_in.add(11);
  second.bytes_out.add(5'000'000'000);
  first.protocol_errors.add();
  first.failed_logins.add(7);
  second.uncertain_replies.add(7);
  const Exposition exposition = scrape();
  const std::string of = "{environment=\"production\"}";
  EXPECT_EQ(exposition.value("holdfast_clients" + of), 6);
  EXPECT_EQ(exposition.value("holdfast_connections_total" + of), 10);
  EXPECT_EQ(exposition.value("holdfast_connections_refused_total" + of), 2);
  EXPECT_EQ(exposition.value("holdfast_protocol_errors_total" + of), 1);
  EXPECT_EQ(exposition.value("holdfast_failed_logins_total" + of), 7);
  EXPECT_EQ(exposition.value("holdfast_uncertain_replies_total" + of), 7);
  EXPECT_EQ(exposition.value("holdfast_client_bytes_total{environment=\"production\",direction=\"in\"}"),
            111);
  EXPECT_EQ(exposition.value("holdfast_client_bytes_total{environment=\"production\",direction=\"out\"}"),
            5'000'000'000);
}

TEST_F(ExporterTest, AnUpstreamIsUpWhenEveryWantedLinkIs) {
  const std::string up = "holdfast_upstream_up{upstream=\"main\"}";
  UpstreamStats& one = numbers.first.upstreams[0];
  UpstreamStats& two = numbers.second.upstreams[0];
  EXPECT_EQ(scrape().value(up), 0) << "no link is wanted yet";
  one.links_wanted.set(2);
  two.links_wanted.set(2);
  EXPECT_EQ(scrape().value(up), 0);
  one.links_up.set(2);
  two.links_up.set(1);
  EXPECT_EQ(scrape().value(up), 0);
  two.links_up.set(2);
  one.barriers.add(8);
  two.barriers.add(1);
  two.held_replies.add(4);
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.value(up), 1);
  EXPECT_EQ(exposition.value("holdfast_upstream_links{upstream=\"main\"}"), 4);
  EXPECT_EQ(exposition.value("holdfast_upstream_links_wanted{upstream=\"main\"}"), 4);
  EXPECT_EQ(exposition.value("holdfast_upstream_barriers_total{upstream=\"main\"}"), 9);
  EXPECT_EQ(exposition.value("holdfast_held_replies{upstream=\"main\"}"), 4);
}

TEST_F(ExporterTest, AJournalThatHasNotStarted) {
  const Exposition exposition = scrape();
  EXPECT_EQ(exposition.value("holdfast_journal_connected{upstream=\"main\"}"), 0);
  EXPECT_EQ(exposition.value("holdfast_journal_accepting{upstream=\"main\"}"), 0);
  EXPECT_EQ(exposition.value("holdfast_journal_lag_bytes{upstream=\"main\"}"), 0);
}

TEST_F(ExporterTest, WithoutAJournalThereIsNoJournalMetric) {
  Sources sources = numbers.sources();
  sources.journals = {nullptr};
  EXPECT_EQ(render_metrics(sources).find("holdfast_journal"), std::string::npos);
  sources.journals.clear();
  EXPECT_EQ(render_metrics(sources).find("holdfast_journal"), std::string::npos);
}

TEST_F(ExporterTest, WithoutWorkersEverythingIsZero) {
  Sources sources = numbers.sources();
  sources.workers.clear();
  const Exposition exposition = read_exposition(render_metrics(sources));
  EXPECT_THAT(exposition.problems, IsEmpty());
  EXPECT_EQ(exposition.value("holdfast_clients{environment=\"production\"}"), 0);
  EXPECT_EQ(exposition.value("holdfast_upstream_up{upstream=\"main\"}"), 0);
}

TEST_F(ExporterTest, WhenCertificatesEnd) {
  EXPECT_EQ(scrape().value("holdfast_certificate_not_after_timestamp_seconds{section=\"environment\","
                           "name=\"production\"}"),
            1'900'000'000);
}

TEST_F(ExporterTest, TheProcessItself) {
  const Exposition exposition = scrape();
  EXPECT_GT(exposition.value("process_cpu_seconds_total"), 0);
  EXPECT_GT(exposition.value("process_resident_memory_bytes"), 1'000'000);
  EXPECT_GE(exposition.value("process_open_fds"), 3);
  EXPECT_GT(exposition.value("process_max_fds"), exposition.value("process_open_fds"));
  EXPECT_DOUBLE_EQ(exposition.value("process_start_time_seconds"), 1'700'000'000.5);
  EXPECT_EQ(exposition.value("holdfast_build_info{version=\"1.2.3\"}"), 1);
}

}  // namespace
}  // namespace holdfast::metrics
