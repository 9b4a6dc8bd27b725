// The version that `holdfast --version` and the metrics tell.
#pragma once

namespace holdfast::cli {

const char* version();

}  // namespace holdfast::cli
