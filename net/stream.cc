#include "net/stream.h"

#include <arpa/inet.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include <cassert>
#include <cstdio>
#include <utility>

#include "net/tls_layer.h"
#include "net/uv_error.h"

namespace holdfast::net {
namespace {

constexpr unsigned kKeepaliveSeconds = 60;
// A backlog's memory is kept for the next one up to this size.
constexpr size_t kKeepCapacity = 16 * 1024;
constexpr int kDiscardReadsMax = 64;
// linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h, which do not go together with <netinet/in.h>.
constexpr int kOriginalDestination = 80;

std::string name_of_address(const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) return "unix";
  char host[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    uv_ip6_name(v6, host, sizeof(host));
    return "[" + std::string(host) + "]:" + std::to_string(ntohs(v6->sin6_port));
  }
  const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
  uv_ip4_name(v4, host, sizeof(host));
  return std::string(host) + ":" + std::to_string(ntohs(v4->sin_port));
}

}  // namespace

struct Stream::Backlog {
  uv_write_t request;
  std::string in_flight;  // owned by the write until its callback
  std::string waiting;
  bool writing = false;
};

struct Stream::ConnectRequest {
  Stream* stream;  // nullptr once the stream has closed
  Connector* connector;
  std::string target;
  uv_getaddrinfo_t resolve{};
  uv_connect_t connect{};
  addrinfo* addresses = nullptr;  // of a name; owned
  addrinfo* next = nullptr;       // to be tried when the one before fails

  ConnectRequest(Stream* owner, Connector* caller, std::string name)
      : stream(owner), connector(caller), target(std::move(name)) {
    connect.data = this;
    resolve.data = this;
  }
  ~ConnectRequest() { uv_freeaddrinfo(addresses); }
  ConnectRequest(const ConnectRequest&) = delete;
  ConnectRequest& operator=(const ConnectRequest&) = delete;
};

Stream::Stream(Handler& handler) : handler_(handler) {}

Stream::~Stream() {
  assert(state_ == State::kFresh || state_ == State::kClosed);
}

Status Stream::accept_from(uv_stream_t* server) {
  assert(state_ == State::kFresh);
  if (const int problem = uv_tcp_init(server->loop, &handle_.tcp); problem != 0)
    return uv_error("cannot accept a connection", problem);
  raw()->data = this;
  state_ = State::kConnecting;
  if (const int problem = uv_accept(server, raw()); problem != 0) {
    close();
    return uv_error("cannot accept a connection", problem);
  }
  opened();
  return {};
}

void Stream::opened() {
  state_ = State::kOpen;
  if (is_unix_) return;
  uv_tcp_nodelay(&handle_.tcp, 1);
  uv_tcp_keepalive(&handle_.tcp, 1, kKeepaliveSeconds);
}

void Stream::connect(Loop& loop, const Endpoint& endpoint, Connector& connector) {
  assert(state_ == State::kFresh);
  is_unix_ = endpoint.kind == Endpoint::Kind::kUnix;
  if (is_unix_)
    uv_pipe_init(loop.raw(), &handle_.pipe, 0);
  else
    uv_tcp_init(loop.raw(), &handle_.tcp);
  raw()->data = this;
  state_ = State::kConnecting;
  connecting_ = new ConnectRequest(this, &connector, endpoint.to_string());

  if (is_unix_) {
    // libuv would cut the path and connect to whatever has that shorter name.
    if (endpoint.path.size() >= sizeof(sockaddr_un::sun_path)) {
      connect_failed(Error(ErrorCode::kInvalid, "cannot connect to " + connecting_->target +
                                                    ": a path of a unix socket has at most " +
                                                    std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                                                    " bytes; choose a shorter one"));
      return;
    }
    uv_pipe_connect(&connecting_->connect, &handle_.pipe, endpoint.path.c_str(), on_connect);
    return;
  }
  // An address needs no resolver, and so no thread pool.
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (uv_ip4_addr(endpoint.host.c_str(), endpoint.port, &v4) == 0) {
    connect_to(reinterpret_cast<sockaddr*>(&v4));
    return;
  }
  if (uv_ip6_addr(endpoint.host.c_str(), endpoint.port, &v6) == 0) {
    connect_to(reinterpret_cast<sockaddr*>(&v6));
    return;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  const std::string port = std::to_string(endpoint.port);
  // On libuv's thread pool: a slow name server must not stop the loop.
  const int problem = uv_getaddrinfo(
      loop.raw(), &connecting_->resolve,
      [](uv_getaddrinfo_t* request, int status, addrinfo* list) {
        auto* self = static_cast<ConnectRequest*>(request->data);
        self->addresses = list;
        self->next = list;
        if (self->stream == nullptr)
          delete self;
        else if (status != 0)
          self->stream->connect_failed(uv_error("cannot resolve " + self->target, status));
        else
          self->stream->connect_to_next();
      },
      endpoint.host.c_str(), port.c_str(), &hints);
  if (problem != 0) connect_failed(uv_error("cannot resolve " + endpoint.to_string(), problem));
}

void Stream::connect_to_next() {
  const addrinfo* address = connecting_->next;
  connecting_->next = address->ai_next;
  connect_to(address->ai_addr);
}

void Stream::connect_to(const sockaddr* address) {
  const int problem = uv_tcp_connect(&connecting_->connect, &handle_.tcp, address, on_connect);
  if (problem != 0) connect_finished(problem);
}

void Stream::on_connect(uv_connect_t* request, int status) {
  auto* self = static_cast<ConnectRequest*>(request->data);
  if (self->stream == nullptr)
    delete self;
  else
    self->stream->connect_finished(status);
}

void Stream::connect_finished(int status) {
  if (status != 0 && connecting_->next != nullptr) {
    reopen();
    return;
  }
  if (status != 0) {
    connect_failed(uv_error("cannot connect to " + connecting_->target, status));
    return;
  }
  const std::unique_ptr<ConnectRequest> request(connecting_);
  connecting_ = nullptr;
  opened();
  if (tls_ == nullptr) {
    request->connector->stream_connected(nullptr);
    return;
  }
  state_ = State::kShakingHands;
  tls_->start(request->connector);
}

// A name can have several addresses, of which a server may serve only one ("localhost" is ::1 and
// 127.0.0.1): the next one needs a fresh socket, perhaps of another family.
void Stream::reopen() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
    auto* self = static_cast<Stream*>(handle->data);
    if (self->state_ == State::kClosing) {  // close() came meanwhile
      self->closed();
      return;
    }
    uv_tcp_init(handle->loop, &self->handle_.tcp);
    self->raw()->data = self;
    self->connect_to_next();
  });
}

