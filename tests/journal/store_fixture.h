// A made-up replication stream for tests of the files, and a reader of segments that shares no code with
// the one that is tested.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "journal/store.h"

namespace holdfast::journal {

inline const std::string kTestReplid = "0123456789abcdef0123456789abcdef01234567";
inline constexpr uint64_t kTestBaseOffset = 1000;
inline const std::string kTestBase = "REDIS0010 not really";

std::string command_bytes(const std::vector<std::string>& arguments);

// Groups of one to three commands each, some of them transactions; no two are the same.
std::vector<std::string> make_groups(int count);
std::string join(const std::vector<std::string>& groups);

// Gives the store its base, and commits groups.
Status adopt_test_base(Store& store, uint64_t offset = kTestBaseOffset);
Status commit_all(Store& store, const std::vector<std::string>& groups);

// The bytes of the stream in the segments that a manifest names, in order, without annotations and the
// SELECT at the start of each file.
std::string stream_in(const std::string& dir);

std::string last_segment_path(const std::string& dir);

}  // namespace holdfast::journal
