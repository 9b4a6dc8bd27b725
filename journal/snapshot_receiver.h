// The snapshot that follows a +FULLRESYNC, from the connection into a file of the journal. Journal thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "config/config.h"
#include "journal/base_file.h"
#include "journal/redis_connection.h"
#include "journal/store.h"

namespace holdfast::journal {

// Called with every piece; `expected` is 0 when the size is not known.
using SnapshotProgress = std::function<void(uint64_t received, uint64_t expected)>;

// Complete, not synced yet; bytes of the stream that came with it are put back. After an error nothing is
// left of it. The error is one sentence.
Result<BaseFile> receive_snapshot(const config::Upstream& upstream, RedisConnection& connection, Store& store,
                                  const SnapshotProgress& progress);

}  // namespace holdfast::journal