void Stream::connect_failed(const Error& error) {
  const std::unique_ptr<ConnectRequest> request(connecting_);
  connecting_ = nullptr;
  request->connector->stream_connected(&error);
}

void Stream::use_tls(Loop& loop, std::unique_ptr<tls::Connection> connection, const TlsOptions& options) {
  assert(state_ == State::kFresh || (state_ == State::kOpen && !reading_));
  tls_ = std::make_unique<TlsLayer>(*this, loop, std::move(connection), options);
  if (state_ == State::kFresh) return;
  state_ = State::kShakingHands;
  tls_->start(nullptr);
}

std::string Stream::tls_peer_name() const {
  return tls_ == nullptr ? "" : tls_->peer_name();
}

void Stream::read_start() {
  if ((state_ != State::kOpen && state_ != State::kShakingHands) || reading_) return;
  reading_ = true;
  if (tls_ != nullptr) [[unlikely]] {
    tls_->read_wish_changed();
    return;
  }
  uv_read_start(
      raw(),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        const std::span<char> space = static_cast<Stream*>(handle->data)->handler_.stream_buffer();
        buffer->base = space.data();
        buffer->len = space.size();
      },
      [](uv_stream_t* handle, ssize_t size, const uv_buf_t*) {
        auto* self = static_cast<Stream*>(handle->data);
        if (size > 0) [[likely]] {
          self->handler_.stream_read(static_cast<size_t>(size));
          return;
        }
        if (size == 0) return;  // nothing there after all (EAGAIN)
        self->read_stop();
        if (size == UV_EOF) {
          self->handler_.stream_ended(nullptr);
          return;
        }
        const Error error = uv_error("the connection broke", static_cast<int>(size));
        self->handler_.stream_ended(&error);
      });
}

void Stream::read_stop() {
  if (!reading_) return;
  reading_ = false;
  if (tls_ != nullptr) [[unlikely]]
    tls_->read_wish_changed();
  else
    uv_read_stop(raw());
}

bool Stream::write(const char* data, size_t size) {
  if (backlog_ == nullptr || !backlog_->writing) [[likely]] {
    const uv_buf_t buffer = uv_buf_init(const_cast<char*>(data), static_cast<unsigned>(size));
    const int written = uv_try_write(raw(), &buffer, 1);
    if (written == static_cast<int>(size)) [[likely]]
      return true;
    if (written < 0 && written != UV_EAGAIN) return false;
    if (written > 0) {
      data += written;
      size -= static_cast<size_t>(written);
    }
  }
  enqueue(data, size);
  return true;
}

bool Stream::send(const char* data, size_t size) {
  if (state_ != State::kOpen) return false;
  if (tls_ != nullptr) [[unlikely]]
    return tls_->send(data, size);
  if (batches_) return put_into_batch(data, size);
  return write(data, size);
}

bool Stream::write_encrypted(const std::string& bytes) {
  return write(bytes.data(), bytes.size());
}

void Stream::enqueue(const char* data, size_t size) {
  if (backlog_ == nullptr) backlog_ = std::make_unique<Backlog>();
  backlog_->waiting.append(data, size);
  if (!backlog_->writing) start_write();
}

