// Asking a real redis-server of a test for its facts, as the doctor does.
#pragma once

#include "posture/collect.h"
#include "posture/rule.h"
#include "tests/support/redis_server.h"

namespace holdfast::posture {

// As `user` with `password` where they are given.
Facts facts_of(const testing::RedisServer& redis, const std::string& user = "",
               const std::string& password = "");
// What the rule of that name says about them.
Check check_of(std::string_view rule, const Facts& facts, const Limits& limits = {});

}  // namespace holdfast::posture
