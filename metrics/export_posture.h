// The posture of an upstream as samples. Main thread.
#pragma once

#include <string>

#include "metrics/families.h"
#include "metrics/posture_state.h"

namespace holdfast::metrics {

void add_posture(Families& out, const std::string& upstream, const PostureState& state);

}  // namespace holdfast::metrics
