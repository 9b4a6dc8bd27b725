// Asks a Redis for its Facts: INFO, a few CONFIG GET, ACL GETUSER, ACL DRYRUN, COMMAND INFO. Read-only and
// constant time for the server, whatever it holds. Blocking.
#pragma once

#include "base/result.h"
#include "posture/facts.h"
#include "posture/redis_asker.h"

namespace holdfast::posture {

// What is not allowed ends up in Facts::not_known; an Error means that Redis could not be asked at all.
// `journal_name`: how Holdfast's journal announces itself there.
Result<Facts> collect(RedisAsker& redis, std::string_view journal_name);

}  // namespace holdfast::posture
