// A link that has logged in as somebody else than the user of upstream.url, and asks something as that one in
// between. Redis may not let it back: the user's password was changed, or the user deleted. What followed
// would then be done with Holdfast's own rights, so nothing is sent until Redis has said that it is the
// user's again, and if it is not the link is lost.
#include "proxy/upstream.h"
#include "proxy/upstream_link.h"
#include "resp/encode.h"

namespace holdfast::proxy {

// To the link's own login, or to the user of upstream.url for a question of Holdfast's own.
void UpstreamLink::change_login(bool own) {
  const config::Upstream& config = upstream_.config();
  std::string request;
  if (own)
    resp::append_command(request, {"AUTH", login_->user, login_->password});
  else
    // A user without a password takes any.
    resp::append_command(request, {"AUTH", config.user.empty() ? "default" : config.user,
                                   config.password.empty() ? "none" : config.password});
  push_replaced(nullptr).about = own ? kLoginBack : 0;
  append(request.data(), request.size());
  if (!own) return;
  ++returning_;
  congested_bytes_ = 0;
}

void UpstreamLink::login_is_back() {
  if (--returning_ > 0) return;
  congested_bytes_ = kCongestedBytes;
  tell_room();
}

void UpstreamLink::change_nothing() {
  if (login_ == nullptr) return select(database_);
  // SELECT may not be allowed to this user; HELLO without arguments is, to everybody.
  constexpr std::string_view kHello = "*1\r\n$5\r\nHELLO\r\n";
  push_replaced(nullptr);
  append(kHello.data(), kHello.size());
}

}  // namespace holdfast::proxy
