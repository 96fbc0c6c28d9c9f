#include "heartrate/signal_dropouts.h"

#include <gtest/gtest.h>

#include <map>

namespace sluice::heartrate {
namespace {

using std::chrono::seconds;

struct Counted {
  int begun = 0;
  int notifications = 0;
};

TEST(SignalDropouts, EachKindComesAboutAsOftenAndAsLongAsStated) {
  SignalDropouts dropouts(11);
  std::map<Signal, Counted> counted;
  SampleTime until{};
  constexpr int hours = 200;
  for (int i = 0; i < hours * 3600; ++i) {
    const SampleTime time = SampleTime(seconds(1'000'000 + i));
    const Signal signal = dropouts.at(time);
    ++counted[signal].notifications;
    EXPECT_EQ(signal != Signal::clear, dropouts.until() > time);
    if (signal != Signal::clear && dropouts.until() != until) {
      ++counted[signal].begun;
      until = dropouts.until();
      EXPECT_GE(until - time, seconds(1));
      EXPECT_LE(until - time, seconds(45));
    }
  }

  struct Case {
    Signal signal;
    double an_hour;  // less than the chance says by the time that troubles take
    double length_s;
  };

  for (const Case& one : {Case{Signal::no_contact, 20, 11.5},
                          Case{Signal::lost_in_the_air, 60, 2.5},
                          Case{Signal::link_down, 8.6, 25}}) {
    const Counted& seen = counted[one.signal];
    const double an_hour = static_cast<double>(seen.begun) / hours;
    EXPECT_LT(an_hour, one.an_hour);
    EXPECT_GT(an_hour, one.an_hour * 0.75);
    EXPECT_NEAR(seen.notifications / static_cast<double>(seen.begun), one.length_s, 1.5);
  }
}

TEST(SignalDropouts, TheSameSeedGivesTheSameTroubles) {
  SignalDropouts first(3);
  SignalDropouts second(3);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(first.at(SampleTime(seconds(i))), second.at(SampleTime(seconds(i))));
  }
}

}  // namespace
}  // namespace sluice::heartrate
