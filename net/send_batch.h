// The small sends of one turn of a loop, which leave together: one system call for many streams
// (SendRing).
//
// Owned by the Loop. Everything runs on the loop's thread. Streams that want it (Stream::batch_sends) put
// their bytes here; whoever owns the loop's turn calls flush() at its end. A stream has at most one place in
// a batch: what it sends in pieces, one behind the other, becomes one send.
// Bounded: kBytesMax and SendRing::kSendsMax; what finds no room makes the batch leave early.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "net/send_ring.h"

namespace holdfast::net {

class Stream;

class SendBatch {
 public:
  static constexpr size_t kBytesMax = 32 * 1024;
  // A larger one goes at once: it costs more to copy it than the system call does.
  static constexpr size_t kSendBytesMax = 2 * 1024;

  // `ring` may be null, and is given up when it fails: then each send is a system call of its own.
  explicit SendBatch(std::unique_ptr<SendRing> ring);
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  // Everything leaves; what a socket does not take waits in its stream. Tells the handlers of the streams
  // that broke.
  void flush();

  // --- From Stream ---
  static constexpr uint16_t kNoPlace = 0xffff;
  // Whether so much of one send goes into a batch at all.
  static bool takes(size_t size) { return size <= kSendBytesMax; }
  // Behind what `stream` has put there last, or as a send of its own. The place; kNoPlace: there is no room,
  // send_all() first.
  uint16_t add(Stream& stream, uint16_t place, const char* data, size_t size);
  // Like flush(), but handlers are told later, by flush().
  void send_all();
  // Sends the one of `place` alone, and leaves the place empty.
  void send_one(uint16_t place);
  // Its handler is not told any more that it broke.
  void forget(const Stream& stream);

 private:
  void settle(Stream& stream, const SendRing::Send& send);

  std::unique_ptr<SendRing> ring_;
  std::array<SendRing::Send, SendRing::kSendsMax> sends_;
  std::array<Stream*, SendRing::kSendsMax> streams_;  // null: has left already, by send_one()
  size_t size_ = 0;
  std::unique_ptr<char[]> bytes_;
  size_t used_ = 0;
  std::vector<std::pair<Stream*, int>> broken_;  // and its errno
};

}  // namespace holdfast::net
