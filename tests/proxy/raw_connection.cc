#include "tests/proxy/raw_connection.h"

#include <gtest/gtest.h>

namespace holdfast::testing {

void RawConnection::send(std::string_view bytes) {
  EXPECT_TRUE(socket_.send(bytes)) << "the server is gone";
}

std::string RawConnection::next_reply() {
  std::string reply;
  while (true) {
    if (buffer_.empty()) {
      auto piece = socket_.read_some();
      if (!piece.has_value() || piece->empty()) {
        ADD_FAILURE() << "no whole reply, only: " << reply;
        return reply;
      }
      buffer_ = std::move(*piece);
    }
    size_t consumed = 0;
    const auto outcome = framer_.feed(buffer_.data(), buffer_.size(), consumed);
    reply.append(buffer_, 0, consumed);
    buffer_.erase(0, consumed);
    if (outcome == resp::ReplyFramer::Outcome::kNeedMore) continue;
    EXPECT_EQ(outcome, resp::ReplyFramer::Outcome::kReply) << reply;
    return reply;
  }
}

}  // namespace holdfast::testing
