// How many objects a day of many watches makes: core and router over a simulated clock, without
// files.
//
// Each watch runs a few times a day, sends a beat a second, pauses now and then, and some of them
// are out of reach of their phone for a while and send what they kept at once.  The same beats go
// through a delivery stream with sessions, and through one that closes the buffer of each watch by
// Firehose's rules.  SLUICE_SESSION_WATCHES=1000 counts a thousand watches; a few do for the
// ordinary run.
#include "base/random.h"
#include "delivery/session_router.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UnixMillis midnight{milliseconds(1'752'364'800'000)};  // 2025-07-13
constexpr std::uint64_t gap_s = 300;
constexpr std::uint64_t lateness_s = 1'800;

struct Beat {
  UnixMillis arrival;
  UnixMillis time;
  std::uint32_t watch = 0;
};

struct Day {
  std::vector<Beat> beats;  // by arrival
  std::uint64_t sessions = 0;
};

class DayMaker {
 public:
  explicit DayMaker(std::uint32_t watches) : watches_(watches), random_(20'250'713) {}

  Day make() {
    for (std::uint32_t watch = 0; watch < watches_; ++watch) {
      seconds at(below(6 * 3600));
      while (at < std::chrono::hours(23)) {
        add_run(watch, at);
        at += seconds(gap_s + 1 + below(8 * 3600));
      }
    }
    std::ranges::sort(day_.beats, {}, [](const Beat& beat) {
      return std::tie(beat.arrival, beat.time, beat.watch);
    });
    return std::move(day_);
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

  // Moves `at` to the end of the run.
  void add_run(std::uint32_t watch, seconds& at) {
    ++day_.sessions;
    const seconds end = at + minutes(10 + below(50));
    const bool is_away = below(20) == 0;
    const seconds start = at;
    const seconds back = at + minutes(below(25));  // until then nothing comes through
    for (; at < end; at += seconds(1)) {
      if (below(600) == 0) {
        at += seconds(below(gap_s));
      }
      // What was kept comes in order, a thousand beats a second; what is sent at once overtakes.
      const bool is_kept = is_away && at < back;
      const seconds sent = is_kept ? back : at;
      const milliseconds delay(is_kept ? static_cast<std::uint64_t>((at - start).count())
                                       : below(3'000));
      day_.beats.push_back({midnight + sent + delay, midnight + at, watch});
    }
    at -= seconds(1);
  }

  const std::uint32_t watches_;
  SeededRandom random_;
  Day day_;
};

// Each watch a partition.
class WatchRouter {
 public:
  static Routed route(const Route& route) {
    Routed routed{{{route.records.begin(), route.records.end()}, route.owner}, {}, {}, {}};
    for (const SourceRecord& record : route.records) {
      routed.routes.push_back({PartitionId(std::stoul(std::string(record.partition_key)) + 1)});
    }
    return routed;
  }
};

class Delivery {
 public:
  Delivery(const Day& day, CoreOptions options, Router* router)
      : day_(day), router_(router), random_(1), core_(prepared(options), LedgerState(), random_) {
    core_.add_mark({shard_, Ordinal(1), {}});
    core_.list_shard({shard_, Ordinal(1), {}, false});
  }

  // Objects of the whole day.
  std::uint64_t run() {
    const UnixMillis end = midnight + std::chrono::hours(36);
    while (now_ < end) {
      const Effect effect = core_.next(instant());
      if (const auto* const wait = std::get_if<Wait>(&effect)) {
        pass(*wait, end);
        continue;
      }
      std::visit([this](const auto& known) { perform(known); }, effect);
    }
    EXPECT_EQ(records_, day_.beats.size());
    return objects_;
  }

 private:
  static CoreOptions prepared(CoreOptions options) {
    options.is_routed = true;
    options.is_partitioned = true;
    options.partitions_max = 10'000;
    return options;
  }

  Instant instant() const {
    return {now_, std::chrono::nanoseconds(now_ - midnight) + std::chrono::hours(1)};
  }

  // To the next beat or what the core waits for; half a second of beats come together.
  void pass(const Wait& wait, UnixMillis end) {
    UnixMillis next = end;
    if (arrived_ < day_.beats.size()) {
      next = day_.beats[arrived_].arrival + milliseconds(500);
    }
    if (wait.until) {
      const auto until = std::chrono::ceil<milliseconds>(*wait.until - instant().steady);
      next = std::min(next, now_ + std::max(until, milliseconds(1)));
    }
    now_ = std::max(now_, next);
    while (arrived_ < day_.beats.size() && day_.beats[arrived_].arrival <= now_) {
      ++arrived_;
      core_.records_came();
    }
  }

  void perform(const Wait&) {}

  void perform(const Read& read) {
    struct Owner {
      std::vector<std::string> texts;
      std::vector<std::string> keys;
    };

    const std::size_t first = read.from.value - 1;
    const std::size_t last = std::min(arrived_, first + 4096);
    if (first >= last) {
      core_.at_tip(instant());
      return;
    }
    const auto owner = std::make_shared<Owner>();
    SourceBatch batch{{}, owner};
    owner->texts.reserve(last - first);
    owner->keys.reserve(last - first);
    for (std::size_t i = first; i < last; ++i) {
      const Beat& beat = day_.beats[i];
      owner->texts.push_back(fmt::format(R"({{"at": {}, "heart_rate": 61}})", to_count(beat.time)));
      owner->keys.push_back(std::to_string(beat.watch));
      batch.records.push_back(
          {Ordinal(i + 1), beat.arrival, owner->texts.back(), owner->keys.back()});
    }
    ASSERT_TRUE(core_.block(std::move(batch), instant()));
  }

  void perform(const Route& route) {
    if (router_ == nullptr) {
      Routed routed = WatchRouter::route(route);
      core_.routed(std::move(routed.batch), std::move(routed.routes));
      return;
    }
    if (router_->partitions() > 20'000) {
      router_->keep_only(core_.partitions_in_use());
    }
    Routed routed = router_->route(route).value();
    core_.routed(std::move(routed.batch), std::move(routed.routes), routed.ends);
  }

  void perform(const Append& append) {
    records_ += append.records.size();
    core_.appended({});
  }

  void perform(const Park&) { core_.parked(); }

  void perform(const Unwind&) { FAIL(); }

  void perform(const Weigh&) { FAIL(); }

  void perform(const Seal& seal) {
    objects_ += seal.objects.size();
    core_.sealed();
  }

  void perform(const Plan&) { core_.planned(); }

  void perform(const Put& put) { core_.put_done(put.numbers.size()); }

  void perform(const Commit&) { core_.committed(); }

  void perform(const Abandon&) {}

  void perform(const AdvanceLow&) {}

  static constexpr ShardKey shard_{StreamIncarnation{1}, 0};
  const Day& day_;
  Router* const router_;
  SeededRandom random_;
  Core core_;
  UnixMillis now_ = midnight;
  std::size_t arrived_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t objects_ = 0;
};

std::uint32_t watches() {
  const char* const given = std::getenv("SLUICE_SESSION_WATCHES");
  return given == nullptr ? 5 : static_cast<std::uint32_t>(std::stoul(given));
}

TEST(SessionObjects, ADayOfManyWatchesMakesOneObjectASession) {
  const Day day = DayMaker(watches()).make();
  DeliveryStream stream;
  stream.name = "day";
  stream.source_type = SourceType::kinesis_stream;
  stream.s3.prefix = "!{session-start:HH-mm-ss}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.tags = {{"sluice:session-gap-s", std::to_string(gap_s)},
                 {"sluice:session-key", "partition-key"},
                 {"sluice:event-time-field", "at"},
                 {"sluice:event-time-format", "epoch-ms"},
                 {"sluice:event-time-lateness-s", std::to_string(lateness_s)}};
  const auto router = SessionRouter::create(stream).value();
  CoreOptions by_session;
  by_session.by_session = true;
  by_session.routes_in_order = router->remembers_records();
  by_session.interval = session_silence(stream);
  by_session.size_hint_bytes = session_size_factor * (std::uint64_t{5} << 20);
  const std::uint64_t ours = Delivery(day, by_session, router.get()).run();
  CoreOptions by_interval;
  by_interval.interval = seconds(60);
  const std::uint64_t theirs = Delivery(day, by_interval, nullptr).run();
  const auto sessions = static_cast<double>(day.sessions);
  const double each = static_cast<double>(ours) / sessions;
  fmt::print(
      "{} watches, {} beats, {} sessions: {:.3f} objects a session; {:.1f} with a buffer a "
      "watch and an interval of 60 s\n",
      watches(),
      day.beats.size(),
      day.sessions,
      each,
      static_cast<double>(theirs) / sessions);
  EXPECT_LE(each, 1.05);
  EXPECT_GE(each, 1.0);
  EXPECT_GT(theirs, 10 * ours);
}

}  // namespace
}  // namespace sluice::delivery
