#include "config/changes.h"

#include <algorithm>
#include <string_view>

#include "config/defaults.h"
#include "config/schema.h"
#include "config/text.h"

namespace holdfast::config {
namespace {

// Is the same written? Where it is written does not count.
bool same(const Node& one, const Node& other) {
  if (one.kind != other.kind || one.nodes.size() != other.nodes.size()) return false;
  if (one.text != other.text || one.integer != other.integer || one.boolean != other.boolean) return false;
  if (one.kind == Node::Kind::kTable)
    return std::ranges::all_of(one.nodes, [&](const Node& node) {
      const Node* match = other.find(node.name);
      return match != nullptr && same(node, *match);
    });
  return std::ranges::equal(one.nodes, other.nodes, same);
}

bool is_secret(std::string_view key) {
  return key == "url" || key == "acl" || key.find("password") != std::string_view::npos;
}

// A value for the log; nothing when it is long or not for everybody's eyes.
std::string shown(const Node& node) {
  if (is_secret(node.name)) return "";
  switch (node.kind) {
    case Node::Kind::kString:
      return quote_value(node.text);
    case Node::Kind::kInteger:
      return std::to_string(node.integer);
    case Node::Kind::kBool:
      return node.boolean ? "true" : "false";
    default:
      return "";
  }
}

// How an element of a list of sections is called.
std::string title_of(const Node& element, size_t index) {
  const Node* name = element.find("name");
  return name != nullptr && name->kind == Node::Kind::kString ? quote_name(name->text)
                                                              : "number " + std::to_string(index + 1);
}

const Node& empty_table() {
  static const Node kEmpty;
  return kEmpty;
}

const Node& find_or_empty(const Node& table, std::string_view name) {
  const Node* node = table.find(name);
  return node == nullptr ? empty_table() : *node;
}

// Keys that a reload cannot change and that may be written out with the value they had without: adding those
// is no change. Everything else that is added or removed counts as one.
bool says_the_default(std::string_view key, const Node& node, std::string_view environment) {
  const Server server = default_server();
  const Upstream upstream = default_upstream(kDefaultUpstream);
  if (key == "workers") return node.integer == server.workers;
  if (key == "admin") return node.text == server.admin.value.to_string();
  if (key == "scheduling") return node.text == "batch";
  if (key == "io_uring") return node.boolean == server.io_uring;
  if (key == "log_format") return node.text == "text";
  if (key == "url") return node.text == "redis://127.0.0.1:6379";
  if (key == "links") return node.integer == upstream.links;
  if (key == "connect_timeout") return node.text == "2s";
  if (key == "enabled") return node.boolean;
  if (key == "dir") return node.text == upstream.journal.dir.value;
  if (key == "segment_size") return node.text == "256MiB";
  if (key == "redo_log") return node.boolean == upstream.journal.redo_log;
  if (key == "retention") return node.text == "7d";
  if (key == "on_failure") return node.text == "reject-writes";
  if (key == "on_history_break") return node.text == "recover-empty";
  if (key == "unix_permissions") return node.text == "0600" || node.text == "600";
  if (key == "listen" && environment == kDefaultEnvironment)
    return node.nodes.size() == 1 && node.nodes[0].text == "127.0.0.1:6380";
  return false;
}

class Comparison {
 public:
  Comparison(const LoadResult& before, const LoadResult& after)
      : before_(before), after_(after), file_(after.problems.file()) {
    changes_.needs_restart = ProblemList(file_);
    changes_.needs_restart.set_text(after.problems.text());
  }

  Changes run() {
    const Node& was = before_.document ? *before_.document : empty_table();
    const Node& is = after_.document ? *after_.document : empty_table();
    compare_keys(Section::kServer, "[server]", find_or_empty(was, "server"), find_or_empty(is, "server"));
    compare_keys(Section::kAdminTls, "[server.admin_tls]",
                 find_or_empty(find_or_empty(was, "server"), "admin_tls"),
                 find_or_empty(find_or_empty(is, "server"), "admin_tls"));
    compare_named(find_or_empty(was, "upstream"), find_or_empty(is, "upstream"), "upstream",
                  names(before_.config->upstreams), names(after_.config->upstreams),
                  [this](const std::string& name, const Node& a, const Node& b) {
                    compare_upstream("upstream." + name, a, b);
                  });
    compare_named(find_or_empty(was, "environment"), find_or_empty(is, "environment"), "environment",
                  names(before_.config->environments), names(after_.config->environments),
                  [this](const std::string& name, const Node& a, const Node& b) {
                    environment_ = name;
                    compare_environment(name, a, b);
                  });
    return std::move(changes_);
  }

 private:
  template <typename Named>
  static std::vector<std::string> names(const std::vector<Named>& all) {
    std::vector<std::string> result;
    for (const Named& one : all) result.push_back(one.name);
    return result;
  }

