// Which logs and lives the names of a configuration meant, or that nobody can tell.
#include "proof/restore.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::StreamIncarnation;

constexpr std::string_view configuration = R"(
[[bucket]]
name = "landing"
[[stream]]
name = "beats"
shards = 2
[[stream]]
name = "steps"
[[delivery_stream]]
name = "beats_raw"
source = "beats"
bucket = "landing"
[[delivery_stream]]
name = "direct"
bucket = "landing"
)";

const stream::StreamIncarnation old_log{1'000'000, 0xa};
const stream::StreamIncarnation new_log{2'000'300, 0xb};
const stream::StreamIncarnation other_log{2'000'900, 0xc};
const stream::StreamIncarnation direct_log{2'100'000, 0xd};

FoundObject object(const std::string& delivery,
                   std::uint64_t life,
                   std::uint64_t stream,
                   std::uint64_t last,
                   std::uint32_t shard = 0) {
  FoundObject found;
  found.bucket = "landing";
  found.key = delivery + std::to_string(last);
  found.proof =
      ObjectProof{delivery,
                  life,
                  PlanNumber(1),
                  {{ShardKey{StreamIncarnation(stream), shard}, Ordinal(1), Ordinal(last), last}},
                  ""};
  return found;
}

class Restore : public testing::Test {
 protected:
  Restore() : config_(*server::parse_config(configuration, "c.toml")) {
    facts_.objects = {object("beats_raw", 0x1, 0xb, 40),
                      object("beats_raw", 0x1, 0xb, 7, 1),
                      object("direct", 0x2, 0xd, 9)};
    logs_ = {{direct_log, 1, 9}, {new_log, 2, 50}};
  }

  Restored run() {
    return restore(facts_, {.config = config_, .logs = logs_, .stated = stated_, .random = [] {
                              return std::uint64_t{0x99};
                            }});
  }

  static const stream::StreamDefinition* find(const Restored& restored, std::string_view name) {
    const auto found = std::find_if(restored.streams.begin(),
                                    restored.streams.end(),
                                    [&](const auto& one) { return one.name == name; });
    return found == restored.streams.end() ? nullptr : &*found;
  }

  static std::string refusals(const Restored& restored) {
    std::string text;
    for (const std::string& one : restored.refusals) {
      text += one + "\n";
    }
    return text;
  }

  server::Config config_;
  Facts facts_;
  std::vector<FoundLog> logs_;
  std::map<std::string, std::string> stated_;
};

TEST_F(Restore, ObjectsTellWhichLogIsWhose) {
  const Restored restored = run();
  EXPECT_EQ(refusals(restored), "");
  const auto* beats = find(restored, "beats");
  ASSERT_NE(beats, nullptr);
  EXPECT_EQ(beats->incarnation, new_log);
  EXPECT_EQ(beats->shards.size(), 2U);
  EXPECT_EQ(beats->shards[1].created, unix_millis(2'000'300));
  ASSERT_EQ(restored.deliveries.size(), 2U);
  EXPECT_EQ(restored.deliveries[0].incarnation, 0x1U);
  EXPECT_EQ(restored.deliveries[0].delivery_start, beats->created);
  const auto* direct = find(restored, "direct.0000000000000002.direct-put");
  ASSERT_NE(direct, nullptr);
  EXPECT_EQ(direct->kind, stream::StreamKind::internal);
  EXPECT_EQ(direct->incarnation, direct_log);
  EXPECT_EQ(find(restored, "steps"), nullptr) << "it has left nothing: the start makes it";
}

TEST_F(Restore, OfTwoLivesTheOneThatReachesFurtherInTheNewerLogIsTheLast) {
  logs_.push_back({old_log, 2, 1000});
  facts_.objects.push_back(object("beats_raw", 0x7, 0xa, 1000));
  facts_.objects.push_back(object("beats_raw", 0x8, 0xb, 30));
  const Restored restored = run();
  EXPECT_EQ(find(restored, "beats")->incarnation, new_log);
  EXPECT_EQ(restored.deliveries[0].incarnation, 0x1U);
}

TEST_F(Restore, LivesThatReachEquallyFarAreRefused) {
  facts_.objects.push_back(object("beats_raw", 0x8, 0xb, 40));
  EXPECT_NE(
      refusals(run()).find("delivery stream beats_raw: objects of 2 lives of it reach equally"),
      std::string::npos);
}

