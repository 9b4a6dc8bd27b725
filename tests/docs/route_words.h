// How a command is served, in words for docs/compatibility.md. Constant; any thread.
#pragma once

#include <string_view>

#include "proxy/route.h"

namespace holdfast::docs {

// What a route means to a reader. A route that this does not know stops the build, so none is left out.
std::string_view words_of(proxy::Route route);

// Why a command is not served; empty when nobody has written it down.
std::string_view reason_not_served(std::string_view command);

}  // namespace holdfast::docs