void Stream::start_write() {
  Backlog& backlog = *backlog_;
  backlog.in_flight.clear();
  backlog.in_flight.swap(backlog.waiting);
  backlog.writing = true;
  backlog.request.data = this;
  const uv_buf_t buffer =
      uv_buf_init(backlog.in_flight.data(), static_cast<unsigned>(backlog.in_flight.size()));
  const int problem = uv_write(&backlog.request, raw(), &buffer, 1, [](uv_write_t* request, int status) {
    static_cast<Stream*>(request->data)->write_finished(status);
  });
  // uv_write refuses only what is not a writable stream, which an open one is.
  assert(problem == 0);
  (void)problem;
}

void Stream::write_finished(int status) {
  backlog_->writing = false;
  if (state_ != State::kOpen && state_ != State::kShakingHands) return;
  if (status < 0) {
    const Error error = uv_error("the connection broke", status);
    if (tls_ != nullptr) {
      tls_->fail(error);
      return;
    }
    read_stop();
    handler_.stream_ended(&error);
    return;
  }
  if (!backlog_->waiting.empty()) {
    start_write();
    return;
  }
  if (backlog_->in_flight.capacity() > kKeepCapacity || backlog_->waiting.capacity() > kKeepCapacity)
    backlog_.reset();
  if (tls_ != nullptr) tls_->drained();
  if (state_ == State::kOpen) handler_.stream_drained();
}

size_t Stream::queued_bytes() const {
  if (backlog_ == nullptr || !backlog_->writing) return 0;
  return uv_stream_get_write_queue_size(raw()) + backlog_->waiting.size();
}

bool Stream::has_unread() const {
  int size = 0;
  uv_os_fd_t fd = -1;
  if (state_ != State::kOpen || uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_), &fd) != 0)
    return false;
  return ioctl(fd, FIONREAD, &size) == 0 && size > 0;
}

void Stream::discard_unread() {
  send_own_of_batch();
  uv_os_fd_t fd = -1;
  if (state_ != State::kOpen || uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_), &fd) != 0) return;
  char scrap[16 * 1024];
  for (int i = 0; i < kDiscardReadsMax && recv(fd, scrap, sizeof(scrap), MSG_DONTWAIT) > 0; ++i) continue;
}

void Stream::close() {
  if (state_ == State::kFresh) {
    state_ = State::kClosed;
    return;
  }
  if (state_ == State::kClosing || state_ == State::kClosed) return;
  if (tls_ != nullptr) tls_->close();
  leave_batch();
  state_ = State::kClosing;
  reading_ = false;
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&handle_)) != 0) {  // reopen() is under way
    delete std::exchange(connecting_, nullptr);
    return;
  }
  if (connecting_ != nullptr) {
    connecting_->stream = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&connecting_->resolve));  // fails harmlessly if it is past that
    connecting_ = nullptr;
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
           [](uv_handle_t* handle) { static_cast<Stream*>(handle->data)->closed(); });
}

void Stream::closed() {
  state_ = State::kClosed;
  handler_.stream_closed();
}

std::string Stream::peer_name() const {
  if (is_unix_) return "unix";
  sockaddr_storage address{};
  int length = sizeof(address);
  if (uv_tcp_getpeername(&handle_.tcp, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "unknown";
  return name_of_address(address);
}

std::string Stream::local_name() const {
  if (is_unix_) return "unix";
  sockaddr_storage address{};
  int length = sizeof(address);
  if (uv_tcp_getsockname(&handle_.tcp, reinterpret_cast<sockaddr*>(&address), &length) != 0) return {};
  return name_of_address(address);
}

std::string Stream::original_destination() const {
  uv_os_fd_t fd = -1;
  if (is_unix_ || uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_), &fd) != 0) return {};
  sockaddr_storage local{};
  socklen_t length = sizeof(local);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&local), &length) != 0) return {};
  const int level = local.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  sockaddr_storage meant{};
  length = sizeof(meant);
  if (getsockopt(fd, level, kOriginalDestination, &meant, &length) != 0) return {};
  return name_of_address(meant);
}

std::string Stream::name_of(const Endpoint& endpoint) {
  sockaddr_storage address{};
  if (endpoint.kind != Endpoint::Kind::kTcp) return {};
  if (uv_ip4_addr(endpoint.host.c_str(), endpoint.port, reinterpret_cast<sockaddr_in*>(&address)) != 0 &&
      uv_ip6_addr(endpoint.host.c_str(), endpoint.port, reinterpret_cast<sockaddr_in6*>(&address)) != 0)
    return {};
  return name_of_address(address);
}

int Stream::descriptor() const {
  uv_os_fd_t descriptor = -1;
  if (state_ != State::kOpen) return -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_), &descriptor);
  return descriptor;
}

}  // namespace holdfast::net
