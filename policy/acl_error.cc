#include "policy/acl_error.h"

namespace holdfast::policy {

std::string_view acl_error_text(AclError error) {
  switch (error) {
    case AclError::kNone:
      return "";
    case AclError::kUnknownName:
      return "Unknown command or category name in ACL";
    case AclError::kSyntax:
      return "Syntax error";
    case AclError::kKeysAfterAll:
      return "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
             "any "
             "effect. Try 'resetkeys' to start with an empty list of patterns";
    case AclError::kChannelsAfterAll:
      return "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
             "have "
             "any effect. Try 'resetchannels' to start with an empty list of channels";
    case AclError::kNoSuchPassword:
      return "The password you are trying to remove from the user does not exist";
    case AclError::kBadHash:
      return "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
             "characters";
    case AclError::kFirstArgumentOfSubcommand:
      return "Allowing first-arg of a subcommand is not supported";
    case AclError::kUnmatchedParenthesis:
      return "Unmatched parenthesis in acl selector";
  }
  return "Wrong format";
}

}  // namespace holdfast::policy
