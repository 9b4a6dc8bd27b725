// What a fresh upstream connection says before it carries requests, and what it learns: it logs in,
// chooses protocol and database, and asks whose history this server's data belongs to. No I/O.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "config/config.h"
#include "journal/history.h"
#include "proxy/upstream_login.h"

namespace holdfast::proxy {

struct LinkKey {
  int database = 0;
  int protocol = 2;  // RESP version
  // Only to end a script that keeps Redis busy: such a Redis answers nothing else than the login, so whose
  // data it has is not asked. Carries no other command.
  bool for_kill = false;
  // Null: the user of upstream.url.
  std::shared_ptr<const UpstreamLogin> login = nullptr;

  friend bool operator==(const LinkKey&, const LinkKey&) = default;
};

// What the server said about itself.
struct ServerFacts {
  std::string version = "unknown";
  std::string mode = "standalone";
  std::string modules = "*0\r\n";  // HELLO's list, as it came, in the link's protocol
  uint64_t client_id = 0;          // of the connection that asked; 0: not told
  journal::ReplicationInfo replication;
};

class LinkHandshake {
 public:
  LinkHandshake(const config::Upstream& upstream, LinkKey key);

  // All requests at once; each has one reply.
  const std::string& requests() const { return requests_; }
  int replies() const { return end_step() - first_step(); }
  bool done() const { return step_ == end_step(); }

  // The next reply, whole. An error ends the handshake.
  Status take_reply(std::string_view reply);

  const ServerFacts& facts() const { return facts_; }
  // The server has been asked again.
  void update(journal::ReplicationInfo replication) { facts_.replication = std::move(replication); }
  // True when the error was SELECT's: the database does not exist, and trying again will not help.
  bool database_refused() const { return database_refused_; }
  // The same for making the user to log in as.
  bool login_refused() const { return login_refused_; }

 private:
  enum Step {
    kAuth,
    kHello,
    kName,
    kSelect,
    kInfo,
    kSetUser
  };  // then the rest of the login, see take_login()

  int first_step() const;
  int end_step() const;
  Status take_login(int step, std::string_view reply);
  Status take_hello(std::string_view reply);

  const config::Upstream& upstream_;
  const LinkKey key_;
  std::string requests_;
  int step_;
  ServerFacts facts_;
  bool database_refused_ = false;
  bool login_refused_ = false;
};

}  // namespace holdfast::proxy
