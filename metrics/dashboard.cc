#include "metrics/dashboard.h"

namespace holdfast::metrics {
namespace {

constexpr char kPage[] =
#include "metrics/dashboard_html.inc"
    ;

}  // namespace

std::string_view dashboard_page() {
  return {kPage, sizeof kPage - 1};
}

}  // namespace holdfast::metrics
