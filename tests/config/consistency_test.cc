// Values that are right alone and wrong together.
#include "tests/config/check.h"

namespace holdfast::config {
namespace {

std::string environment(const std::string& name, const std::string& listen) {
  return "[environment." + name + "]\nlisten = ['" + listen + "']\n";
}

TEST(Consistency, TwoEnvironmentsCannotShareAnAddress) {
  check(environment("a", "127.0.0.1:7000") + environment("b", "127.0.0.1:7000"),
        {"h.toml:4: [environment.b] listens on 127.0.0.1:7000 (h.toml:4), and so does [environment.a] "
         "(h.toml:2); "
         "give each its own address"});
  check("[environment.a]\nlisten = ['127.0.0.1:7000', '127.0.0.1:7000']\n",
        {"h.toml:2: [environment.a] listens on 127.0.0.1:7000 (h.toml:2), and so does [environment.a] "
         "(h.toml:2); "
         "give each its own address"});
  check(environment("a", "127.0.0.1:6380") + "[environment.default]\n",
        {"h.toml:3: [environment.default] listens on 127.0.0.1:6380 (a default), and so does [environment.a] "
         "(h.toml:2); give each its own address"});
}

TEST(Consistency, AnEnvironmentCannotTakeTheAdminAddress) {
  check(environment("a", "127.0.0.1:9121"),
        {"h.toml:2: [environment.a] listens on 127.0.0.1:9121 (h.toml:2), and so does admin in [server] (a "
         "default); give each its own address"});
  check(
      "[server]\nadmin = '127.0.0.1:6380'\n",
      {"h.toml:2: [environment.default] listens on 127.0.0.1:6380 (a default), and so does admin in [server] "
       "(h.toml:2); give each its own address"});
}

TEST(Consistency, PortZeroAndOtherHostsDoNotMeet) {
  check(
      "[server]\nadmin = '127.0.0.1:0'\n" + environment("a", "127.0.0.1:0") + environment("b", "127.0.0.1:0"),
      {});
  check(environment("a", "127.0.0.1:7000") + environment("b", "127.0.0.2:7000"), {});
}

TEST(Consistency, APartOfAnotherAddressIsNotAnAddressOfItsOwn) {
  check(
      "[environment.a]\nlisten = ['127.0.0.1:7000']\n[environment.b]\nlisten = ['0.0.0.0:7000']\n"
      "allow_unauthenticated = true\n",
      {"h.toml:4: [environment.b] listens on 0.0.0.0:7000 (h.toml:4), which overlaps with what "
       "[environment.a] listens on, 127.0.0.1:7000 (h.toml:2); give each its own address"});
  check(environment("a", "127.0.0.1:7000") + environment("b", "localhost:7000"),
        {"h.toml:4: [environment.b] listens on localhost:7000 (h.toml:4), which overlaps with what "
         "[environment.a] listens on, 127.0.0.1:7000 (h.toml:2); give each its own address"});
  check("[environment.a]\nlisten = ['127.0.0.1:7000', '[::]:7000']\nallow_unauthenticated = true\n", {});
}

TEST(Consistency, ListeningOnTheUpstreamIsALoop) {
  check(environment("a", "127.0.0.1:6379"), {"h.toml:2: [environment.a] listens on 127.0.0.1:6379 "
                                             "(h.toml:2), which is the address of [upstream.main] "
                                             "(a default); Holdfast would talk to itself"});
  check("[upstream.main]\nurl = 'redis://127.0.0.1:6380'\n",
        {"h.toml:2: [environment.default] listens on 127.0.0.1:6380 (a default), which is the address of "
         "[upstream.main] (h.toml:2); Holdfast would talk to itself"});
}

TEST(Consistency, AnOpenDoorMustBeMeant) {
  const auto open = [](const std::string& line, const std::string& address) {
    return std::vector<std::string>{
        "h.toml:" + line + ": [environment.a] listens on " + address +
        " with auth = \"none\", so everybody who reaches it has full access; listen on "
        "a loopback address, ask for certificates with client_ca in tls, or set allow_unauthenticated = "
        "true"};
  };
  check(environment("a", "0.0.0.0:7000"), open("2", "0.0.0.0:7000"));
  check(environment("a", "[::]:7000") + "auth = 'none'\n", open("2", "[::]:7000"));
  check("[environment.a]\nlisten = ['127.0.0.1:7000',\n 'redis.example:7000']\n",
        open("3", "redis.example:7000"));
  check(environment("a", "0.0.0.0:7000") + "allow_unauthenticated = false\n", open("2", "0.0.0.0:7000"));
  check(environment("a", "0.0.0.0:7000") + "allow_unauthenticated = true\n", {});
  check("[environment.a]\nlisten = ['127.0.0.1:7000', '[::1]:7000', 'localhost:7001']\n", {});
}

TEST(Consistency, DurabilityNeedsAJournal) {
  const std::string disabled = "[upstream.main.journal]\nenabled = false\n";
  const auto needs = [](const std::string& line, const std::string& durability) {
    return std::vector<std::string>{
        "h.toml:" + line + ": [environment.default] has durability = " + durability +
        ", but the journal of [upstream.main] is disabled; set durability = \"none\" "
        "or enable the journal"};
  };
  check(disabled, needs("1", "\"sync\" (a default)"));
  check(disabled + "[environment.default]\n", needs("3", "\"sync\" (a default)"));
  check(disabled + "[environment.default]\ndurability = 'async'\n", needs("4", "\"async\" (h.toml:4)"));
  check(disabled + "[environment.default]\ndurability = 'none'\n", {});
}

TEST(Consistency, TwoUpstreamsCannotShareAJournal) {
  const std::string environment_of_a = "[environment.default]\nupstream = 'a'\n";
  const std::string shared =
      "[upstream.b] and [upstream.a] journal to the same dir \"DIR\"; write dir = \"...\" in "
      "[upstream.b.journal]";
  const auto same = [&](const std::string& line, const std::string& dir) {
    std::string text = shared;
    return std::vector<std::string>{"h.toml:" + line + ": " + text.replace(text.find("DIR"), 3, dir)};
  };
  check("[upstream.a]\n[upstream.b]\n" + environment_of_a, same("2", "holdfast-data"));
  check("[upstream.a]\n[upstream.b.journal]\ndir = './holdfast-data/'\n" + environment_of_a,
        same("3", "./holdfast-data/"));
  check("[upstream.a]\n[upstream.b.journal]\ndir = 'other'\n" + environment_of_a, {});
  check("[upstream.a]\n[upstream.b.journal]\nenabled = false\n" + environment_of_a, {});
}

TEST(Consistency, AUserNeedsAPassword) {
  check("[upstream.main]\nurl = 'redis://hunter2@cache'\n",
        {"h.toml:2: url: a user without a password; write redis://:<password>@host if it is the password, or "
         "add "
         "password_file"});
}

}  // namespace
}  // namespace holdfast::config
