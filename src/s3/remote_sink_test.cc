#include "s3/remote_sink.h"

#include "base/memory_file_system.h"
#include "s3/remote_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace sluice::s3 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

using Remote = RemoteForTest;

struct Fixture {
  Fixture() { start(); }

  // Another life of the sink.
  void start() {
    settings.store = {"http://store:9000", "eu-west-1", Addressing::path};
    sink = std::make_unique<RemoteSink>(
        settings,
        [this](const net::HttpClientRequest& request) { return remote(request); },
        []() -> Result<aws::Credentials> { return aws::Credentials{"AKID", "secret", {}}; },
        files,
        clock,
        random);
  }

  delivery::ObjectPlan plan_of(const Bytes& bytes) {
    SLUICE_CHECK(replace_file(files, "spool", bytes).has_value());
    delivery::ObjectPlan plan;
    plan.number = delivery::PlanNumber(7);
    plan.bucket = "landing";
    plan.key = "a.parquet";
    plan.bytes = bytes.size();
    plan.sha256 = sha256(bytes);
    plan.md5 = md5(bytes);
    plan.content_type = "application/octet-stream";
    plan.metadata = {{"sluice-plan", "7"}};
    return plan;
  }

  Result<void> put(const delivery::ObjectPlan& plan) { return sink->put(plan, "spool"); }

  ManualClock clock{unix_millis(1'752'400'000'000)};
  MemoryFileSystem files;
  SeededRandom random{1};
  Remote remote{clock};
  S3ClientSettings settings;
  std::unique_ptr<RemoteSink> sink;
};

TEST(RemoteSink, PutsTheSpoolFileAndLeavesIt) {
  Fixture fixture;
  const auto put = fixture.put(fixture.plan_of("content"));
  ASSERT_TRUE(put.has_value()) << put.error().message();
  EXPECT_TRUE(fixture.files.exists("spool"));
  const auto& stored = fixture.remote.objects.at("/landing/a.parquet");
  EXPECT_EQ(stored.bytes, "content");
  EXPECT_EQ(stored.headers.value_or("x-amz-meta-sluice-plan", ""), "7");
  EXPECT_EQ(stored.headers.value_or("x-amz-meta-sluice-sha256", ""), to_hex(sha256("content")));
}

// Objects of their own, and their spool files.
struct Several {
  Several(Fixture& fixture, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      plans.push_back(fixture.plan_of("content"));
      plans.back().key = std::to_string(i);
    }
    for (const delivery::ObjectPlan& plan : plans) {
      sealed.push_back({plan, "spool"});
    }
  }

  std::vector<delivery::ObjectPlan> plans;
  std::vector<delivery::Sink::Sealed> sealed;
};

TEST(RemoteSink, PutsSeveralAtOnce) {
  Fixture fixture;
  std::latch all_here(RemoteSink::puts_at_once);
  RemoteSink sink(
      fixture.settings,
      [&](const net::HttpClientRequest& request) {
        all_here.arrive_and_wait();  // nobody is answered before all have asked
        return fixture.remote(request);
      },
      []() -> Result<aws::Credentials> { return aws::Credentials{"AKID", "secret", {}}; },
      fixture.files,
      fixture.clock,
      fixture.random);
  const Several several(fixture, RemoteSink::puts_at_once + 3);
  const auto outcome = sink.put_all(several.sealed);
  ASSERT_TRUE(outcome.next.has_value()) << outcome.next.error().message();
  EXPECT_EQ(outcome.done, RemoteSink::puts_at_once);
  EXPECT_EQ(fixture.remote.objects.size(), RemoteSink::puts_at_once);
}

