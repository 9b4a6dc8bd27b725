#include "tests/metrics/exposition_checker.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <regex>

namespace holdfast::metrics {
namespace {

// Reads line by line, one family after the other.
class Reader {
 public:
  Exposition read(std::string_view text) {
    if (!text.ends_with('\n')) problem("the last line has no end");
    while (!text.empty()) {
      const size_t end = text.find('\n');
      line_ = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      read_line();
    }
    end_family();
    return std::move(result_);
  }

 private:
  void problem(const std::string& what) { result_.problems.push_back(what + ": " + line_); }

  void read_line() {
    static const std::regex kHelp(R"(# HELP ([a-z][a-z0-9_]*) (\S.*))");
    static const std::regex kType(R"(# TYPE ([a-z][a-z0-9_]*) (counter|gauge|histogram))");
    static const std::regex kSample(
        R"re(([a-z][a-z0-9_]*)(\{([a-z_]+="[^"\\]*")(,[a-z_]+="[^"\\]*")*\})? (\S+))re");
    std::smatch match;
    if (std::regex_match(line_, match, kHelp)) {
      end_family();
      family_ = match[1];
      if (!result_.help.emplace(family_, match[2]).second) problem("a second HELP");
    } else if (std::regex_match(line_, match, kType)) {
      if (match[1] != family_ || has_samples_) problem("TYPE does not follow its HELP");
      if (!result_.types.emplace(match[1], match[2]).second) problem("a second TYPE");
      if (match[2] == "counter" && !family_.ends_with("_total"))
        problem("a counter that does not end in _total");
      if (match[2] != "counter" && family_.ends_with("_total")) problem("_total on what is no counter");
    } else if (std::regex_match(line_, match, kSample)) {
      read_sample(match[1], match[2], match[5]);
    } else {
      problem("not a line of the format");
    }
  }

  std::string type() const {
    const auto found = result_.types.find(family_);
    return found == result_.types.end() ? "" : found->second;
  }

  void read_sample(const std::string& name, const std::string& labels, const std::string& text) {
    has_samples_ = true;
    if (type().empty()) problem("a sample before its HELP and TYPE");
    const std::optional<double> value = read_value(text);
    if (!value.has_value()) {
      problem("not a number");
      return;
    }
    if (!result_.samples.emplace(name + labels, *value).second) problem("a duplicate");
    if (type() == "histogram") {
      read_histogram_sample(name, labels, *value);
    } else {
      if (name != family_) problem("a sample of another family");
      if (type() == "counter" && *value < 0) problem("a counter below zero");
    }
  }

  static std::optional<double> read_value(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  // Buckets of one label set, then its sum and count or the other way round.
  void read_histogram_sample(const std::string& name, const std::string& labels, double value) {
    static const std::regex kLe(R"re((.*?),?le="([^"]+)"(.*))re");
    std::smatch match;
    if (name == family_ + "_bucket") {
      if (!std::regex_match(labels, match, kLe)) {
        problem("a bucket without le");
        return;
      }
      const std::string others = match[1].str() + match[3].str();
      Buckets& buckets = histograms_[others == "{}" ? "" : others];
      const double bound =
          match[2] == "+Inf" ? std::numeric_limits<double>::infinity() : read_value(match[2]).value_or(-1);
      if (bound <= buckets.last_bound) problem("bucket bounds do not grow");
      if (value < buckets.last_count) problem("bucket counts do not grow");
      buckets.last_bound = bound;
      buckets.last_count = value;
    } else if (name == family_ + "_count") {
      histograms_[labels].count = value;
    } else if (name == family_ + "_sum") {
      histograms_[labels].has_sum = true;
    } else {
      problem("a sample of another family");
    }
  }

  void end_family() {
    if (!family_.empty() && !has_samples_) problem("the family before has no samples");
    for (const auto& [labels, buckets] : histograms_) {
      if (!std::isinf(buckets.last_bound)) problem("no +Inf bucket in " + family_ + labels);
      if (buckets.count != buckets.last_count) problem("+Inf is not the count in " + family_ + labels);
      if (!buckets.has_sum) problem("no sum in " + family_ + labels);
    }
    histograms_.clear();
    family_.clear();
    has_samples_ = false;
  }

  struct Buckets {
    double last_bound = -1;
    double last_count = 0;
    double count = -1;
    bool has_sum = false;
  };

  Exposition result_;
  std::string line_;
  std::string family_;
  bool has_samples_ = false;
  std::map<std::string, Buckets> histograms_;  // of the family, by the other labels
};

}  // namespace

double Exposition::value(const std::string& series) const {
  const auto found = samples.find(series);
  if (found != samples.end()) return found->second;
  ADD_FAILURE() << "there is no " << series;
  return std::numeric_limits<double>::quiet_NaN();
}

Exposition read_exposition(std::string_view text) {
  return Reader().read(text);
}

}  // namespace holdfast::metrics
