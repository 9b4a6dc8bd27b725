#include "tests/metrics/exposition_checker.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace holdfast::metrics {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

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
    std::string_view rest = line_;
    if (rest.starts_with("# HELP ")) {
      const auto [name, text] = split(rest.substr(7));
      if (!is_name(name) || text.empty()) problem("not a line of the format");
      end_family();
      family_ = name;
      if (!result_.help.emplace(name, text).second) problem("a second HELP");
    } else if (rest.starts_with("# TYPE ")) {
      const auto [name, type] = split(rest.substr(7));
      if (type != "counter" && type != "gauge" && type != "histogram") problem("not a line of the format");
      if (name != family_ || has_samples_) problem("TYPE does not follow its HELP");
      if (!result_.types.emplace(name, type).second) problem("a second TYPE");
      if (type == "counter" && !name.ends_with("_total")) problem("a counter that does not end in _total");
      if (type != "counter" && name.ends_with("_total")) problem("_total on what is no counter");
    } else {
      const size_t name_end = rest.find_first_of("{ ");
      const size_t labels_end = rest.rfind(' ');
      if (name_end == std::string_view::npos || !is_name(rest.substr(0, name_end))) {
        problem("not a line of the format");
        return;
      }
      const std::optional<Labels> labels = read_labels(rest.substr(name_end, labels_end - name_end));
      if (!labels.has_value())
        problem("not a line of the format");
      else
        read_sample(std::string(rest.substr(0, name_end)), *labels, rest.substr(labels_end + 1));
    }
  }

  static std::pair<std::string, std::string> split(std::string_view text) {
    const size_t space = text.find(' ');
    if (space == std::string_view::npos) return {std::string(text), ""};
    return {std::string(text.substr(0, space)), std::string(text.substr(space + 1))};
  }

  // Of a metric or a label; the house writes them in lower case.
  static bool is_name(std::string_view text) {
    return !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  }

  // `{a="1",b="2"}` or nothing. Values with escapes are not expected here, and so are a fault.
  static std::optional<Labels> read_labels(std::string_view text) {
    Labels labels;
    if (text.empty()) return labels;
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    while (true) {
      const size_t opening = text.find("=\"");
      if (opening == std::string_view::npos || !is_name(text.substr(0, opening))) return std::nullopt;
      const size_t closing = text.find('"', opening + 2);
      if (closing == std::string_view::npos) return std::nullopt;
      const std::string_view value = text.substr(opening + 2, closing - opening - 2);
      if (value.find('\\') != std::string_view::npos) return std::nullopt;
      labels.emplace_back(text.substr(0, opening), value);
      text.remove_prefix(closing + 1);
      if (text.empty()) return labels;
      if (text.front() != ',') return std::nullopt;
      text.remove_prefix(1);
    }
  }

  static std::string to_text(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) text += (text.empty() ? "{" : ",") + name + "=\"" + value + "\"";
    return text.empty() ? "" : text + "}";
  }

  std::string type() const {
    const auto found = result_.types.find(family_);
    return found == result_.types.end() ? "" : found->second;
  }

  void read_sample(const std::string& name, const Labels& labels, std::string_view text) {
    has_samples_ = true;
    if (type().empty()) problem("a sample before its HELP and TYPE");
    const std::optional<double> value = read_value(text);
    if (!value.has_value()) {
      problem("not a number");
      return;
    }
    if (!result_.samples.emplace(name + to_text(labels), *value).second) problem("a duplicate");
    if (type() == "histogram") {
      read_histogram_sample(name, labels, *value);
    } else {
      if (name != family_) problem("a sample of another family");
      if (type() == "counter" && *value < 0) problem("a counter below zero");
    }
  }

  static std::optional<double> read_value(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  // Buckets of one label set, then its sum and count or the other way round.
  void read_histogram_sample(const std::string& name, Labels labels, double value) {
    if (name == family_ + "_bucket") {
      if (labels.empty() || labels.back().first != "le") {
        problem("a bucket without le at the end");
        return;
      }
      const std::string le = labels.back().second;
      labels.pop_back();
      Buckets& buckets = histograms_[to_text(labels)];
      const double bound =
          le == "+Inf" ? std::numeric_limits<double>::infinity() : read_value(le).value_or(-1);
      if (bound <= buckets.last_bound) problem("bucket bounds do not grow");
      if (value < buckets.last_count) problem("bucket counts do not grow");
      buckets.last_bound = bound;
      buckets.last_count = value;
    } else if (name == family_ + "_count") {
      histograms_[to_text(labels)].count = value;
    } else if (name == family_ + "_sum") {
      histograms_[to_text(labels)].has_sum = true;
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
