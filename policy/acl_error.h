// What is wrong with an ACL rule, in Redis's words (acl.c, ACLSetUserStringError).
#pragma once

#include <string_view>

namespace holdfast::policy {

enum class AclError : unsigned char {
  kNone,
  kUnknownName,
  kSyntax,
  kKeysAfterAll,
  kChannelsAfterAll,
  kNoSuchPassword,
  kBadHash,
  kFirstArgumentOfSubcommand,
  kUnmatchedParenthesis,
};

std::string_view acl_error_text(AclError error);

}  // namespace holdfast::policy
