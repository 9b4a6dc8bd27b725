// Who gets in at the admin endpoint.
#include "metrics/admin_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast::metrics {
namespace {

HttpRequest with(std::string authorization, std::string client_name = "") {
  HttpRequest request;
  request.authorization = std::move(authorization);
  request.client_name = std::move(client_name);
  return request;
}

TEST(AdminAccess, EverybodyWhereNobodyIsAsked) {
  const AdminAccess access({}, false);
  EXPECT_TRUE(access.allows(with("")));
  EXPECT_TRUE(access.allows(with("Bearer whatever")));
}

TEST(AdminAccess, OneOfTheTokensLetsIn) {
  const AdminAccess access({"first-token", "second-token"}, false);
  for (const char* right : {"Bearer first-token", "bearer second-token", "BEARER  second-token "})
    EXPECT_TRUE(access.allows(with(right))) << right;
  for (const char* wrong : {"", "Bearer", "Bearer ", "first-token", "Basic first-token", "Bearer first-toke",
                            "Bearer first-token2", "Bearer first-token second-token", "Bearerfirst-token"})
    EXPECT_FALSE(access.allows(with(wrong))) << wrong;
  EXPECT_FALSE(access.allows(with("", "a certificate that nobody asked for")));
}

TEST(AdminAccess, ACertificateLetsInWhereItIsAskedFor) {
  const AdminAccess certificates({}, true);
  EXPECT_TRUE(certificates.allows(with("", "prometheus")));
  EXPECT_FALSE(certificates.allows(with("")));
  EXPECT_FALSE(certificates.allows(with("Bearer anything")));
  const AdminAccess either({"the-token"}, true);
  EXPECT_TRUE(either.allows(with("", "prometheus")));
  EXPECT_TRUE(either.allows(with("Bearer the-token")));
  EXPECT_FALSE(either.allows(with("Bearer another")));
}

TEST(AdminAccess, AReloadBringsOtherTokens) {
  AdminAccess access({"old-token"}, false);
  EXPECT_FALSE(access.set_tokens({"old-token"}));
  EXPECT_TRUE(access.set_tokens({"old-token", "new-token"}));
  EXPECT_TRUE(access.allows(with("Bearer old-token")));
  EXPECT_TRUE(access.set_tokens({"new-token"}));
  EXPECT_FALSE(access.allows(with("Bearer old-token")));
  EXPECT_TRUE(access.allows(with("Bearer new-token")));
}

}  // namespace
}  // namespace holdfast::metrics
