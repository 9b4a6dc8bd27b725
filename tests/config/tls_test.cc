// The sections of TLS and the addresses of unix sockets: what belongs together, and what does not.
#include "tests/config/check.h"

namespace holdfast::config {
namespace {

const std::string kUpstream = "[upstream.main]\nurl = 'rediss://cache'\n";
const std::string kEnvironment = "[environment.default]\n";

TEST(Tls, TheUrlAlonePutsItOn) {
  const Config config = loaded(kUpstream);
  ASSERT_TRUE(config.upstreams[0].tls.has_value());
  EXPECT_EQ(config.upstreams[0].tls->ca, "");
  EXPECT_FALSE(loaded("[upstream.main]\nurl = 'redis://cache'\n").upstreams[0].tls.has_value());
}

TEST(Tls, BothWaysToWriteASectionAreTheSame) {
  for (const char* text : {"tls = { ca = 'ca.pem', cert = 'c.pem', key = 'c.key', server_name = 'redis' }\n",
                           "[upstream.main.tls]\nca = 'ca.pem'\ncert = 'c.pem'\nkey = 'c.key'\n"
                           "server_name = 'redis'\n"}) {
    const Config config = loaded(kUpstream + text);
    const TlsFiles& files = config.upstreams[0].tls.value();
    EXPECT_EQ(files.ca + " " + files.cert + " " + files.key + " " + files.server_name,
              "ca.pem c.pem c.key redis");
    EXPECT_EQ(files.where.line, 3);
  }
}

TEST(Tls, WhatLooksEncryptedIs) {
  check(
      "[upstream.main]\nurl = 'redis://cache'\ntls = { ca = 'ca.pem' }\n",
      {"h.toml:3: [upstream.main] has tls, but url says redis://, which is not encrypted; write rediss://"});
  check("[upstream.main]\nurl = 'unix:///r.sock'\ntls = { ca = 'ca.pem' }\n",
        {"h.toml:3: [upstream.main] has tls, but url is a unix socket, which needs none; remove tls"});
}

TEST(Tls, CertificateAndKeyGoTogether) {
  check(kUpstream + "tls = { cert = 'c.pem' }\n",
        {"h.toml:3: tls in [upstream.main] has cert alone; cert and key go together"});
  check(kUpstream + "tls = { key = 'c.key' }\n",
        {"h.toml:3: tls in [upstream.main] has key alone; cert and key go together"});
  const std::string needs =
      "h.toml:2: tls in [environment.default] needs cert and key; write tls = { cert = \"server.pem\", key = "
      "\"server.key\" }";
  check(kEnvironment + "tls = {}\n", {needs});
  check(kEnvironment + "tls = { client_ca = 'ca.pem', cert = 's.pem' }\n", {needs});
  check(kEnvironment + "tls = { cert = 's.pem', key = 's.key' }\n", {});
}

TEST(Tls, AnUnknownKeyIsNamed) {
  check(kEnvironment + "tls = { cert = 's.pem', key = 's.key', clientca = 'x' }\n",
        {"h.toml:2: unknown key 'clientca' in [environment.default.tls]; did you mean 'client_ca'?"});
  check(kEnvironment + "tls = true\n", {"h.toml:2: tls must be a section, not true or false"});
}

TEST(Tls, CertificatesOfClientsCloseTheDoor) {
  const std::string open = kEnvironment + "listen = ['0.0.0.0:7000']\ntls = { cert = 's.pem', key = 's.key'";
  check(open + ", client_ca = 'ca.pem' }\n", {});
  EXPECT_EQ(load_text(open + " }\n", "h.toml").problems.lines().size(), 1u);
}

TEST(UnixSockets, AreAddressesToListenOn) {
  check(kEnvironment + "listen = ['unix:/run/h.sock', '127.0.0.1:7000']\nunix_permissions = '0660'\n", {});
  EXPECT_EQ(loaded(kEnvironment + "unix_permissions = '660'\n").environments[0].unix_permissions, 0660u);
  check(kEnvironment + "unix_permissions = '0680'\n", {"h.toml:2: unix_permissions must be the permissions "
                                                       "of a file in octal, as in \"0660\", not \"0680\""});
  check(kEnvironment + "listen = ['unix:/" + std::string(107, 'x') + "']\n",
        {"h.toml:2: listen: the path of a unix socket has at most 107 bytes"});
}

}  // namespace
}  // namespace holdfast::config