TEST(RemoteSink, AfterAFailureOneAloneIsTriedUntilItSucceeds) {
  Fixture fixture;
  bool is_down = false;
  fixture.remote.instead = [&](const Remote::Asked& call) -> std::optional<Remote::Answer> {
    return is_down || call.line == "PUT /landing/2"
               ? std::optional(Remote::Answer(Remote::error(500, "InternalError")))
               : std::nullopt;
  };
  const Several several(fixture, 8);
  const auto first = fixture.sink->put_all(several.sealed);
  EXPECT_EQ(first.done, 2U);
  EXPECT_FALSE(first.next.has_value());
  is_down = true;
  ASSERT_FALSE(fixture.put(several.plans[2]).has_value());
  const std::size_t asked = fixture.remote.asked.size();
  EXPECT_EQ(fixture.sink->put_all(several.sealed).done, 0U);
  EXPECT_EQ(fixture.remote.asked.size(), asked + 1);
  fixture.remote.instead = {};
  EXPECT_EQ(fixture.sink->put_all(several.sealed).done, 1U);
  EXPECT_EQ(fixture.sink->put_all(several.sealed).done, 8U);
}

struct LyingCase {
  std::string name;
  bool takes_effect;
  Remote::Answer (*answer)();
  bool if_none_match = false;
};

class RemoteSinkOnALiar : public testing::TestWithParam<LyingCase> {};

TEST_P(RemoteSinkOnALiar, LeavesOneObjectOfTheSameBytes) {
  Fixture fixture;
  fixture.settings.if_none_match = GetParam().if_none_match;
  fixture.start();
  int lies = 2;
  auto& hook = GetParam().takes_effect ? fixture.remote.afterwards : fixture.remote.instead;
  hook = [&](const auto& call) {
    return call.line.starts_with("PUT") && lies-- > 0 ? std::optional(GetParam().answer())
                                                      : std::nullopt;
  };
  const auto plan = fixture.plan_of("content");
  int tries = 1;
  while (!fixture.put(plan)) {
    fixture.start();  // as after kill -9: nothing is known of earlier tries
    ASSERT_LT(++tries, 5);
  }
  EXPECT_EQ(fixture.remote.objects.size(), 1u);
  EXPECT_EQ(fixture.remote.objects.at("/landing/a.parquet").bytes, "content");
}

INSTANTIATE_TEST_SUITE_P(
    RemoteSink,
    RemoteSinkOnALiar,
    testing::Values(
        LyingCase{"ResetBeforeEffect",
                  false,
                  []() -> Remote::Answer { return fail(Fault::unavailable, "reset"); }},
        LyingCase{"ResetAfterEffect",
                  true,
                  []() -> Remote::Answer { return fail(Fault::unavailable, "reset"); }},
        LyingCase{"FailureAfterSuccess",
                  true,
                  []() -> Remote::Answer { return Remote::error(500, "InternalError"); }},
        LyingCase{"FailureAfterSuccessWithoutReplacing",
                  true,
                  []() -> Remote::Answer { return Remote::error(500, "InternalError"); },
                  true},
        LyingCase{
            "SlowDown", false, []() -> Remote::Answer { return Remote::error(503, "SlowDown"); }}),
    [](const auto& info) { return info.param.name; });

TEST(RemoteSink, WithoutTheSpoolFileTheObjectMustBeThere) {
  Fixture fixture;
  const auto plan = fixture.plan_of("content");
  ASSERT_TRUE(fixture.put(plan).has_value());
  ASSERT_TRUE(fixture.files.remove("spool").has_value());
  EXPECT_TRUE(fixture.put(plan).has_value());

  fixture.remote.objects.at("/landing/a.parquet").bytes = "contents";
  EXPECT_EQ(fixture.put(plan).error().fault(), Fault::conflict);
  fixture.remote.objects.at("/landing/a.parquet") = {"content", {}};
  EXPECT_EQ(fixture.put(plan).error().fault(), Fault::conflict) << "nothing tells its bytes";
  fixture.remote.objects.clear();
  const auto gone = fixture.put(plan);
  EXPECT_EQ(gone.error().fault(), Fault::missing);
  EXPECT_THAT(gone.error().message(),
              HasSubstr("spool file spool is gone, and object a.parquet is not in bucket landing"));
  fixture.remote.instead = [](const auto&) {
    return std::optional<Remote::Answer>(fail(Fault::unavailable, "reset"));
  };
  EXPECT_EQ(fixture.put(plan).error().fault(), Fault::unavailable);
}

