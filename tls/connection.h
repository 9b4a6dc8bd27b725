// One TLS connection as a machine without a socket: bytes from the peer go in, plain bytes come out, and
// what the peer is to be sent is appended to a string that the caller gives. No I/O, no clock.
//
// The owner (net::Stream, journal::RedisConnection) moves the bytes. One thread at a time. Bounded: it
// keeps one record of either direction (16 KiB, given back when idle) and the input that was put in.
// A failed connection stays failed; `out` may then hold the alert that tells the peer why.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/context.h"

struct bio_st;
struct bio_method_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace holdfast::tls {

class Connection {
 public:
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Bytes from the peer. They are not copied: they must stay where they are until they have been used
  // (has_input() is false) or keep_input() was called.
  void put(std::string_view bytes);
  void keep_input();
  bool has_input() const { return !input_.empty(); }

  // Goes on with the handshake: first without input, which lets a client begin. True when it is over.
  Result<bool> shake_hands(std::string& out);
  bool is_established() const { return established_; }

  // Plain bytes, as many as are there and fit; 0 when more input is needed, or when peer_closed().
  // `out`: what the protocol answers by itself.
  Result<size_t> read(char* buffer, size_t size, std::string& out);
  // A read() can give more without further input.
  bool has_more() const;
  // The peer has said that it sends nothing more.
  bool peer_closed() const { return peer_closed_; }

  Status write(std::string_view bytes, std::string& out);
  // Says that we send nothing more.
  void close(std::string& out);

  // Who the peer's certificate is for: its common name, or its first alternative name. Empty unless the
  // certificate was asked for and checked.
  const std::string& peer_name() const { return peer_name_; }

 private:
  friend class Context;

  explicit Connection(const Context& context);
  static std::unique_ptr<Connection> make(const Context& context);
  static int on_verify(int good, x509_store_ctx_st* store);
  static bio_method_st* bio_method();
  static int bio_read(bio_st* bio, char* buffer, int size);
  static int bio_write(bio_st* bio, const char* bytes, int size);

  bool set_up_client(const Context& context);
  Error fail(int result);

  const Side side_;
  const std::string ca_;  // for messages
  const std::string server_name_;
  ssl_st* ssl_ = nullptr;
  std::string_view input_;      // what OpenSSL has not taken yet
  std::string kept_;            // owns input_ after keep_input()
  std::string* out_ = nullptr;  // during a call
  std::string peer_problem_;    // what is wrong with the peer's certificate
  std::string peer_name_;
  std::optional<Error> failed_;
  bool established_ = false;
  bool peer_closed_ = false;
};

}  // namespace holdfast::tls
