// What a key holds, as text that is the same on two servers exactly when the data are: type, time to live,
// content.
//
// DUMP is compared first, because it is one cheap command; but it also shows how a server keeps a value (a
// set in another order, a hash before or after its conversion), so where it differs the elements are
// compared.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "journal/redis_questions.h"

namespace holdfast::journal {

struct KeyPrint {
  std::string type;     // "none": there is no such key
  std::string expires;  // Unix milliseconds, "-1" never
  std::string size;     // elements, or bytes of a string
  std::string dump;     // a digest of DUMP's answer; empty where the value is too large to be asked for whole

  friend bool operator==(const KeyPrint&, const KeyPrint&) = default;
};

// Of the database that is selected.
Result<KeyPrint> print_key(RedisQuestions& redis, std::string_view key);

// What makes them differ, in a few words; empty: nothing. Asks both for the elements when only DUMP differs.
Result<std::string> difference(RedisQuestions& one, const KeyPrint& of_one, RedisQuestions& other,
                               const KeyPrint& of_other, std::string_view key);

}  // namespace holdfast::journal
