// Sections: known ones, named ones, the ones that nobody wrote, and which upstream an environment means.
#include "tests/config/check.h"
#include "tests/config/describe.h"

namespace holdfast::config {
namespace {

TEST(Sections, AnEmptyTextIsTheDefaults) {
  EXPECT_EQ(describe(loaded("")), describe(defaults()));
  EXPECT_EQ(describe(loaded("[server]\n[upstream.main]\n[upstream.main.journal]\n[environment.default]\n")),
            describe(defaults()));
}

TEST(Sections, TheDefaultsAreThoseOfTheContract) {
  const Config config = defaults();
  EXPECT_EQ(config.file, "");
  EXPECT_EQ(config.server.admin.value.to_string(), "127.0.0.1:9121");
  EXPECT_EQ(config.server.admin.where.to_string(), "the defaults");
  ASSERT_EQ(config.upstreams.size(), 1u);
  EXPECT_EQ(config.upstreams[0].name, "main");
  EXPECT_EQ(config.upstreams[0].endpoint.value.to_string(), "127.0.0.1:6379");
  EXPECT_EQ(config.upstreams[0].journal.dir.value, "holdfast-data");
  EXPECT_EQ(config.upstreams[0].journal.retention.age_ms, 7 * 86'400'000);
  ASSERT_EQ(config.environments.size(), 1u);
  EXPECT_EQ(config.environments[0].name, "default");
  EXPECT_EQ(config.environments[0].upstream, "main");
  ASSERT_EQ(config.environments[0].listen.size(), 1u);
  EXPECT_EQ(config.environments[0].listen[0].value.to_string(), "127.0.0.1:6380");
  ASSERT_EQ(config.environments[0].block.size(), 1u);
  EXPECT_EQ(config.environments[0].block[0].value, "@builtin");
  EXPECT_EQ(config.find_upstream("main"), &config.upstreams[0]);
  EXPECT_EQ(config.find_upstream("other"), nullptr);
}

TEST(Sections, UnknownSectionNamesTheClosest) {
  check("[enviroment.default]\nmode = 'audit'\n",
        {"h.toml:1: unknown section [enviroment]; did you mean 'environment'?"});
  check("[[limits]]\n", {"h.toml:1: unknown section [limits]"});
  check("workers = 2\n", {"h.toml:1: unknown key 'workers' outside of any section; it belongs in [server]"});
  check("server = 2\n", {"h.toml:1: server must be a section; write [server]"});
  check("[[server]]\n", {"h.toml:1: server must be a section; write [server]"});
}

TEST(Sections, NamedSectionsNeedAName) {
  check("[upstream]\nurl = 'redis://cache'\n",
        {"h.toml:2: 'url' stands in [upstream], which needs a name; write [upstream.main] above it"});
  check("[environment]\n", {"h.toml:1: [environment] needs a name; write [environment.default]"});
  check("[[upstream]]\n", {"h.toml:1: [upstream] must be a section with a name; write [upstream.main]"});
  check(
      "[upstream.'a b']\n",
      {"h.toml:1: the name 'a b' of a section [upstream.<name>] must be 1 to 64 letters, digits, '.', '_' or "
       "'-'"});
}

TEST(Sections, OrderIsThatOfTheFile) {
  const Config config = loaded(
      "[upstream.zebra]\n[upstream.zebra.journal]\ndir = 'z'\n[upstream.ant]\n"
      "[environment.second]\nupstream = 'ant'\nlisten = ['127.0.0.1:2']\n"
      "[environment.first]\nupstream = 'zebra'\nlisten = ['127.0.0.1:1']\n");
  ASSERT_EQ(config.upstreams.size(), 2u);
  EXPECT_EQ(config.upstreams[0].name, "zebra");
  EXPECT_EQ(config.upstreams[1].name, "ant");
  ASSERT_EQ(config.environments.size(), 2u);
  EXPECT_EQ(config.environments[0].name, "second");
  EXPECT_EQ(config.environments[1].name, "first");
}

TEST(Sections, AnEnvironmentUsesTheOnlyUpstream) {
  EXPECT_EQ(loaded("[upstream.cache]\n").environments.at(0).upstream, "cache");
  EXPECT_EQ(loaded("[upstream.cache]\n[environment.default]\n").environments.at(0).upstream, "cache");
}

TEST(Sections, WithSeveralUpstreamsItMustSayWhich) {
  const std::string two = "[upstream.a]\n[upstream.b]\njournal.dir = 'b'\n";
  const std::string say =
      "[environment.default] must say which upstream it uses; write upstream = \"a\" or \"b\"";
  check("[upstream.a]\n[upstream.b]\njournal.via = 'far'\n", {"h.toml:2: " + say});
  check(two, {});  // a journal and no environment: nothing to say
  check(two + "[environment.default]\n", {"h.toml:4: " + say});
  check(two + "[environment.default]\nupstream = 'b'\n", {});
}

TEST(Sections, AnUpstreamThatDoesNotExistNamesTheClosest) {
  check("[environment.default]\nupstream = 'mian'\n",
        {"h.toml:2: [environment.default] names an upstream \"mian\" that does not exist; did you mean "
         "\"main\"?"});
  check("[environment.default]\nupstream = 'cache'\n",
        {"h.toml:2: [environment.default] names an upstream \"cache\" that does not exist; write upstream = "
         "\"main\""});
}

TEST(Sections, AWrongValueIsReportedOnce) {
  check("[upstream.a]\n[upstream.b]\njournal.dir = 'b'\n[environment.x]\nupstream = 1\nlisten = 2\n",
        {"h.toml:5: upstream must be a string, not a whole number",
         "h.toml:6: listen must be a list of addresses such as [\"127.0.0.1:6380\"], not a whole number"});
}

TEST(Sections, OnlyTheDefaultEnvironmentHasAnAddress) {
  check("[environment.batch]\n",
        {"h.toml:1: [environment.batch] must say where it listens; write listen = [\"127.0.0.1:<port>\"]"});
  check("[environment.batch]\nlisten = ['127.0.0.1:6380']\n", {});
}

TEST(Sections, AJournalWithoutAnEnvironmentIsAJournalProcess) {
  const Config journal = loaded("[upstream.main.journal]\ndir = 'd'\n");
  EXPECT_TRUE(journal.environments.empty());
  EXPECT_TRUE(journal.upstreams[0].journal.serves_others);
  for (const char* text : {"", "[upstream.main]\n", "[upstream.main.journal]\nvia = 'far'\n"}) {
    const Config config = loaded(text);
    EXPECT_EQ(config.environments.size(), 1u) << text;
    EXPECT_FALSE(config.upstreams[0].journal.serves_others) << text;
  }
}

TEST(Sections, ViaStandsAlone) {
  const Config config =
      loaded("[upstream.main.journal]\nvia = 'far'\non_failure = 'allow'\nenabled = true\n");
  EXPECT_EQ(config.upstreams[0].journal.via, "far");
  EXPECT_EQ(config.upstreams[0].journal.name, "far");
  const std::string end =
      " in [upstream.main.journal] means nothing beside via, which uses the journal of another process; "
      "remove "
      "one of the two";
  check("[upstream.main.journal]\nvia = 'far'\ndir = 'd'\nname = 'near'\n",
        {"h.toml:3: 'dir'" + end, "h.toml:4: 'name'" + end});
}

}  // namespace
}  // namespace holdfast::config
