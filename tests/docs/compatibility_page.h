// docs/compatibility.md as it should be: made from the command table, the routes and the default policy that
// the proxy itself uses. Any thread.
#pragma once

#include <string>

namespace holdfast::docs {

std::string compatibility_page();

}  // namespace holdfast::docs
