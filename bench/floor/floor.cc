#include "bench/floor/floor.h"

#include <cstdlib>

#include "bench/floor/framing.h"

namespace holdfast::bench {
namespace {

constexpr size_t kBufferBytes = 256 * 1024;

// What uv_try_write could not send, kept until it is sent.
struct Leftover {
  uv_write_t request;
  std::string bytes;
};

void write_all(uv_stream_t* stream, const char* data, size_t size) {
  uv_buf_t buffer = uv_buf_init(const_cast<char*>(data), static_cast<unsigned>(size));
  const int sent = uv_try_write(stream, &buffer, 1);
  const size_t done = sent > 0 ? static_cast<size_t>(sent) : 0;
  if (done == size) return;
  auto* leftover = new Leftover{{}, std::string(data + done, size - done)};
  leftover->request.data = leftover;
  buffer = uv_buf_init(leftover->bytes.data(), static_cast<unsigned>(leftover->bytes.size()));
  const auto free_leftover = [](uv_write_t* request, int) { delete static_cast<Leftover*>(request->data); };
  if (uv_write(&leftover->request, stream, &buffer, 1, free_leftover) != 0) delete leftover;
}

uv_stream_t* stream_of(uv_tcp_t& handle) {
  return reinterpret_cast<uv_stream_t*>(&handle);
}
uv_handle_t* handle_of(uv_tcp_t& handle) {
  return reinterpret_cast<uv_handle_t*>(&handle);
}

}  // namespace

int Floor::run(int listen_port, int redis_port) {
  buffer_.resize(kBufferBytes);
  sockaddr_in address;
  uv_loop_init(&loop_);
  loop_.data = this;

  uv_tcp_init(&loop_, &link_);
  uv_ip4_addr("127.0.0.1", redis_port, &address);
  uv_connect_t connect;
  const auto start_reading = [](uv_connect_t* request, int status) {
    if (status != 0) std::exit(1);
    uv_read_start(request->handle, on_buffer, on_reply_bytes);
  };
  uv_tcp_connect(&connect, &link_, reinterpret_cast<const sockaddr*>(&address), start_reading);
  uv_tcp_nodelay(&link_, 1);

  uv_tcp_init(&loop_, &listener_);
  uv_ip4_addr("127.0.0.1", listen_port, &address);
  uv_tcp_bind(&listener_, reinterpret_cast<const sockaddr*>(&address), 0);
  if (uv_listen(stream_of(listener_), 4096, on_connection) != 0) return 1;

  uv_check_init(&loop_, &turn_end_);
  uv_check_start(&turn_end_, on_turn_end);
  uv_run(&loop_, UV_RUN_DEFAULT);
  return 0;
}

void Floor::on_buffer(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
  auto* floor = static_cast<Floor*>(handle->loop->data);
  *buffer = uv_buf_init(floor->buffer_.data(), static_cast<unsigned>(floor->buffer_.size()));
}

void Floor::on_connection(uv_stream_t* server, int status) {
  if (status != 0) return;
  auto* floor = static_cast<Floor*>(server->loop->data);
  auto* client = new FloorClient;
  client->floor = floor;
  uv_tcp_init(&floor->loop_, &client->handle);
  client->handle.data = client;
  if (uv_accept(server, stream_of(client->handle)) != 0) return floor->close(client);
  uv_tcp_nodelay(&client->handle, 1);
  uv_read_start(stream_of(client->handle), on_buffer, on_request_bytes);
}

void Floor::on_request_bytes(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  auto* client = static_cast<FloorClient*>(stream->data);
  if (size < 0) return client->floor->close(client);
  if (size == 0) return;
  if (client->tail.empty())
    return client->floor->take_requests(client, buffer->base, static_cast<size_t>(size));
  std::string joined = std::move(client->tail);
  client->tail.clear();
  joined.append(buffer->base, static_cast<size_t>(size));
  client->floor->take_requests(client, joined.data(), joined.size());
}

void Floor::take_requests(FloorClient* client, const char* data, size_t size) {
  const Framed framed = frame_requests(data, size);
  if (framed.is_wrong) return close(client);
  to_redis_.append(data, framed.bytes);
  if (framed.bytes < size) client->tail.assign(data + framed.bytes, size - framed.bytes);
  if (framed.items == 0) return;
  client->in_flight += framed.items;
  if (first_run_ < runs_.size() && runs_.back().client == client) {
    runs_.back().requests += framed.items;
  } else {
    runs_.push_back({client, framed.items});
  }
}

void Floor::on_turn_end(uv_check_t* check) {
  static_cast<Floor*>(check->loop->data)->send_to_redis();
}

void Floor::send_to_redis() {
  if (to_redis_.empty()) return;
  write_all(stream_of(link_), to_redis_.data(), to_redis_.size());
  to_redis_.clear();
}

void Floor::on_reply_bytes(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  if (size < 0) std::exit(1);
  auto* floor = static_cast<Floor*>(stream->loop->data);
  if (floor->reply_tail_.empty()) return floor->take_replies(buffer->base, static_cast<size_t>(size));
  std::string joined = std::move(floor->reply_tail_);
  floor->reply_tail_.clear();
  joined.append(buffer->base, static_cast<size_t>(size));
  floor->take_replies(joined.data(), joined.size());
}

void Floor::take_replies(const char* data, size_t size) {
  size_t at = 0;
  while (at < size && first_run_ < runs_.size()) {
    Run& run = runs_[first_run_];
    const Framed framed = frame_replies(data + at, size - at, run.requests);
    if (framed.is_wrong) std::exit(1);
    if (framed.items == 0) break;
    FloorClient* const client = run.client;
    client->in_flight -= framed.items;
    run.requests -= framed.items;
    if (run.requests == 0) ++first_run_;
    if (client->is_closed) {
      finish_if_done(client);
    } else {
      send_to_client(client, data + at, framed.bytes);
    }
    at += framed.bytes;
  }
  if (at < size) reply_tail_.assign(data + at, size - at);
  if (first_run_ == runs_.size()) {
    runs_.clear();
    first_run_ = 0;
  } else if (first_run_ > 4096) {
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(first_run_));
    first_run_ = 0;
  }
}

void Floor::send_to_client(FloorClient* client, const char* data, size_t size) {
  write_all(stream_of(client->handle), data, size);
}

void Floor::close(FloorClient* client) {
  if (uv_is_closing(handle_of(client->handle)) != 0) return;
  uv_close(handle_of(client->handle), [](uv_handle_t* handle) {
    auto* closed = static_cast<FloorClient*>(handle->data);
    closed->is_closed = true;
    closed->floor->finish_if_done(closed);
  });
}

// A client is kept while replies that nobody wants any more are still to come for it.
void Floor::finish_if_done(FloorClient* client) {
  if (client->is_closed && client->in_flight == 0) delete client;
}

}  // namespace holdfast::bench
