// What the pages and the deployment files say must be so: links lead somewhere, ports and paths are the
// defaults of the configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/load.h"
#include "tests/house/source_tree.h"
#include "tests/support/temp_dir.h"

namespace holdfast::house {
namespace {

using ::testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::string text;
  for (const std::string& line : read_source(path).lines) text += line + "\n";
  return text;
}

// Targets of [text](target) that are files: no scheme, the part before '#'.
std::vector<std::string> file_links(const std::string& line) {
  std::vector<std::string> links;
  for (size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at + 2)) {
    const size_t end = line.find(')', at);
    if (end == std::string::npos) break;
    std::string target = line.substr(at + 2, end - at - 2);
    target = target.substr(0, target.find('#'));
    if (!target.empty() && target.find("://") == std::string::npos) links.push_back(target);
  }
  return links;
}

TEST(Docs, LinksLeadToFiles) {
  for (const std::string& path : files_ending_in(".md")) {
    const size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    const SourceFile page = read_source(path);
    for (size_t i = 0; i < page.lines.size(); ++i) {
      for (const std::string& target : file_links(page.lines[i])) {
        EXPECT_TRUE(exists(directory + target)) << page.at(i + 1) << ": there is no " << target;
      }
    }
  }
}

TEST(Docs, ReadmeHasTheTwoCommands) {
  const std::string readme = text_of("README.md");
  EXPECT_THAT(readme, HasSubstr("./dev run"));
  EXPECT_THAT(readme, HasSubstr("./dev test"));
}

class Deploy : public ::testing::Test {
 protected:
  const config::Config defaults = config::defaults();
  const config::Upstream& upstream = defaults.upstreams.at(0);
  const std::string client_port = port(defaults.environments.at(0).listen.at(0).value);
  const std::string admin_port = port(defaults.server.admin.value);
  const std::string redis_port = port(upstream.endpoint.value);
  const std::string journal_dir = upstream.journal.dir.value;

 private:
  static std::string port(const Endpoint& endpoint) { return std::to_string(endpoint.port); }
};

TEST_F(Deploy, ContainerMatchesTheDefaults) {
  const std::string file = text_of("deploy/container/Containerfile");
  EXPECT_THAT(file, HasSubstr("EXPOSE " + client_port + " " + admin_port));
  EXPECT_THAT(file, HasSubstr("WORKDIR /var/lib/holdfast"));
  EXPECT_THAT(file, HasSubstr("/var/lib/holdfast/" + journal_dir));
  EXPECT_THAT(file, HasSubstr("CMD [\"run\"]"));
}

TEST_F(Deploy, SidecarMatchesTheDefaults) {
  const std::string file = text_of("deploy/kubernetes/sidecar.yaml");
  EXPECT_THAT(file, HasSubstr("containerPort: " + admin_port));
  EXPECT_THAT(file, HasSubstr("redis://127.0.0.1:" + client_port));
  EXPECT_THAT(file, HasSubstr("\"--port\", \"" + redis_port + "\""));
  EXPECT_THAT(file, HasSubstr("mountPath: /var/lib/holdfast/" + journal_dir));
  EXPECT_THAT(file, HasSubstr("path: /healthz"));
  EXPECT_THAT(file, HasSubstr("path: /readyz"));
}

TEST_F(Deploy, SystemdUnitMatchesTheDefaults) {
  const std::string file = text_of("deploy/systemd/holdfast.service");
  EXPECT_THAT(file, HasSubstr("ExecStart=/usr/local/bin/holdfast run --config /etc/holdfast/holdfast.toml"));
  EXPECT_THAT(file, HasSubstr("WorkingDirectory=%S/holdfast"));
  EXPECT_THAT(file, HasSubstr("StateDirectory=holdfast holdfast/" + journal_dir));
}

// The configuration inside the manifest is one that this version accepts.
TEST_F(Deploy, SidecarConfigurationIsValid) {
  std::string toml;
  bool inside = false;
  for (const std::string& line : read_source("deploy/kubernetes/sidecar.yaml").lines) {
    if (line == "  holdfast.toml: |") {
      inside = true;
    } else if (inside && !line.empty() && !line.starts_with("    ")) {
      break;
    } else if (inside) {
      toml += line + "\n";
    }
  }
  ASSERT_FALSE(toml.empty());
  // The secret of the manifest is a file of the pod.
  const std::string secret = "/run/secrets/holdfast/token";
  const ::holdfast::testing::TempDir dir;
  ::holdfast::testing::write_file(dir.file("token"), "0123456789abcdef0123456789abcdef\n");
  const size_t at = toml.find(secret);
  ASSERT_NE(at, std::string::npos);
  toml.replace(at, secret.size(), dir.file("token"));
  const config::LoadResult loaded = config::load_text(toml, "sidecar.yaml");
  EXPECT_THAT(loaded.problems.lines(), ::testing::IsEmpty());
}

TEST_F(Deploy, ShippedConfigurationSaysTheDefaults) {
  const config::LoadResult loaded = config::load_file(HOLDFAST_SOURCE_DIR "/config/holdfast.toml");
  EXPECT_THAT(loaded.problems.lines(), ::testing::IsEmpty());
  ASSERT_TRUE(loaded.config.has_value());
  const config::Config& shipped = *loaded.config;
  EXPECT_EQ(shipped.server.admin.value, defaults.server.admin.value);
  EXPECT_EQ(shipped.upstreams.at(0).endpoint.value, upstream.endpoint.value);
  EXPECT_EQ(shipped.upstreams.at(0).journal.dir.value, journal_dir);
  EXPECT_EQ(shipped.environments.at(0).listen.at(0).value, defaults.environments.at(0).listen.at(0).value);
}

}  // namespace
}  // namespace holdfast::house
