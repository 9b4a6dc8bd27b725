// The dashboard in a real browser, in front of a running Holdfast.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/stack.h"
#include "tests/monitoring/browser.h"
#include "tests/support/child_process.h"
#include "tests/support/wait_until.h"

namespace holdfast::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Until = HoldfastProcess::Until;

// ./dev test installs it.
class Dashboard : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed("chromium")) GTEST_SKIP() << "chromium is not installed";
  }
};

std::string origin(const Holdfast& holdfast) {
  return "http://127.0.0.1:" + std::to_string(holdfast.admin_port());
}

// The text of one card of the page.
std::string card(const std::string& key) {
  return "document.querySelector('[data-key=\"" + key + "\"]')?.innerText";
}

// A figure by its name: "requests/s".
std::string figure(const std::string& key, const std::string& name) {
  return "[...document.querySelectorAll('[data-key=\"" + key + "\"] dt')].find(e => e.textContent === '" +
         name + "')?.nextSibling.textContent";
}

constexpr const char* kReady = "document.getElementById('state').textContent === 'ready'";

TEST_F(Dashboard, ShowsLiveFiguresAndAsksNobodyElse) {
  Stack stack;
  Browser browser;
  browser.open(origin(stack.holdfast) + "/");
  ASSERT_TRUE(browser.wait_for(kReady));
  RedisClient client(stack.holdfast.port());
  // Live: the figure of the last second follows what is done now.
  ASSERT_TRUE(wait_until([&] {
    for (int i = 0; i < 100; ++i) client.append({"INCR", "n"});
    for (int i = 0; i < 100; ++i) client.next_reply();
    return browser.evaluate("parseFloat(" + figure("e:default", "requests/s") + ") > 0") == "true";
  }));
  EXPECT_EQ(browser.evaluate(figure("e:default", "clients")), "1");
  EXPECT_EQ(browser.evaluate(figure("u:main", "Redis")), "up");
  EXPECT_EQ(browser.evaluate(figure("u:main", "journal")), "accepting");
  ASSERT_TRUE(browser.wait_for(card("commands") + ".includes('incr')"));
  // The posture of this Redis, with what to do.
  ASSERT_TRUE(browser.wait_for(card("p:main") + ".includes('dangerous-commands')"));
  EXPECT_THAT(browser.requests(),
              Each(::testing::AnyOf(StartsWith(origin(stack.holdfast) + "/"), StartsWith("data:"))));
  EXPECT_THAT(browser.complaints(), IsEmpty());
}

TEST_F(Dashboard, ShowsRefusalsAsTheyHappenWithTheirRule) {
  Stack stack({.environment = "[[environment.default.keyspace]]\nname = \"orders\"\nkeys = [\"order:*\"]\n"
                              "ttl = \"forbid\"\n"});
  Browser browser;
  browser.open(origin(stack.holdfast) + "/");
  ASSERT_TRUE(browser.wait_for(card("refusals") + ".includes('Nothing was refused')"));
  RedisClient client(stack.holdfast.port());
  client.command({"FLUSHALL"});
  ASSERT_TRUE(browser.wait_for(card("refusals") + ".includes('FLUSHALL')"));
  // The newest first, with the rule and without a value.
  client.command({"SET", "order:17", "a-secret-value", "EX", "60"});
  ASSERT_TRUE(browser.wait_for(
      "document.querySelector('[data-key=refusals] tbody tr').innerText.includes('orders')"));
  EXPECT_EQ(browser.evaluate("document.querySelector('[data-key=refusals] tbody tr').className"), "new");
  EXPECT_THAT(browser.evaluate("document.body.innerText"), Not(HasSubstr("a-secret-value")));
  EXPECT_THAT(browser.complaints(), IsEmpty());
}

TEST_F(Dashboard, SaysWhatKeepsHoldfastFromItsWorkAsItHappens) {
  RedisServer redis;
  Holdfast holdfast(redis);
  Browser browser;
  browser.open(origin(holdfast) + "/");
  ASSERT_TRUE(browser.wait_for(kReady));
  redis.kill();
  ASSERT_TRUE(browser.wait_for("document.getElementById('state').textContent === 'not ready'"));
  ASSERT_TRUE(browser.wait_for("document.getElementById('problems').innerText.includes('is not connected')"));
  EXPECT_EQ(browser.evaluate(figure("u:main", "Redis")), "down");
  redis.start();
  ASSERT_TRUE(browser.wait_for(kReady));
  EXPECT_EQ(browser.evaluate("document.querySelectorAll('#problems li').length"), "0");
  // Its own end as well: nobody must take old figures for new ones.
  holdfast.kill();
  ASSERT_TRUE(browser.wait_for("document.getElementById('state').textContent.includes('not connected')"));
}

