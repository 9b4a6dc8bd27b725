#include "policy/administrative.h"

#include <vector>

#include "policy/builtin_block_list.h"

namespace holdfast::policy {

bool is_administrative(CommandId id) {
  static const std::vector<bool> administrative = [] {
    std::vector<bool> all(commands().size());
    const uint32_t admin = category_bit("@admin");
    for (CommandId i = 1; i < commands().size(); ++i) all[i] = (command(i).categories & admin) != 0;
    for (const BuiltinBlock& entry : builtin_block_list()) all[find_command(entry.command)] = true;
    return all;
  }();
  return administrative[id];
}

}  // namespace holdfast::policy
