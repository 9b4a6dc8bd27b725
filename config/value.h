// The types that a key of holdfast.toml can have, and the check of a written value against one.
//
// Main thread; only read_value() of a kSecretFile touches the world: it reads that file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "config/config.h"
#include "config/document.h"
#include "config/problems.h"
#include "config/redis_url.h"

namespace holdfast::config {

struct Type {
  enum class Kind {
    kInteger,      // number, within min..max
    kBool,         // number: 0 or 1
    kString,       // text, not empty
    kLabel,        // text: letters, digits and . _ - only, because it travels in protocols and metrics
    kWord,         // number: the index in `words`
    kDuration,     // number: milliseconds, within min..max
    kSize,         // number: bytes, within min..max
    kRetention,    // retention
    kAddress,      // addresses: exactly one, TCP
    kAddressList,  // addresses: TCP or unix, perhaps none
    kTimeOfDay,    // number: minutes since midnight, "03:30"
    kPermissions,  // number: the permissions of a file, "0660"
    kStringList,   // texts
    kUrl,          // url
    kSecretFile,   // text: what the file says, without its last newline
    kSection,      // a section inside this one; the caller reads it
    kSectionList,  // sections written [[...]], each the same keys again; the caller reads them
    kTtl,          // ttl
    kKeyPrefix,    // text: what may stand before any key and any pattern
    kRate,         // rate: "100/s"
  };

  Kind kind = Kind::kString;
  int64_t min = 0;
  int64_t max = 0;
  std::span<const std::string_view> words;          // kWord: what is served
  std::span<const std::string_view> words_not_yet;  // kWord: in the contract, not served yet
};

// A checked value; the comments of Type::Kind say which member holds it.
struct Value {
  Location where;
  int64_t number = 0;
  std::string text;
  std::vector<Located<std::string>> texts;
  std::vector<Located<Endpoint>> addresses;
  RedisUrl url;
  Retention retention;
  TtlRule ttl;
  Rate rate;
};

// The value that `node` writes, or nothing when it does not fit: then `problems` says why.
std::optional<Value> read_value(const Type& type, const Node& node, ProblemList& problems);

// True for a name that is fit for a kLabel: 1 to 64 letters, digits, '.', '_' or '-'.
bool is_label(std::string_view text);

}  // namespace holdfast::config