TEST_F(Dashboard, AsksForTheTokenAndShowsNothingBefore) {
  const TempDir dir;
  write_file(dir.file("token"), "a-token-of-this-test\n");
  const RedisServer redis;
  Holdfast holdfast(redis, {.server = "admin_token_file = \"" + dir.file("token") + "\"\n"});
  Browser browser;
  browser.open(origin(holdfast) + "/");
  ASSERT_TRUE(browser.wait_for("document.activeElement === document.getElementById('token')"));
  EXPECT_EQ(browser.evaluate("document.querySelectorAll('main section').length"), "0");
  browser.type("wrong");
  browser.press("Enter");
  ASSERT_TRUE(browser.wait_for("document.getElementById('state').textContent.includes('token')"));
  ASSERT_TRUE(browser.wait_for("document.activeElement === document.getElementById('token')"));
  browser.evaluate("document.getElementById('token').select()");
  browser.type("a-token-of-this-test");
  browser.press("Enter");
  ASSERT_TRUE(browser.wait_for(kReady));
  EXPECT_EQ(browser.evaluate("document.getElementById('login').offsetHeight"), "0");
  EXPECT_EQ(browser.evaluate("location.href.includes('token')"), "false");
}

// How many elements with a text of their own have less contrast with what is behind them than WCAG 2.1 asks
// for (AA, 1.4.3: 4.5 to 1).
constexpr const char* kPale = R"js((() => {
  const rgb = color => color.match(/[\d.]+/g).map(Number);
  const linear = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const color = rgb(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const has_text = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const pale = [];
  for (const e of document.querySelectorAll('body *')) {
    if (!e.offsetHeight || !has_text(e)) continue;
    const pair = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 4.5) pale.push(e.textContent);
  }
  return pale.join('; ');
})())js";

class DashboardWindow : public Dashboard, public ::testing::WithParamInterface<BrowserWindow> {};

TEST_P(DashboardWindow, IsReadableThere) {
  RedisServer redis;
  Holdfast holdfast(redis);
  RedisClient client(holdfast.port());
  for (int i = 0; i < 50; ++i)
    client.command({"SET", "a:rather:long:name:of:a:key:without:any:space:in:it:" + std::to_string(i), "v"});
  client.command({"FLUSHALL"});
  Browser browser(GetParam());
  browser.open(origin(holdfast) + "/");
  ASSERT_TRUE(browser.wait_for(kReady));
  ASSERT_TRUE(browser.wait_for(card("p:main") + ".includes('aof')"));
  redis.kill();  // with its long sentence
  ASSERT_TRUE(browser.wait_for("document.querySelectorAll('#problems li').length > 0"));
  EXPECT_EQ(browser.evaluate("document.documentElement.scrollWidth - innerWidth"), "0") << "scrolls sideways";
  EXPECT_EQ(browser.evaluate(kPale), "");
  // Nothing of the text is smaller than 12 pixels.
  EXPECT_EQ(browser.evaluate(
                "[...document.querySelectorAll('body *')].filter(e => e.offsetHeight && e.innerText && "
                "parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.outerHTML).join()"),
            "");
  const bool is_light =
      browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(245, 246, 248)";
  EXPECT_EQ(is_light, !GetParam().is_dark);
  EXPECT_THAT(browser.complaints(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Windows, DashboardWindow,
                         ::testing::Values(BrowserWindow{1280, 900, false, false},
                                           BrowserWindow{1280, 900, false, true},
                                           BrowserWindow{390, 844, true, false},
                                           BrowserWindow{320, 640, true, true}),
                         [](const auto& one) {
                           return std::string(one.param.is_phone ? "Phone" : "Desk") +
                                  std::to_string(one.param.width) + (one.param.is_dark ? "Dark" : "Light");
                         });

TEST_F(Dashboard, CanBeUsedByKeyboard) {
  Stack stack;
  Browser browser;
  browser.open(origin(stack.holdfast) + "/");
  ASSERT_TRUE(browser.wait_for(kReady));
  ASSERT_TRUE(browser.wait_for(card("p:main") + ".includes('aof')"));
  browser.press("Tab");
  EXPECT_EQ(browser.evaluate("document.activeElement.className"), "skip");
  EXPECT_EQ(browser.evaluate("document.activeElement.getBoundingClientRect().left >= 0"), "true");
  browser.press("Tab");
  EXPECT_EQ(browser.evaluate("document.activeElement.id"), "pause");
  EXPECT_THAT(browser.evaluate("getComputedStyle(document.activeElement).outlineStyle"), Not("none"));
  browser.press("Enter");
  EXPECT_EQ(browser.evaluate("document.activeElement.getAttribute('aria-pressed')"), "true");
  browser.press(" ");
  EXPECT_EQ(browser.evaluate("document.activeElement.getAttribute('aria-pressed')"), "false");
  // Every table that can scroll can be reached, has a name, and keeps the focus while its figures change.
  browser.press("Tab");
  const std::string name = browser.evaluate("document.activeElement.getAttribute('aria-label')");
  EXPECT_THAT(name, HasSubstr("Posture"));
  RedisClient client(stack.holdfast.port());
  const std::string before = browser.evaluate(figure("u:main", "durable offset"));
  client.command({"SET", "key", "value"});
  ASSERT_TRUE(browser.wait_for(figure("u:main", "durable offset") + " !== '" + before + "'"));
  EXPECT_EQ(browser.evaluate("document.activeElement.getAttribute('aria-label')"), name);
  EXPECT_EQ(browser.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0 && "
                             "e.getAttribute('aria-label'))"),
            "true");
}

}  // namespace
}  // namespace holdfast::testing
