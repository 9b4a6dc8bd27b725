// Prometheus itself: what promtool says about deploy/prometheus and about a live scrape, and a real server
// that scrapes a running Holdfast.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/integration/stack.h"
#include "tests/support/background_program.h"
#include "tests/support/child_process.h"
#include "tests/support/http_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kDeployed = HOLDFAST_SOURCE_DIR "/deploy/prometheus/";
constexpr const char* kToken = "4f1d7a52c09b4f6c8d3e";

int promtool(std::vector<std::string> arguments, std::string& output) {
  arguments.insert(arguments.begin(), "promtool");
  return run_program(arguments, output);
}

// Of Debian's package prometheus, which ./dev test installs.
class Prometheus : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("prometheus") || !is_installed("promtool"))
      GTEST_SKIP() << "prometheus is not installed";
  }
};
class Promtool : public Prometheus {};

TEST_F(Promtool, TakesTheConfigurationAndTheRules) {
  std::string output;
  EXPECT_EQ(promtool({"check", "config", std::string(kDeployed) + "prometheus.yml"}, output), 0) << output;
  output.clear();
  EXPECT_EQ(promtool({"check", "rules", std::string(kDeployed) + "holdfast.rules.yml"}, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("SUCCESS"));
}

TEST_F(Promtool, EachAlertFiresWhenItShouldAndNotBefore) {
  std::string output;
  EXPECT_EQ(promtool({"test", "rules", std::string(kDeployed) + "holdfast.rules.test.yml"}, output), 0)
      << output;
}

TEST_F(Promtool, FindsNothingToSayAboutALiveScrape) {
  const TempDir dir;
  Stack stack;
  RedisClient client(stack.holdfast.port());
  client.command({"SET", "key", "value"});
  client.command({"FLUSHALL"});
  ASSERT_TRUE(
      wait_until([&] { return stack.holdfast.metric("holdfast_posture_up{upstream=\"main\"}") == 1; }));
  write_file(dir.file("scrape"), stack.holdfast.metrics_page());
  std::string output;
  EXPECT_EQ(run_program({"bash", "-c", "promtool check metrics <" + dir.file("scrape")}, output), 0)
      << output;
  EXPECT_EQ(output, "");
}

// One that scrapes the Holdfast of the test every second, with the rules of deploy/prometheus.
class PrometheusServer {
 public:
  PrometheusServer(int admin_port, const std::string& more) : port_(free_port()) {
    write_file(dir_.file("prometheus.yml"),
               "global: { scrape_interval: 1s, evaluation_interval: 1s }\n"
               "rule_files: [" +
                   std::string(kDeployed) +
                   "holdfast.rules.yml]\n"
                   "scrape_configs:\n  - job_name: holdfast\n    static_configs: [{ targets: [\"127.0.0.1:" +
                   std::to_string(admin_port) + "\"] }]\n" + more);
    program_ = std::make_unique<BackgroundProgram>(
        std::vector<std::string>{"prometheus", "--config.file=" + dir_.file("prometheus.yml"),
                                 "--storage.tsdb.path=" + dir_.file("data"),
                                 "--web.listen-address=127.0.0.1:" + std::to_string(port_)},
        dir_.file("log"));
  }

  // The "data" of an answer of its HTTP API; null until there is one.
  json api(const std::string& path) const {
    std::string output;
    run_program({"curl", "-s", "--noproxy", "*", "--max-time", "30",
                 "http://127.0.0.1:" + std::to_string(port_) + "/api/v1/" + path},
                output);
    const json answer = json::parse(output, nullptr, false);
    if (!answer.is_object() || answer.value("status", "") != "success") return nullptr;
    return answer["data"];
  }
  // Values of the series that an expression finds.
  std::vector<double> query(const std::string& expression) const {
    std::vector<double> values;
    const json data = api("query?query=" + encoded(expression));
    if (!data.is_object()) return values;
    for (const json& series : data["result"])
      values.push_back(std::stod(series["value"][1].get<std::string>()));
    return values;
  }
  std::string log() const { return read_file(dir_.file("log")); }
  static std::string encoded(const std::string& text) {
    std::string result;
    for (const char c : text) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned char>(c));
      result += hex;
    }
    return result;
  }

 private:
  TempDir dir_;
  const int port_;
  std::unique_ptr<BackgroundProgram> program_;
};

void collect_expressions(const json& node, std::vector<std::string>& expressions) {
  for (const auto& [key, value] : node.items()) {
    if (key == "expr") expressions.push_back(value);
    if (value.is_structured()) collect_expressions(value, expressions);
  }
}