TEST(RemoteSink, DoesNotReplaceAnotherObjectWithIfNoneMatch) {
  Fixture fixture;
  fixture.settings.if_none_match = true;
  fixture.start();
  fixture.remote.objects["/landing/a.parquet"] = {"someone else's", {}};
  const auto put = fixture.put(fixture.plan_of("content"));
  EXPECT_EQ(put.error().fault(), Fault::conflict);
  EXPECT_THAT(put.error().message(), HasSubstr("is another one (14 bytes instead of 7)"));
  EXPECT_EQ(fixture.remote.objects.at("/landing/a.parquet").bytes, "someone else's");
}

TEST(RemoteSink, GoesOnWhenTheBucketIsMade) {
  Fixture fixture;
  fixture.remote.buckets.clear();
  const auto plan = fixture.plan_of("content");
  const auto put = fixture.put(plan);
  EXPECT_EQ(put.error().fault(), Fault::missing);
  EXPECT_THAT(put.error().message(),
              AllOf(StartsWith("plan 7: PUT s3://landing/a.parquet at http://store:9000: 404 "),
                    HasSubstr("create it and delivery goes on")));
  fixture.remote.buckets.insert("landing");
  EXPECT_TRUE(fixture.put(plan).has_value());
}

TEST(RemoteSink, TheSameFailureReadsTheSame) {
  Fixture fixture;
  const auto plan = fixture.plan_of("content");
  int turn = 0;
  fixture.remote.instead = [&](const auto&) {
    ++turn;
    auto answer = Remote::error(500, "InternalError");
    answer.body.replace(answer.body.find("4F"), 2, "ID" + std::to_string(turn));
    return std::optional<Remote::Answer>(std::move(answer));
  };
  const std::string first = fixture.put(plan).error().message();
  EXPECT_THAT(first, HasSubstr("(request ID1)"));
  EXPECT_EQ(fixture.put(plan).error().message(), first);
  fixture.remote.instead = [&](const auto&) {
    return std::optional<Remote::Answer>(Remote::error(403, "AccessDenied"));
  };
  EXPECT_THAT(fixture.put(plan).error().message(), HasSubstr("AccessDenied"));
}

TEST(RemoteSink, ObjectsInPartsCarryTheDigestToo) {
  Fixture fixture;
  fixture.settings.multipart_threshold_bytes = 10;
  fixture.settings.part_bytes = 8;
  fixture.start();
  const auto plan = fixture.plan_of("content in several parts");
  ASSERT_TRUE(fixture.put(plan).has_value());
  EXPECT_EQ(fixture.remote.objects.at("/landing/a.parquet").bytes, "content in several parts");
  ASSERT_TRUE(fixture.files.remove("spool").has_value());
  EXPECT_TRUE(fixture.put(plan).has_value());
}

TEST(RemoteSink, StopsAPutThatWaitsForAnOverloadedStore) {
  Fixture fixture;
  fixture.remote.instead = [&](const auto&) {
    return std::optional<Remote::Answer>(Remote::error(503, "SlowDown"));
  };
  const auto plan = fixture.plan_of("content");
  for (int turn = 0; turn < 12; ++turn) {
    EXPECT_EQ(fixture.put(plan).error().fault(), Fault::throttled);
    fixture.clock.advance(std::chrono::seconds(20));
  }
  // Its turn has come, the next one's is seconds away.
  EXPECT_EQ(fixture.put(plan).error().fault(), Fault::throttled);
  std::thread stopping([&] { fixture.sink->stop(); });
  EXPECT_EQ(fixture.put(plan).error().fault(), Fault::cancelled);
  stopping.join();
  EXPECT_EQ(fixture.put(plan).error().fault(), Fault::cancelled);
}

}  // namespace
}  // namespace sluice::s3
