// What a multiplexing proxy on libuv must do at the least, and nothing else: frame requests and replies, one
// shared link to Redis, one write to it per turn of the loop, replies written straight from the read buffer.
// No policy, metrics, journal or error handling: what goes wrong closes the connection, and the loss of the
// link ends the program. It is the yardstick that bench/ holds Holdfast to.
//
// One thread: the one that calls run().
#pragma once

#include <uv.h>

#include <cstdint>
#include <string>
#include <vector>

namespace holdfast::bench {

class Floor;

struct FloorClient {
  uv_tcp_t handle;
  Floor* floor = nullptr;
  std::string tail;        // of a request that is not complete yet
  uint64_t in_flight = 0;  // requests whose replies are still to come
  bool is_closed = false;
};

class Floor {
 public:
  // Serves 127.0.0.1:`listen_port` in front of 127.0.0.1:`redis_port` until the process is ended.
  // 0 when the loop ended, 1 when it could not start.
  int run(int listen_port, int redis_port);

 private:
  // Consecutive requests of one client: their replies are one run of bytes.
  struct Run {
    FloorClient* client;
    uint32_t requests;
  };

  static void on_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer);
  static void on_connection(uv_stream_t* server, int status);
  static void on_request_bytes(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_reply_bytes(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_turn_end(uv_check_t* check);

  void take_requests(FloorClient* client, const char* data, size_t size);
  void take_replies(const char* data, size_t size);
  void send_to_redis();
  void send_to_client(FloorClient* client, const char* data, size_t size);
  void close(FloorClient* client);
  void finish_if_done(FloorClient* client);

  uv_loop_t loop_;
  uv_tcp_t listener_;
  uv_tcp_t link_;
  uv_check_t turn_end_;
  std::vector<char> buffer_;  // every read goes here
  std::string to_redis_;      // the requests of this turn
  std::string reply_tail_;
  std::vector<Run> runs_;  // in the order of the link, from first_run_
  size_t first_run_ = 0;
};

}  // namespace holdfast::bench
