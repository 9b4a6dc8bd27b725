// What a replication master has to give: a snapshot and the stream that follows it.
//
// The interface between what is served (a generation of the journal, a restore that was cut) and how it is
// served (replication_source.h). Implementations are read by several threads at once and hold everything
// open that they need, so that retention cannot take it away.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holdfast::journal {

class ReplicationData {
 public:
  // An error ends the reading, which passes it on.
  using Sink = std::function<Status(std::string_view)>;

  virtual ~ReplicationData() = default;

  virtual const std::string& replid() const = 0;
  // Replication offsets: where the snapshot ends, and where the stream does.
  virtual uint64_t start() const = 0;
  virtual uint64_t end() const = 0;

  // The RDB, in order and in pieces.
  virtual uint64_t base_bytes() const = 0;
  virtual Status read_base(const Sink& sink) const = 0;
  // Exactly the bytes after `offset` up to end(). `offset` is start(), or where a command ends after it.
  virtual Status read_stream(uint64_t offset, const Sink& sink) const = 0;
};

}  // namespace holdfast::journal
