// Reaching the upstream and logging in, and what its refusals mean for a person. Journal thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "journal/redis_connection.h"
#include "journal/stop_signal.h"

namespace holdfast::journal {

// Connected, encrypted if `tls` is not null, and logged in. The error is one sentence that names the
// upstream.
Result<std::unique_ptr<RedisConnection>> connect_upstream(const config::Upstream& upstream,
                                                          const tls::Credentials* tls,
                                                          const StopSignal& stop);

// From what the upstream answered to `command`, or why it did not, to what a person can do about it. A reply
// that means "not yet" becomes kUnavailable.
Error explain_refusal(const config::Upstream& upstream, std::string_view command, const Error& error);

// "redis://127.0.0.1:6379", as people write it; never with a password.
std::string url_of(const config::Upstream& upstream);

}  // namespace holdfast::journal
