// Takes the pictures of the dashboard that the documentation shows: a real redis-server, a real Holdfast in
// front of it, a shop's worth of load for a minute and a half, and a few things that the policy refuses.
//
//   write_dashboard_screenshot <holdfast> <directory>    writes dashboard.png and dashboard-phone.png
#include <atomic>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "tests/monitoring/browser.h"
#include "tests/support/holdfast_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"

namespace {

using holdfast::testing::Browser;
using holdfast::testing::RedisClient;

constexpr auto kLoadFor = std::chrono::seconds(95);
constexpr auto kPause = std::chrono::milliseconds(10);

// One application: mostly reads, of some keys more than of others.
class Shop {
 public:
  explicit Shop(int port, unsigned seed) : client_(port), random_(seed) {}

  void serve(int requests) {
    for (int i = 0; i < requests; ++i) client_.append(next());
    for (int i = 0; i < requests; ++i) client_.next_reply();
  }

 private:
  std::string some(int of) {
    return std::to_string(std::geometric_distribution<int>(8.0 / of)(random_) % of);
  }

  std::vector<std::string> next() {
    switch (random_() % 16) {
      case 0:
        return {"HSET", "order:" + some(2000), "state", "paid", "total", "129.90"};
      case 1:
        return {"SET", "session:" + some(4000), "customer 17", "EX", "1800"};
      case 2:
        return {"ZINCRBY", "ranking:week", "1", "sku:" + some(200)};
      case 3:
        return {"LPUSH", "queue:mail", "confirm order"};
      case 4:
        return {"RPOP", "queue:mail"};
      case 5:
      case 6:
        return {"HGETALL", "order:" + some(2000)};
      default:
        return {"GET", random_() % 3 == 0 ? "stock:sku:" + some(200) : "session:" + some(4000)};
    }
  }

  RedisClient client_;
  std::mt19937 random_;
};

void refuse_something(RedisClient& client, int round) {
  const std::vector<std::vector<std::string>> refused = {{"KEYS", "*"},
                                                         {"FLUSHALL"},
                                                         {"SET", "order:17", "text"},
                                                         {"EXPIRE", "order:17", "60"},
                                                         {"CONFIG", "SET", "appendonly", "no"},
                                                         {"DEBUG", "SLEEP", "1"}};
  client.command(refused[static_cast<size_t>(round) % refused.size()]);
}

bool write_picture(const std::string& path, const std::string& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  return std::fclose(file) == 0 && written;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace holdfast::testing;
  if (argc != 3) {
    std::fprintf(stderr, "usage: write_dashboard_screenshot <holdfast> <directory>\n");
    return 2;
  }
  const RedisServer redis({"--maxmemory", "512mb"});
  HoldfastConfig config;
  config.upstream_url = "redis://127.0.0.1:" + std::to_string(redis.port());
  config.upstream = "posture = { require = [\"noeviction\"] }\n";
  config.environment =
      "[[environment.default.keyspace]]\nname = \"orders\"\nkeys = [\"order:*\"]\ntype = \"hash\"\nttl = "
      "\"forbid\"\n"
      "[[environment.default.keyspace]]\nname = \"sessions\"\nkeys = [\"session:*\"]\ndurability = "
      "\"none\"\n";
  HoldfastProcess holdfast(argv[1], config);

  std::atomic<bool> over{false};
  std::vector<std::thread> applications;
  for (unsigned i = 0; i < 4; ++i)
    applications.emplace_back([&, i] {
      Shop shop(holdfast.port(), i);
      for (unsigned turn = 0; !over; ++turn) {
        shop.serve(8 + static_cast<int>((turn / 700 + i) % 5));
        std::this_thread::sleep_for(kPause);
      }
    });
  const std::string address = "http://127.0.0.1:" + std::to_string(holdfast.admin_port()) + "/";
  Browser desk({1280, 900, false, false}), phone({390, 844, true, true});
  desk.open(address);
  phone.open(address);
  RedisClient refused(holdfast.port());
  const auto end = std::chrono::steady_clock::now() + kLoadFor;
  for (int round = 0; std::chrono::steady_clock::now() < end; ++round) {
    refuse_something(refused, round);
    if (round % 4 == 0) refused.command({"SORT", "ranking:week", "BY", "nosort*", "LIMIT", "0", "10"});
    std::this_thread::sleep_for(std::chrono::seconds(7));
    // What the pages have received is taken off their pipes.
    (void)desk.evaluate("1");
    (void)phone.evaluate("1");
  }
  const std::string directory = argv[2];
  const bool written = write_picture(directory + "/dashboard.png", desk.screenshot()) &&
                       write_picture(directory + "/dashboard-phone.png", phone.screenshot());
  over = true;
  for (std::thread& application : applications) application.join();
  if (!written) std::perror("write_dashboard_screenshot");
  return written ? 0 : 1;
}
