// A journal in front of a real redis-server, and the question that all of its tests end with: does a stock
// server that starts from the files have the same data?
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "journal/journal.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace holdfast::journal {

config::Upstream upstream_at(int port, const std::string& journal_dir);

// Waiting with a generous deadline; what is waited for did not happen when false.
[[nodiscard]] bool wait_ready(const Journal& journal);
[[nodiscard]] bool wait_reason(const Journal& journal, const std::string& part);
// Until all that the server has written to its replication stream is durable.
[[nodiscard]] bool wait_caught_up(const Journal& journal, testing::RedisClient& client);

std::string digest(testing::RedisClient& client);
// Of a stock server that starts from `parent`/`name`. Empty when it does not start.
std::string digest_of_files(const std::string& parent, const std::string& name);
// Restores the journal into a new directory and loads that.
std::string digest_of_restore(const std::string& journal_dir);

// redis-check-aof on the manifest of a directory: its output, empty when it is content.
std::string complaints_of_check_aof(const std::string& dir);

// Every type, several databases, scripts, transactions, expiries, random choices.
void write_of_everything(testing::RedisClient& client, int round);

// SET key<i> <value> for i in [from, to), pipelined; every reply must be OK.
void set_keys(testing::RedisClient& client, int from, int to, size_t value_bytes = 16);

}  // namespace holdfast::journal