TEST_F(Restore, TheOneLogThatIsLeftIsThatOfTheOneStreamThatIsLeft) {
  logs_.push_back({other_log, 1, 5});
  const Restored restored = run();
  EXPECT_EQ(refusals(restored), "");
  ASSERT_NE(find(restored, "steps"), nullptr);
  EXPECT_EQ(find(restored, "steps")->incarnation, other_log);
}

TEST_F(Restore, WhereTwoAreLeftSomebodyMustSay) {
  logs_.push_back({other_log, 1, 5});
  logs_.push_back({old_log, 1, 5});
  EXPECT_NE(refusals(run()).find("no object tells which log is whose of the stream steps"),
            std::string::npos);
  stated_["steps"] = stream::to_hex(other_log);
  const Restored restored = run();
  EXPECT_EQ(refusals(restored), "");
  EXPECT_EQ(find(restored, "steps")->incarnation, other_log);
  stated_["steps"] = "nothing";
  EXPECT_NE(refusals(run()).find("no such folder"), std::string::npos);
  stated_["steps"] = stream::to_hex(new_log);
  EXPECT_NE(refusals(run()).find("two streams of the configuration"), std::string::npos);
}

TEST_F(Restore, ALogThatMayBeThatOfADirectPutStreamWithoutObjectsIsRefused) {
  facts_.objects.pop_back();
  config_.streams.pop_back();
  const std::string refused = refusals(run());
  EXPECT_NE(refused.find("delivery stream direct: no object tells which log is its (streams/"),
            std::string::npos)
      << refused;
  EXPECT_NE(refused.find("with 9 records)"), std::string::npos) << refused;
  logs_.erase(logs_.begin());
  EXPECT_EQ(refusals(run()), "") << "nothing is left of it";
}

TEST_F(Restore, AStreamThatHasHadMoreShardsIsRefused) {
  logs_[1].shards = 4;
  EXPECT_NE(refusals(run()).find("stream beats has had 4 shards, the configuration says 2"),
            std::string::npos);
  logs_[1].shards = 2;
  facts_.objects.push_back(object("beats_raw", 0x1, 0xb, 50, 2));
  EXPECT_NE(refusals(run()).find("stream beats has had 3 shards"), std::string::npos);
}

TEST_F(Restore, ShardsAreOfTheSecondThatErrorLinesTell) {
  const auto lines = [](std::uint64_t created_s) {
    FoundObject error;
    error.lines = ErrorLines{{0, {created_s, {}}}};
    return error;
  };
  facts_.objects.push_back(lines(2'100));  // the direct log's own
  EXPECT_EQ(find(run(), "beats")->shards[0].created, unix_millis(2'000'300));
  facts_.objects.push_back(lines(2'004));
  EXPECT_EQ(find(run(), "beats")->shards[0].created, unix_millis(2'004'000));
}

TEST_F(Restore, LogsOfOneSecondHadTheirShardsMadeInDifferentOnes) {
  logs_.push_back({other_log, 1, 5});
  const Restored restored = run();
  EXPECT_EQ(find(restored, "beats")->shards[0].created, unix_millis(2'000'300));
  EXPECT_EQ(find(restored, "steps")->shards[0].created, unix_millis(2'001'000));
}

TEST_F(Restore, WhatTheConfigurationDoesNotHaveIsNamed) {
  config_.streams.pop_back();
  logs_.push_back({old_log, 1, 5});
  facts_.objects.push_back(object("forgotten", 0x5, 0xa, 3));
  const Restored restored = run();
  const auto says = [&](std::string_view part) {
    return std::any_of(restored.found.begin(), restored.found.end(), [&](const std::string& one) {
      return one.find(part) != std::string::npos;
    });
  };
  EXPECT_EQ(refusals(restored), "");
  EXPECT_TRUE(says("holds 5 records of a stream that the configuration does not have"));
  EXPECT_TRUE(says("delivery stream forgotten: its objects are there"));
  EXPECT_EQ(what_is_left(facts_, logs_),
            "by their objects: beats_raw, direct, forgotten; in streams/: 3 logs with records");
}

}  // namespace
}  // namespace sluice::proof
