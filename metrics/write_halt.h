// Why writes through one upstream are refused although Redis would take them: a rule of posture that
// `require` names is not met, or nobody knows. Plain values.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "metrics/posture_state.h"

namespace holdfast::metrics {

// What `require` says about what is known of the upstream's posture; nothing when writes may pass. Pure. Not
// known counts as not met, and so does a Redis that was never asked; of one that cannot be asked any more the
// last answer holds.
std::optional<WriteHalt> write_halt(const std::string& upstream, const config::Posture& config,
                                    const PostureState& state);

}  // namespace holdfast::metrics
