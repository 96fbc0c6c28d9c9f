// Sessions of several watches through a runner that dies again and again: whatever is parked, read
// again or told anew, each session must be one object, whole and named by its start.
#include "base/random.h"
#include "delivery/session_router.h"
#include "runner/test_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sluice::runner::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t gap_s = 60;
constexpr std::uint64_t jitter_s_max = 5;  // how far records overtake each other

void gather_sessions(delivery::DeliveryStream& stream) {
  stream.name = "hr";
  stream.s3.prefix = "!{session-key}/!{session-start:DDD-HH-mm-ss}/";
  stream.s3.error_output_prefix = "!{firehose:error-output-type}/";
  stream.tags = {{"sluice:session-gap-s", std::to_string(gap_s)},
                 {"sluice:session-key", "w"},
                 {"sluice:event-time-field", "at"},
                 {"sluice:event-time-format", "epoch-ms"}};
}

struct Beat {
  UnixMillis arrival;
  UnixMillis time;
  char watch = 'a';

  std::string line() const {
    return fmt::format("{{\"at\":{},\"w\":\"{}\"}}\n", to_count(time), watch);
  }
};

struct Course {
  std::vector<Beat> beats;                                   // by arrival
  std::map<std::string, std::multiset<std::string>> wanted;  // lines of each session, by folder
};

Course course_of(Random& random, UnixMillis start) {
  Course course;
  const delivery::TimePattern pattern = delivery::TimePattern::parse("DDD-HH-mm-ss").value();
  for (const char watch : {'a', 'b', 'c'}) {
    UnixMillis time = start + seconds(random.next() % 100);
    std::multiset<std::string>* session = nullptr;
    for (int i = 0; i < 40; ++i) {
      const bool is_first = session == nullptr || random.next() % 10 == 0;
      time += seconds(is_first ? gap_s + 10 + random.next() % 200 : random.next() % 40);
      if (is_first) {
        session =
            &course.wanted[fmt::format("{}/{}", watch, pattern.format(time, delivery::TimeZone()))];
      }
      const Beat beat{time + seconds(random.next() % (jitter_s_max + 1)), time, watch};
      session->insert(beat.line());
      course.beats.push_back(beat);
    }
  }
  std::ranges::sort(course.beats, {}, [](const Beat& beat) {
    return std::tuple(beat.arrival, beat.time, beat.watch);
  });
  return course;
}

class Lives {
 public:
  explicit Lives(std::uint64_t seed) : random_(seed) {
    world_.adapt = gather_sessions;
    world_.options.by_session = true;
    world_.options.interval = seconds(gap_s + 2 * jitter_s_max);
    world_.options.replay_window.age_max = seconds(1 + random_.next() % 60);
    begin_life();
  }

  // `fault_rate`: one of so many writes and syncs fails; 0: none.
  void go_through(const Course& course, std::uint64_t fault_rate) {
    for (const Beat& beat : course.beats) {
      run_until(beat.arrival);
      world_.source.push(beat.line(), world_.clock.now());
      if (random_.next() % 8 == 0) {
        set_faults(fault_rate);
        run_until(world_.clock.now());
        end_life();
        begin_life();
      }
    }
    set_faults(0);
    run_until(world_.clock.now() + std::chrono::minutes(10));
  }

  const TestWorld& world() const { return world_; }

 private:
  void begin_life() {
    delivery::DeliveryStream stream;
    gather_sessions(stream);
    router_ = delivery::SessionRouter::create(stream).value();
    world_.router = router_.get();
    runner_ = world_.runner();
  }

  // By kill -9 or a power cut.
  void end_life() {
    runner_.reset();
    if (random_.next() % 2 == 0) {
      world_.files.kill();
    } else {
      world_.files.crash(random_);
    }
    world_.bucket.is_closed = random_.next() % 3 == 0;
  }

  void set_faults(std::uint64_t rate) {
    world_.bucket.is_closed = false;
    if (rate == 0) {
      world_.files.set_fault_hook({});
      return;
    }
    world_.files.set_fault_hook(
        [this, rate](MemoryFileSystem::Operation operation, const std::string&) -> Result<void> {
          const bool is_write = operation == MemoryFileSystem::Operation::write ||
                                operation == MemoryFileSystem::Operation::sync;
          if (is_write && random_.next() % rate == 0) {
            return fail(Fault::io, "the disk failed");
          }
          return {};
        });
  }

  void run_until(UnixMillis end) {
    for (int i = 0; i < 100'000; ++i) {
      const NextStep next = runner_->step();
      if (next.when == NextStep::When::now) {
        continue;
      }
      const auto wait = next.when == NextStep::When::at
                            ? std::chrono::ceil<milliseconds>(next.at - world_.clock.steady())
                            : milliseconds::max();
      if (world_.clock.now() >= end || wait > end - world_.clock.now()) {
        world_.clock.advance(std::max(end - world_.clock.now(), milliseconds(0)));
        return;
      }
      world_.clock.advance(std::max(wait, milliseconds(0)));
    }
    FAIL() << "the runner never rests";
  }

  TestWorld world_;
  SeededRandom random_;
  std::unique_ptr<delivery::SessionRouter> router_;
  std::unique_ptr<DeliveryRunner> runner_;
};

std::multiset<std::string> lines_of(ByteView body) {
  std::multiset<std::string> lines;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find('\n', at) + 1;
    lines.insert(std::string(body.substr(at, end - at)));
    at = end;
  }
  return lines;
}

TEST(SessionRunner, EverySessionIsOneObjectNamedByItsStartHoweverOftenTheServerDies) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    const Course course = course_of(random, unix_millis(TestWorld::start_ms));
    Lives lives(seed);
    lives.go_through(course, 0);
    std::map<std::string, std::multiset<std::string>> landed;
    for (const auto& [key, body] : lives.world().bucket.objects()) {
      const auto is_new = landed.emplace(key.substr(0, key.rfind('/')), lines_of(body)).second;
      EXPECT_TRUE(is_new) << key;
    }
    EXPECT_EQ(landed, course.wanted);
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
}

// A session that was closing when its object could not be built may land in two, what was parked of
// it by itself; nothing is lost, doubled or mixed up.
TEST(SessionRunner, AFailingDiskMixesNoSessions) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    const Course course = course_of(random, unix_millis(TestWorld::start_ms));
    Lives lives(seed);
    lives.go_through(course, 10);
    std::multiset<std::string> wanted;
    for (const auto& [folder, lines] : course.wanted) {
      wanted.insert(lines.begin(), lines.end());
    }
    std::multiset<std::string> landed;
    for (const auto& [key, body] : lives.world().bucket.objects()) {
      const std::multiset<std::string> lines = lines_of(body);
      landed.insert(lines.begin(), lines.end());
      EXPECT_EQ(std::ranges::count_if(course.wanted,
                                      [&lines](const auto& session) {
                                        return std::ranges::includes(session.second, lines);
                                      }),
                1)
          << key;
    }
    EXPECT_EQ(landed, wanted);
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace sluice::runner::testing