  template <typename Compare>
  void compare_named(const Node& was, const Node& is, const std::string& kind,
                     const std::vector<std::string>& old_names, const std::vector<std::string>& new_names,
                     Compare compare) {
    for (const std::string& name : new_names) {
      if (std::ranges::find(old_names, name) != old_names.end())
        compare(name, find_or_empty(was, name), find_or_empty(is, name));
      else
        changes_.needs_restart.add(find_or_empty(is, name).key, "[" + kind + "." + name + "] is new");
    }
    for (const std::string& name : old_names)
      if (std::ranges::find(new_names, name) == new_names.end())
        changes_.needs_restart.add(0, "[" + kind + "." + name + "] is gone");
  }

  void compare_upstream(const std::string& title, const Node& was, const Node& is) {
    compare_keys(Section::kUpstream, "[" + title + "]", was, is);
    compare_keys(Section::kUpstreamTls, "[" + title + ".tls]", find_or_empty(was, "tls"),
                 find_or_empty(is, "tls"));
    compare_keys(Section::kJournal, "[" + title + ".journal]", find_or_empty(was, "journal"),
                 find_or_empty(is, "journal"));
    compare_keys(Section::kPosture, "[" + title + ".posture]", find_or_empty(was, "posture"),
                 find_or_empty(is, "posture"));
  }

  void compare_environment(const std::string& name, const Node& was, const Node& is) {
    const std::string title = "[environment." + name + "]";
    const size_t before = changes_.lines.size();
    compare_keys(Section::kEnvironment, title, was, is);
    compare_keys(Section::kEnvironmentTls, "[environment." + name + ".tls]", find_or_empty(was, "tls"),
                 find_or_empty(is, "tls"));
    if (changes_.lines.size() > before) changes_.environments.insert(name);
  }

  // Sections that compare_upstream() and compare_environment() look into themselves.
  static bool is_own_section(Section section, std::string_view key) {
    return (section == Section::kServer && key == "admin_tls") ||
           (section == Section::kUpstream && (key == "tls" || key == "journal" || key == "posture")) ||
           (section == Section::kEnvironment && key == "tls");
  }

  void compare_keys(Section section, const std::string& title, const Node& was, const Node& is) {
    for (const Node& node : is.nodes) {
      if (is_own_section(section, node.name)) continue;
      const Node* old = was.find(node.name);
      if (old == nullptr || !same(*old, node)) changed(section, title, old, &node);
    }
    for (const Node& node : was.nodes)
      if (!is_own_section(section, node.name) && is.find(node.name) == nullptr)
        changed(section, title, &node, nullptr);
  }

  void changed(Section section, const std::string& title, const Node* was, const Node* is) {
    const std::string key = (is != nullptr ? is : was)->name;
    if (!is_live(section, key)) {
      const Node& present = is != nullptr ? *is : *was;
      if ((was == nullptr || is == nullptr) && says_the_default(key, present, environment_)) return;
      changes_.needs_restart.add(is != nullptr ? is->value() : Position(),
                                 key + " in " + title + (is == nullptr ? " was removed" : " has changed"));
      return;
    }
    if (is_list(was) || is_list(is))
      list_changed(key, title, was, is);
    else if (is_table(was) || is_table(is))
      table_changed(key, title, was, is);
    else
      value_changed(key, title, was, is);
  }

  static bool is_list(const Node* node) { return node != nullptr && node->kind == Node::Kind::kList; }
  static bool is_table(const Node* node) { return node != nullptr && node->kind == Node::Kind::kTable; }

  void value_changed(const std::string& key, const std::string& title, const Node* was, const Node* is) {
    std::string line = key + " of " + title;
    if (is == nullptr) {
      changes_.lines.push_back(line + " was removed: the default holds");
      return;
    }
    line += was == nullptr ? " is new" : " has changed";
    const std::string old = was == nullptr ? "" : shown(*was), now = shown(*is);
    if (!old.empty() && !now.empty()) line += " from " + old;
    if (!now.empty()) line += (was == nullptr ? ": " : " to ") + now;
    changes_.lines.push_back(line + seen_at(*is));
  }

  // Lists of words, and lists of sections.
  void list_changed(const std::string& key, const std::string& title, const Node* was, const Node* is) {
    static const std::vector<Node> kNone;
    const std::vector<Node>& old = was == nullptr ? kNone : was->nodes;
    const std::vector<Node>& now = is == nullptr ? kNone : is->nodes;
    const bool sections = std::ranges::any_of(old, [](const Node& node) { return is_table(&node); }) ||
                          std::ranges::any_of(now, [](const Node& node) { return is_table(&node); });
    if (sections) {
      sections_changed(key, title, old, now);
      return;
    }
    if (is == nullptr || was == nullptr) {
      std::string line = is == nullptr ? " was removed: the default holds" : " is new:";
      for (const Node& node : now) line += (&node == &now[0] ? " " : ", ") + secret_or(key, node);
      changes_.lines.push_back(key + " of " + title + line + (is == nullptr ? "" : seen_at(*is)));
      return;
    }
    std::string line;
    for (const Node& node : now)
      if (std::ranges::none_of(old, [&](const Node& other) { return same(node, other); }))
        line += (line.empty() ? " added " : ", added ") + secret_or(key, node) + seen_at(node);
    for (const Node& node : old)
      if (std::ranges::none_of(now, [&](const Node& other) { return same(node, other); }))
        line += (line.empty() ? " removed " : ", removed ") + secret_or(key, node);
    if (line.empty()) line = " written in another order" + seen_at(*is);
    changes_.lines.push_back(key + " of " + title + ":" + line);
  }

