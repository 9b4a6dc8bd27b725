// Which commands are administrative: they are about the server rather than about data, or are blocked unless
// somebody has allowed them. The audit log has them also when they are let through. Constant; any thread.
#pragma once

#include "policy/command_table.h"

namespace holdfast::policy {

// Redis's own @admin category, and what @builtin blocks.
bool is_administrative(CommandId id);

}  // namespace holdfast::policy
