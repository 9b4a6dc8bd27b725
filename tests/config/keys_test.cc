// One key at a time: unknown, not served, wrong type, out of range, and what a right value does.
#include "config/schema.h"
#include "tests/config/check.h"

namespace holdfast::config {
namespace {

const std::string kServer = "[server]\n";
const std::string kUpstream = "[upstream.main]\n";
const std::string kJournal = "[upstream.main.journal]\n";
const std::string kEnvironment = "[environment.default]\n";

std::string keys_of(Section section) {
  std::string list;
  for (const std::string_view key : key_names(section)) list += (list.empty() ? "" : ", ") + std::string(key);
  return list;
}

TEST(Keys, UnknownNamesTheClosest) {
  check(kEnvironment + "lisen = [\"127.0.0.1:6380\"]\n",
        {"h.toml:2: unknown key 'lisen' in [environment.default]; did you mean 'listen'?"});
  check(kUpstream + "durability = 'none'\n",
        {"h.toml:2: unknown key 'durability' in [upstream.main]; it belongs in [environment.<name>]"});
  check(kServer + "colour = 1\n",
        {"h.toml:2: unknown key 'colour' in [server]; the keys there are " + keys_of(Section::kServer)});
  check(kJournal + "\"a\\nb\" = 1\n",
        {"h.toml:2: unknown key 'a?b' in [upstream.main.journal]; the keys there are " +
         keys_of(Section::kJournal)});
}

TEST(Keys, KeyspacesSayWhatIsWrongWithThem) {
  const std::string keyspace = "[[environment.default.keyspace]]\n";
  const std::string title = "[[environment.default.keyspace]]";
  check(keyspace + "name = 'orders'\nkeys = ['order:*']\nttl = 'forbid'\n", {});
  check(keyspace + "keys = ['order:*']\n", {"h.toml:1: " + title + " needs a name; write name = \"orders\""});
  check(keyspace + "name = 'orders'\n",
        {"h.toml:1: " + title + " needs at least one pattern; write keys = [\"order:*\"]"});
  check(keyspace + "name = 'orders'\nkeys = []\n",
        {"h.toml:3: " + title + " needs at least one pattern; write keys = [\"order:*\"]"});
  check(keyspace + "name = 'a'\nkeys = ['*']\nttl = 'forbiden'\n",
        {"h.toml:4: ttl must be \"forbid\", \"require\" or { max = \"1h\" }, not \"forbiden\""});
  check(keyspace + "name = 'a'\nkeys = ['*']\nttl = 5\n",
        {"h.toml:4: ttl must be \"forbid\", \"require\" or { max = \"1h\" }, not a whole number"});
  check(keyspace + "name = 'a'\nkeys = ['*']\nttl = { most = '1h' }\n",
        {"h.toml:4: ttl must be \"forbid\", \"require\" or { max = \"1h\" }, not another table"});
  check(keyspace + "name = 'a'\nkeys = ['*']\nttl = { max = '0s' }\n",
        {"h.toml:4: ttl: max must be more than nothing"});
  check(keyspace + "name = 'a'\nkeys = ['*']\ntype = 'sortedset'\n",
        {"h.toml:4: type must be \"string\", \"list\", \"set\", \"zset\", \"hash\" or \"stream\", not "
         "\"sortedset\""});
  check(keyspace + "name = 'a'\nkeys = ['*']\nlisten = []\n",
        {"h.toml:4: unknown key 'listen' in " + title + "; it belongs in [environment.<name>]"});
  check(keyspace + "name = 'a'\nkeys = ['*']\n" + keyspace + "name = 'a'\nkeys = ['b']\n",
        {"h.toml:4: the name \"a\" of a " + title + " is taken (h.toml:1); give each its own"});
  check("[environment.default.keyspace]\nname = 'a'\n",
        {"h.toml:1: keyspace must be written [[...]], once for each, not a section"});
  check("[environment.default]\ndurability = 'none'\n[upstream.main.journal]\nenabled = false\n" + keyspace +
            "name = 'a'\nkeys = ['*']\ndurability = 'async'\n",
        {"h.toml:5: the keyspace \"a\" of [environment.default] has a durability, but the journal of "
         "[upstream.main] is disabled; remove it or enable the journal"});
}

TEST(Keys, LimitsSayWhatIsWrongWithThem) {
  const std::string limit = "[[environment.default.limit]]\n";
  const std::string title = "[[environment.default.limit]]";
  check(limit + "name = 'a'\nrate = '100/s'\n", {});
  check(limit + "rate = '100/s'\n", {"h.toml:1: " + title + " needs a name; write name = \"writes\""});
  check(limit + "name = 'a'\n",
        {"h.toml:1: " + title + " limits nothing; write rate, max_value or max_arguments"});
  check(limit + "name = 'a'\nmax_arguments = 5\nburst = 2\n",
        {"h.toml:4: burst belongs to a rate, and there is none"});
  check(limit + "name = 'a'\nrate = '1/s'\ncommands = []\n",
        {"h.toml:4: commands names none; leave it out to mean all commands"});
  for (const std::string rate : {"100", "100/d", "/s", "0/s", "-1/s", "1.5/s", "100 /s"})
    check(limit + "name = 'a'\nrate = '" + rate + "'\n",
          {"h.toml:3: rate must be a rate such as \"100/s\", \"600/m\" or \"1000/h\", not \"" + rate + "\""});
}

TEST(Keys, KeyPrefixesMayNotMeanAnythingElse) {
  check(kEnvironment + "key_prefix = 'prod:'\n", {});
  const std::string must =
      "h.toml:2: key_prefix must be 1 to 64 printable characters without spaces, quotes and * ? [ ] ^ \\, "
      "and "
      "not begin with __, not ";
  for (const std::string prefix : {"", "a b", "a*", "[a", "__a"})
    check(kEnvironment + "key_prefix = '" + prefix + "'\n", {must + "\"" + prefix + "\""});
  check(
      "[environment.a]\nlisten = ['127.0.0.1:1']\nkey_prefix = 'p:'\n[environment.b]\n"
      "listen = ['127.0.0.1:2']\nkey_prefix = 'p:x'\n",
      {"h.toml:6: key_prefix \"p:x\" of [environment.b] begins with that of [environment.a] (h.toml:3) on "
       "the "
       "same upstream, so that one would see its keys; give them prefixes of which none begins with "
       "another"});
}

TEST(Keys, DurableReadsNeedAJournal) {
  check(
      "[upstream.main.journal]\nenabled = false\n[environment.default]\ndurability = 'none'\nreads = "
      "'durable'\n",
      {"h.toml:5: [environment.default] has reads = \"durable\" (h.toml:5), but the journal of "
       "[upstream.main] "
       "is disabled; set reads = \"local\" or enable the journal"});
}

TEST(Keys, KeyspacesAreReadInTheirOrder) {
  const Config config = loaded(
      "[[environment.default.keyspace]]\nname = 'orders'\nkeys = ['order:*', 'cart:*']\ndurability = "
      "'async'\n"
      "ttl = { max = '90m' }\nmax_value = '1MiB'\ntype = 'zset'\ncritical = true\non_evictable = 'warn'\n"
      "mode = 'audit'\n[[environment.default.keyspace]]\nname = 'rest'\nkeys = ['*']\n");
  const std::vector<Keyspace>& keyspaces = config.environments.front().keyspaces;
  ASSERT_EQ(keyspaces.size(), 2u);
  const Keyspace& orders = keyspaces[0];
  EXPECT_EQ(orders.name, "orders");
  ASSERT_EQ(orders.keys.size(), 2u);
  EXPECT_EQ(orders.keys[1].value, "cart:*");
  EXPECT_EQ(orders.durability, Durability::kAsync);
  EXPECT_EQ(orders.ttl.kind, TtlRule::Kind::kMax);
  EXPECT_EQ(orders.ttl.max_ms, 90 * 60 * 1000);
  EXPECT_EQ(orders.max_value_bytes, 1u << 20);
  EXPECT_EQ(orders.type, KeyType::kZset);
  EXPECT_TRUE(orders.critical);
  EXPECT_EQ(orders.on_evictable, OnEvictable::kWarn);
  EXPECT_EQ(orders.mode, Mode::kAudit);
  EXPECT_EQ(orders.where.line, 1);
  EXPECT_EQ(keyspaces[1].where.line, 11);
  EXPECT_FALSE(keyspaces[1].durability || keyspaces[1].type || keyspaces[1].max_value_bytes ||
               keyspaces[1].mode || keyspaces[1].critical);
  EXPECT_EQ(keyspaces[1].ttl.kind, TtlRule::Kind::kAny);
}

TEST(Keys, ListenMayBeEmptyOnlyBesideTransparent) {
  check(kEnvironment + "listen = []\n",
        {"h.toml:2: listen must name at least one address, as in [\"127.0.0.1:6380\"]"});
  check(kEnvironment + "listen = []\ntransparent = '127.0.0.1:15001'\n", {});
  check(kEnvironment + "transparent = '127.0.0.1:6379'\n",
        {"h.toml:2: [environment.default] listens on 127.0.0.1:6379 (h.toml:2), which is the address of "
         "[upstream.main] (a default); Holdfast would talk to itself"});
}

TEST(Keys, ATimeOfTheDay) {
  const std::string wrong = "h.toml:2: resync_at must be a time of the day (UTC) such as \"03:30\", not ";
  check(kJournal + "resync_at = '24:00'\n", {wrong + "\"24:00\""});
  check(kJournal + "resync_at = '3:30'\n", {wrong + "\"3:30\""});
  check(kJournal + "resync_at = '12:60'\n", {wrong + "\"12:60\""});
  check(kJournal + "resync_at = 330\n",
        {"h.toml:2: resync_at must be a time of the day such as \"03:30\", not a whole number"});
  EXPECT_EQ(loaded(kJournal + "resync_at = '03:30'\n").upstreams[0].journal.resync_at_minute, 210);
}

TEST(Keys, WrongTypeSaysWhichIsRight) {
  check(kUpstream + "links = '2'\n", {"h.toml:2: links must be a whole number, not a string"});
  check(kUpstream + "links = 2.5\n",
        {"h.toml:2: links must be a whole number, not a number with a fraction"});
  check(kUpstream + "url = 6379\n",
        {"h.toml:2: url must be a string such as \"redis://127.0.0.1:6379\", not a whole number"});
  check(kUpstream + "password_file = []\n", {"h.toml:2: password_file must be a string, not a list"});
  check(kUpstream + "journal = true\n", {"h.toml:2: journal must be a section, not true or false"});
  check(kJournal + "enabled = 'yes'\n", {"h.toml:2: enabled must be true or false, not a string"});
  check(kJournal + "dir = 1979-05-27\n", {"h.toml:2: dir must be a string, not a date or time"});
  check(kJournal + "segment_size = 1\n",
        {"h.toml:2: segment_size must be a size such as \"256MiB\", not a whole number"});
  check(kJournal + "retention = 7\n", {"h.toml:2: retention must be a duration such as \"7d\" or a size such "
                                       "as \"50GiB\", not a whole number"});
  check(kServer + "drain_timeout = 10\n",
        {"h.toml:2: drain_timeout must be a duration such as \"10s\", not a whole number"});
  check(kServer + "admin = 9121\n",
        {"h.toml:2: admin must be an address such as \"127.0.0.1:9121\", not a whole number"});
  check(kEnvironment + "listen = '127.0.0.1:6380'\n",
        {"h.toml:2: listen must be a list of addresses such as [\"127.0.0.1:6380\"], not a string"});
  check(kEnvironment + "listen = ['127.0.0.1:6380',\n  6381]\n",
        {"h.toml:3: listen must hold only strings, not a whole number"});
  check(kEnvironment + "block = 'keys'\n",
        {"h.toml:2: block must be a list of strings such as [\"keys\"], not a string"});
  check(kEnvironment + "allow = ['keys',\n true]\n",
        {"h.toml:3: allow must hold only strings, not true or false"});
  check(kEnvironment + "mode = true\n",
        {"h.toml:2: mode must be \"enforce\" or \"audit\", not true or false"});
  check("[environment.default.mode]\n", {"h.toml:1: mode must be \"enforce\" or \"audit\", not a section"});
}

TEST(Keys, UnknownWordListsTheAcceptedOnes) {
  check(kEnvironment + "mode = 'enforced'\n",
        {"h.toml:2: mode must be \"enforce\" or \"audit\", not \"enforced\"; did you mean \"enforce\"?"});
  check(kServer + "log_level = 'loud'\n",
        {"h.toml:2: log_level must be \"trace\", \"debug\", \"info\", \"warn\" or \"error\", not \"loud\""});
  check(kJournal + "on_history_break = 'panic'\n",
        {"h.toml:2: on_history_break must be \"recover-empty\", \"recover\", \"hold\" or \"accept\", not "
         "\"panic\""});
  check(kEnvironment + "auth = 'password'\n",
        {"h.toml:2: auth must be \"none\", \"users\" or \"passthrough\", not \"password\""});
}

TEST(Keys, UsersSayWhatIsWrongWithThem) {
  const std::string users = kEnvironment + "auth = 'users'\n";
  const std::string one = users + "[environment.default.user.app]\n";
  const std::string hash(64, 'a');
  check(one + "acl = '+@all ~*'\npassword_sha256 = ['" + hash + "']\n", {});
  check(users, {"h.toml:2: [environment.default] has auth = \"users\", but no users; write "
                "[environment.default.user.<name>]"});
  check(
      kEnvironment + "[environment.default.user.app]\nacl = '+@all'\n",
      {"h.toml:2: [environment.default] has users, but nobody asks who a client is; write auth = \"users\""});
  check(one + "password_sha256 = ['" + hash + "', 'secret']\n",
        {"h.toml:4: password_sha256 in [environment.default.user.app] must be 64 lower-case hexadecimal "
         "digits; make them with: printf '%s' '<password>' | sha256sum"});
  check(one + "acls = '+@all'\n",
        {"h.toml:4: unknown key 'acls' in [environment.default.user.app]; did you mean 'acl'?"});
  check(one + "tls_name = 'app'\n", {"h.toml:4: tls_name of user \"app\" in [environment.default] needs "
                                     "client_ca in tls: without it nobody "
                                     "shows a certificate"});
  check(users + "[environment.default.user.'a b']\nacl = '+@all'\n",
        {"h.toml:3: the name 'a b' of a user must be 1 to 128 printable characters without spaces"});
  check(users + "user.app = 'x'\n",
        {"h.toml:2: [environment.default] has auth = \"users\", but no users; write "
         "[environment.default.user.<name>]",
         "h.toml:3: 'app' stands in [environment.default.user], which needs a name; "
         "write [environment.default.user.checkout] above it"});
}

TEST(Keys, ScriptsRunWithTheRightsOfTheirUserOrNot) {
  check(kEnvironment + "scripts = { mode = 'unchecked' }\n", {});
  check(kEnvironment + "scripts = { mode = 'check' }\n",
        {"h.toml:2: mode must be \"checked\", \"unchecked\" or \"allowlist\", not \"check\"; did you mean "
         "\"checked\"?"});
}

TEST(Keys, AUserWithoutAPasswordIsAnOpenDoorToo) {
  const std::string open = "[environment.a]\nlisten = ['0.0.0.0:1']\nauth = 'users'\n[environment.a.user.";
  check(open + "app]\nacl = '+@all ~*'\n", {});
  check(open + "default]\nacl = 'nopass +get ~*'\n", {"h.toml:2: [environment.a] listens on 0.0.0.0:1 with a "
                                                      "default user that needs no password, so everybody "
                                                      "who reaches it gets in; listen on a loopback address, "
                                                      "ask for certificates with client_ca in tls, or set "
                                                      "allow_unauthenticated = true"});
}

TEST(Keys, OutOfRangeSaysTheRange) {
  check(kServer + "workers = -1\n", {"h.toml:2: workers must be from 0 to 1024, not -1"});
  check(kServer + "workers = 1025\n", {"h.toml:2: workers must be from 0 to 1024, not 1025"});
  check(kUpstream + "links = 0\n", {"h.toml:2: links must be from 1 to 64, not 0"});
  check(kUpstream + "links = 99999999999999999999999\n",
        {"h.toml:2: links must be from 1 to 64, not 9223372036854775807"});
  check(kEnvironment + "max_clients = 1000001\n",
        {"h.toml:2: max_clients must be from 1 to 1000000, not 1000001"});
  check(kEnvironment + "ack_timeout = '0s'\n", {"h.toml:2: ack_timeout must be from 1ms to 1d, not 0ms"});
  check(kUpstream + "connect_timeout = '2d'\n", {"h.toml:2: connect_timeout must be from 1ms to 1d, not 2d"});
  check(kJournal + "segment_size = '512KiB'\n",
        {"h.toml:2: segment_size must be from 1MiB to 16GiB, not 512KiB"});
  check(kJournal + "segment_size = '17GiB'\n",
        {"h.toml:2: segment_size must be from 1MiB to 16GiB, not 17GiB"});
}

TEST(Keys, WrongTextSaysHowItIsWritten) {
  check(kServer + "drain_timeout = '10'\n", {"h.toml:2: drain_timeout: \"10\" has no unit; write a whole "
                                             "number and ms, s, m, h or d, as in \"10s\""});
  check(kJournal + "segment_size = '256M'\n", {"h.toml:2: segment_size: \"256M\" has an unknown unit; write "
                                               "a whole number and B, KB, MB, GB, TB, KiB, "
                                               "MiB, GiB or TiB, as in \"256MiB\""});
  const std::string retention =
      "h.toml:2: retention must be a duration such as \"7d\" or a size such as \"50GiB\", and more than "
      "nothing, "
      "not ";
  check(kJournal + "retention = 'forever'\n", {retention + "\"forever\""});
  check(kJournal + "retention = '0d'\n", {retention + "\"0d\""});
  check(kJournal + "retention = '0GiB'\n", {retention + "\"0GiB\""});
  check(kJournal + "name = 'a b'\n", {"h.toml:2: name must be 1 to 64 letters, digits, '.', '_' or '-'"});
  check(kJournal + "dir = ''\n", {"h.toml:2: dir must not be empty"});
  check(kJournal + "serve = 'somewhere'\n",
        {"h.toml:2: serve: 'somewhere' is not an address; write host:port or unix:/path"});
  check(kServer + "admin = 'unix:/run/h.sock'\n",
        {"h.toml:2: admin must be host:port, not \"unix:/run/h.sock\""});
  check(kEnvironment + "listen = []\n",
        {"h.toml:2: listen must name at least one address, as in [\"127.0.0.1:6380\"]"});
  check(kEnvironment + "listen = ['127.0.0.1:x']\n",
        {"h.toml:2: listen: '127.0.0.1:x': the port must be a number from 0 to 65535"});
  check(kUpstream + "url = 'cache:6379'\n",
        {"h.toml:2: url: must begin with redis://, rediss:// or unix://, as in \"redis://127.0.0.1:6379\""});
}

TEST(Keys, EveryValueArrivesInItsPlace) {
  const Config config = loaded(R"([server]
workers = 4
admin = "127.0.0.1:0"
drain_timeout = "1m"
log_level = "error"
log_format = "json"
slow_log_threshold = "25ms"
[upstream.main]
url = "redis://app:secret@[::1]:7000/"
links = 3
connect_timeout = "250ms"
[upstream.main.journal]
enabled = true
dir = "/var/lib/holdfast"
name = "journal-1"
segment_size = "1MiB"
redo_log = false
retention = "50GiB"
on_failure = "allow"
on_history_break = "accept"
serve = "127.0.0.1:7001"
[environment.default]
upstream = "main"
listen = ["127.0.0.1:0",
          "0.0.0.0:7002"]
mode = "audit"
auth = "none"
allow_unauthenticated = true
durability = "async"
reads = "local"
ack_timeout = "3s"
unknown_commands = "allow"
max_clients = 7
output_buffer_limit = "64MiB"
block = ["KEYS", "Config|Set"]
allow = ["@Builtin"]
)");
  EXPECT_EQ(config.file, "h.toml");
  EXPECT_EQ(config.server.workers, 4);
  EXPECT_EQ(config.server.admin.where.to_string(), "h.toml:3");
  EXPECT_EQ(config.server.drain_timeout_ms, 60'000);
  EXPECT_EQ(config.server.log_level, log::Level::kError);
  EXPECT_EQ(config.server.log_format, log::Format::kJson);
  EXPECT_EQ(config.server.slow_log_threshold_ms, 25);
  const Upstream& upstream = config.upstreams.at(0);
  EXPECT_EQ(upstream.endpoint.value.to_string(), "[::1]:7000");
  EXPECT_EQ(upstream.endpoint.where.to_string(), "h.toml:9");
  EXPECT_EQ(upstream.user, "app");
  EXPECT_EQ(upstream.password, "secret");
  EXPECT_EQ(upstream.links, 3);
  EXPECT_EQ(upstream.connect_timeout_ms, 250);
  EXPECT_EQ(upstream.journal.dir.value, "/var/lib/holdfast");
  EXPECT_EQ(upstream.journal.name, "journal-1");
  EXPECT_EQ(upstream.journal.segment_size_bytes, 1u << 20);
  EXPECT_FALSE(upstream.journal.redo_log);
  EXPECT_EQ(upstream.journal.retention.size_bytes, uint64_t{50} << 30);
  EXPECT_EQ(upstream.journal.retention.age_ms, std::nullopt);
  EXPECT_EQ(upstream.journal.on_failure, OnFailure::kAllow);
  EXPECT_EQ(upstream.journal.on_history_break, OnHistoryBreak::kAccept);
  EXPECT_EQ(upstream.journal.where.to_string(), "h.toml:12");
  const Environment& environment = config.environments.at(0);
  EXPECT_EQ(environment.where.to_string(), "h.toml:22");
  ASSERT_EQ(environment.listen.size(), 2u);
  EXPECT_EQ(environment.listen[1].value.to_string(), "0.0.0.0:7002");
  EXPECT_EQ(environment.listen[1].where.to_string(), "h.toml:25");
  EXPECT_EQ(environment.mode, Mode::kAudit);
  EXPECT_TRUE(environment.allow_unauthenticated);
  EXPECT_EQ(environment.durability.value, Durability::kAsync);
  EXPECT_EQ(environment.ack_timeout_ms, 3'000);
  EXPECT_EQ(environment.unknown_commands, UnknownCommands::kAllow);
  EXPECT_EQ(environment.max_clients, 7);
  EXPECT_EQ(environment.output_buffer_limit_bytes, uint64_t{64} << 20);
  ASSERT_EQ(environment.block.size(), 2u);
  EXPECT_EQ(environment.block[0].value, "keys");
  EXPECT_EQ(environment.block[1].value, "config|set");
  EXPECT_EQ(environment.block[1].where.to_string(), "h.toml:35");
  EXPECT_EQ(environment.allow.at(0).value, "@builtin");
}

TEST(Keys, EveryWordMeansItsEnumerator) {
  const auto level = [](const std::string& word) {
    return loaded(kServer + "log_level = '" + word + "'\n").server.log_level;
  };
  EXPECT_EQ(level("trace"), log::Level::kTrace);
  EXPECT_EQ(level("debug"), log::Level::kDebug);
  EXPECT_EQ(level("info"), log::Level::kInfo);
  EXPECT_EQ(level("warn"), log::Level::kWarn);
  const auto on_break = [](const std::string& word) {
    return loaded(kJournal + "on_history_break = '" + word + "'\n").upstreams.at(0).journal.on_history_break;
  };
  EXPECT_EQ(on_break("recover-empty"), OnHistoryBreak::kRecoverEmpty);
  EXPECT_EQ(on_break("recover"), OnHistoryBreak::kRecover);
  EXPECT_EQ(on_break("hold"), OnHistoryBreak::kHold);
  const auto durability = [](const std::string& word) {
    return loaded(kEnvironment + "durability = '" + word + "'\n").environments.at(0).durability.value;
  };
  EXPECT_EQ(durability("none"), Durability::kNone);
  EXPECT_EQ(durability("sync"), Durability::kSync);
}

TEST(Keys, ZeroWorkersAreOnePerCore) {
  EXPECT_GE(loaded(kServer + "workers = 0\n").server.workers, 1);
}

TEST(Keys, AllProblemsAreReportedInTheOrderOfTheFile) {
  check(
      "[environment.default]\nmode = 'x'\nlisten = ['0.0.0.0:1']\n[server]\nworkers = 'a'\nwhat = 1\n"
      "[upstream.main]\nlinks = 100\n",
      {"h.toml:2: mode must be \"enforce\" or \"audit\", not \"x\"",
       "h.toml:3: [environment.default] listens on 0.0.0.0:1 with auth = \"none\", so everybody who reaches "
       "it has "
       "full access; listen on a loopback address, ask for certificates with client_ca in tls, or set "
       "allow_unauthenticated = true",
       "h.toml:5: workers must be a whole number, not a string",
       "h.toml:6: unknown key 'what' in [server]; the keys there are " + keys_of(Section::kServer),
       "h.toml:8: links must be from 1 to 64, not 100"});
}

}  // namespace
}  // namespace holdfast::config