// As Grafana sends them: with values for its variables.
std::vector<std::string> expressions_of_grafana() {
  std::vector<std::string> expressions;
  collect_expressions(json::parse(read_file(HOLDFAST_SOURCE_DIR "/deploy/grafana/holdfast.json")),
                      expressions);
  for (std::string& expression : expressions) {
    for (const auto& [name, value] :
         {std::pair{"$__rate_interval", "1m"}, std::pair{"$instance", ".*"}, std::pair{"$environment", ".*"},
          std::pair{"$upstream", ".*"}, std::pair{"$job", ".*"}})
      for (size_t at = 0; (at = expression.find(name)) != std::string::npos;)
        expression.replace(at, std::string(name).size(), value);
  }
  return expressions;
}

TEST_F(Prometheus, ScrapesARunningHoldfastAndAnswersWithItsSeries) {
  const TempDir dir;
  write_file(dir.file("token"), std::string(kToken) + "\n");
  HoldfastConfig config;
  config.admin = "0.0.0.0:0";
  config.server = "admin_token_file = \"" + dir.file("token") + "\"\n";
  const RedisServer redis;
  Holdfast holdfast(redis, config);
  RedisClient client(holdfast.port());
  for (int i = 0; i < 20; ++i) ASSERT_EQ(client.command({"SET", "order:" + std::to_string(i), "paid"}), "OK");
  client.command({"FLUSHALL"});

  const PrometheusServer prometheus(holdfast.admin_port(),
                                    "    authorization: { credentials_file: " + dir.file("token") + " }\n");
  const auto wait_value = [&](const std::string& expression, double value) {
    std::vector<double> last;
    const bool came = wait_until([&] { return (last = prometheus.query(expression)) == std::vector{value}; });
    EXPECT_TRUE(came) << expression << " is " << ::testing::PrintToString(last) << prometheus.log()
                      << holdfast.log();
    return came;
  };
  ASSERT_TRUE(wait_value("up{job=\"holdfast\"}", 1));
  ASSERT_TRUE(wait_value("holdfast_requests_total{command=\"set\",verdict=\"allowed\"}", 20));
  EXPECT_TRUE(wait_value("holdfast_requests_total{command=\"flushall\",verdict=\"refused\"}", 1));
  EXPECT_TRUE(wait_value("holdfast_request_duration_seconds_count >= bool 20", 1));
  EXPECT_TRUE(wait_value("holdfast_upstream_up{upstream=\"main\"}", 1));
  EXPECT_TRUE(wait_value("holdfast_journal_accepting{upstream=\"main\"}", 1));
  EXPECT_TRUE(wait_value("holdfast_posture_rule_met{rule=\"noeviction\",severity=\"critical\"}", 1));
  EXPECT_TRUE(wait_value("holdfast_posture_rule_met{rule=\"aof\"}", 0));
  EXPECT_TRUE(wait_value("count(holdfast_build_info)", 1));
  // It asks for OpenMetrics, in which a counter's family has no _total.
  for (const auto& [family, type] :
       {std::pair{"holdfast_requests", "counter"}, {"holdfast_request_duration_seconds", "histogram"}}) {
    const json metadata = prometheus.api(std::string("metadata?metric=") + family);
    ASSERT_TRUE(metadata.is_object() && metadata.contains(family)) << metadata.dump();
    EXPECT_EQ(metadata[family][0]["type"], type);
    EXPECT_FALSE(metadata[family][0]["help"].get<std::string>().empty());
  }
  // The rules are evaluated without errors.
  ASSERT_TRUE(wait_until([&] {
    const json rules = prometheus.api("rules");
    if (!rules.is_object()) return false;
    for (const json& group : rules["groups"])
      for (const json& rule : group["rules"])
        if (rule["health"] != "ok") return false;
    return true;
  })) << prometheus.api("rules").dump(2);
  // Every expression of the dashboard for Grafana is one that it understands.
  for (const std::string& expression : expressions_of_grafana())
    EXPECT_TRUE(prometheus.api("query?query=" + PrometheusServer::encoded(expression)).is_object())
        << expression;
  // It sees within a scrape what happens.
  client.command({"FLUSHALL"});
  EXPECT_TRUE(wait_value("holdfast_requests_total{command=\"flushall\",verdict=\"refused\"}", 2));
}

}  // namespace
}  // namespace holdfast::testing
