#include "metrics/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/metrics/fixture.h"

namespace holdfast::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReadinessTest : public ::testing::Test {
 protected:
  std::vector<std::string> problems() { return readiness_problems(numbers.sources()); }

  TwoWorkers numbers;
};

TEST_F(ReadinessTest, AnUpstreamWithoutLinksIsNotConnected) {
  numbers.config.upstreams[0].journal.enabled = false;
  EXPECT_THAT(problems(),
              ElementsAre("upstream 'main' (127.0.0.1:6379) is not connected; check that Redis runs there"));
}

TEST_F(ReadinessTest, AnUpstreamThatCannotBeUsedSaysWhy) {
  numbers.config.upstreams[0].journal.enabled = false;
  UpstreamTrouble& trouble = numbers.second.upstreams[0].trouble;
  trouble.set(UpstreamTrouble::Kind::kRefused, "the upstream refuses the login");
  EXPECT_THAT(problems(), ElementsAre("upstream 'main' (127.0.0.1:6379) does not let Holdfast in: the "
                                      "upstream refuses the login"));
  trouble.set(UpstreamTrouble::Kind::kLostWrites, "");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("came back with another history than the journal's")));
  trouble.set(UpstreamTrouble::Kind::kNotConnected, "connection refused");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("is not connected; check that Redis runs there")));
}

TEST_F(ReadinessTest, AConnectedUpstreamThatDoesNotAnswerIsAProblem) {
  numbers.config.upstreams[0].journal.enabled = false;
  numbers.connect_upstream();
  numbers.second.upstreams[0].links_silent.set(1);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("is connected but has not answered for longer than "
                                                "connect_timeout")));
  numbers.second.upstreams[0].links_silent.set(0);
  numbers.first.upstreams[0].trouble.set(UpstreamTrouble::Kind::kBusy, "BUSY Redis is busy");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("answers PING with 'BUSY Redis is busy'")));
}

TEST_F(ReadinessTest, AnUpstreamWithSomeLinksSaysHowMany) {
  numbers.config.upstreams[0].journal.enabled = false;
  numbers.connect_upstream();
  numbers.second.upstreams[0].links_up.set(0);
  EXPECT_THAT(problems(),
              ElementsAre("upstream 'main' (127.0.0.1:6379) has 1 of 2 connections; check its log "
                          "and its maxclients if this lasts"));
}

TEST_F(ReadinessTest, NothingToSayWhenAllLinksAreUpAndThereIsNoJournal) {
  numbers.config.upstreams[0].journal.enabled = false;
  numbers.connect_upstream();
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ReadinessTest, AJournalThatIsNotReadySaysWhy) {
  numbers.connect_upstream();
  ASSERT_FALSE(numbers.journal.state().ready) << "it was never started";
  ASSERT_THAT(problems(), SizeIs(1));
  EXPECT_NE(problems()[0], "");
}

TEST(OneALine, KeepsEachProblemOnItsLine) {
  EXPECT_EQ(one_a_line({"first", "second\r\nin two\nlines"}), "first\nsecond  in two lines\n");
  EXPECT_EQ(one_a_line({}), "");
}

}  // namespace
}  // namespace holdfast::metrics