  static std::string secret_or(const std::string& key, const Node& node) {
    return is_secret(key) ? "a password" : shown(node);
  }

  void sections_changed(const std::string& key, const std::string& title, const std::vector<Node>& old,
                        const std::vector<Node>& now) {
    const size_t before = changes_.lines.size();
    const auto match = [](const std::vector<Node>& list, const std::string& wanted) -> const Node* {
      for (size_t i = 0; i < list.size(); ++i)
        if (title_of(list[i], i) == wanted) return &list[i];
      return nullptr;
    };
    for (size_t i = 0; i < now.size(); ++i) {
      const std::string name = title_of(now[i], i);
      const Node* other = match(old, name);
      if (other != nullptr && same(*other, now[i])) continue;
      changes_.lines.push_back(key + " " + name + " of " + title +
                               (other == nullptr ? " added" : " changed") + seen_at(now[i]));
    }
    for (size_t i = 0; i < old.size(); ++i)
      if (const std::string name = title_of(old[i], i); match(now, name) == nullptr)
        changes_.lines.push_back(key + " " + name + " of " + title + " removed");
    if (changes_.lines.size() == before)
      changes_.lines.push_back(key + " of " + title + ": written in another order");
  }

  // [environment.<name>.user.<name>] and the like; a table of plain values is one thing.
  void table_changed(const std::string& key, const std::string& title, const Node* was, const Node* is) {
    const Node& old = was == nullptr ? empty_table() : *was;
    const Node& now = is == nullptr ? empty_table() : *is;
    const auto has_tables = [](const Node& node) {
      return std::ranges::any_of(node.nodes, [](const Node& member) { return is_table(&member); });
    };
    if (!has_tables(old) && !has_tables(now)) {
      changes_.lines.push_back(key + " of " + title +
                               (was == nullptr  ? " added" + seen_at(now)
                                : is == nullptr ? " removed"
                                                : " changed" + seen_at(now)));
      return;
    }
    for (const Node& node : now.nodes) {
      const Node* other = old.find(node.name);
      if (other != nullptr && same(*other, node)) continue;
      changes_.lines.push_back(key + " " + quote_name(node.name) + " of " + title +
                               (other == nullptr ? " added" : " changed") + seen_at(node));
    }
    for (const Node& node : old.nodes)
      if (now.find(node.name) == nullptr)
        changes_.lines.push_back(key + " " + quote_name(node.name) + " of " + title + " removed");
  }

  std::string seen_at(const Node& node) const {
    return " (" + Location{file_, node.key.line}.to_string() + ")";
  }

  const LoadResult& before_;
  const LoadResult& after_;
  const std::string file_;
  std::string environment_;
  Changes changes_;
};

}  // namespace

bool is_live(Section section, std::string_view key) {
  using std::string_view_literals::operator""sv;
  constexpr std::string_view kServerLive[] = {
      "admin_token_file"sv,   "drain_timeout"sv,  "log_level"sv,         "audit_log"sv,
      "audit_log_max_size"sv, "audit_log_keep"sv, "slow_log_threshold"sv};
  constexpr std::string_view kEnvironmentFixed[] = {"upstream"sv,         "listen"sv, "transparent"sv,
                                                    "unix_permissions"sv, "tls"sv,    "key_prefix"sv};
  switch (section) {
    case Section::kServer:
      return std::ranges::find(kServerLive, key) != std::end(kServerLive);
    case Section::kAdminTls:
    case Section::kUpstream:
    case Section::kUpstreamTls:
    case Section::kJournal:
    case Section::kEnvironmentTls:
      return false;
    case Section::kPosture:
      return key != "enabled";
    case Section::kEnvironment:
      return std::ranges::find(kEnvironmentFixed, key) == std::end(kEnvironmentFixed);
    default:
      return true;
  }
}

Changes compare(const LoadResult& before, const LoadResult& after) {
  return Comparison(before, after).run();
}

std::vector<std::string> named_files(const Node& document) {
  std::vector<std::string> files;
  for (const Node& node : document.nodes) {
    if (node.kind == Node::Kind::kString && node.name.ends_with("_file")) files.push_back(node.text);
    for (std::string& file : named_files(node)) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace holdfast::config
