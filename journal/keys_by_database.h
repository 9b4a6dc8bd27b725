// How many keys each database of a Redis has: INFO keyspace, "db0:keys=3,expires=0,avg_ttl=0".
#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "journal/redis_questions.h"

namespace holdfast::journal {

// Asks, on the connection's thread. Databases without keys are not in it.
Result<std::map<int, uint64_t>> keys_by_database(RedisQuestions& redis);

}  // namespace holdfast::journal
