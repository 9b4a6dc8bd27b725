// The dashboard: one page that needs nothing but /events of the same address. dashboard.html is compiled in.
#pragma once

#include <string_view>

namespace holdfast::metrics {

std::string_view dashboard_page();

}  // namespace holdfast::metrics
