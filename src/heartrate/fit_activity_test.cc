// Tests of sessions as FIT, by a reader that knows the protocol but not the profile.
#include "heartrate/fit_activity.h"

#include "heartrate/export_fixture.h"
#include "heartrate/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <map>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

// A data message: raw little-endian values by field number; developer fields from 1000.
struct Message {
  std::uint16_t number = 0;
  std::map<int, Bytes> fields;

  template <class T>
  std::vector<T> values(int field) const {
    std::vector<T> out;
    const auto found = fields.find(field);
    for (std::size_t at = 0; found != fields.end() && at < found->second.size(); at += sizeof(T)) {
      T value;
      std::memcpy(&value, found->second.data() + at, sizeof(T));
      out.push_back(value);
    }
    return out;
  }

  template <class T>
  T value(int field) const {
    const auto all = values<T>(field);
    return all.size() == 1 ? all[0] : T{};
  }
};

std::vector<Message> messages_of(const Bytes& file) {
  struct Layout {
    std::uint16_t number = 0;
    std::vector<std::pair<int, std::size_t>> fields;
  };

  std::map<int, Layout> layouts;
  std::vector<Message> out;
  ByteReader in(ByteView(file).substr(14, file.size() - 16));
  while (in.remaining() > 0) {
    const int head = *in.le<std::uint8_t>();
    Layout& layout = layouts[head & 0x0F];
    if ((head & 0x40) == 0) {
      Message message{layout.number, {}};
      for (const auto& [field, size] : layout.fields) {
        message.fields[field] = Bytes(in.take(size).value_or(ByteView()));
      }
      out.push_back(message);
      continue;
    }
    static_cast<void>(in.take(2));
    layout = {*in.le<std::uint16_t>(), {}};
    for (const int base : {0, 1000}) {
      if (base == 1000 && (head & 0x20) == 0) {
        break;
      }
      for (int count = *in.le<std::uint8_t>(); count > 0; --count) {
        const int field = *in.le<std::uint8_t>();
        const std::size_t size = *in.le<std::uint8_t>();
        static_cast<void>(in.take(1));
        layout.fields.emplace_back(base + field, size);
      }
    }
  }
  return out;
}

std::vector<Message> messages_of_beats(std::vector<Beat> beats) {
  const SessionForTest one(std::move(beats));
  const std::array sessions = {one.view()};
  const auto out = to_fit(sessions);
  EXPECT_TRUE(out) << out.error().message();
  EXPECT_EQ(fit_crc(out->bytes), 0);
  return messages_of(out->bytes);
}

std::vector<Message> only(const std::vector<Message>& messages, std::uint16_t number) {
  std::vector<Message> out;
  std::ranges::copy_if(messages, std::back_inserter(out), [number](const Message& message) {
    return message.number == number;
  });
  return out;
}

constexpr int microsecond = 1000;
constexpr int rr_ms = 1001;

TEST(FitActivity, MessagesComeInTheOrderReadersExpect) {
  std::vector<std::uint16_t> numbers;
  for (const Message& message : messages_of_beats(two_beats())) {
    numbers.push_back(message.number);
  }
  // file_id, developer, two fields, creator, sensor, start, record, hrv, record, stop, lap,
  // session, activity
  EXPECT_EQ(numbers,
            (std::vector<std::uint16_t>{0, 207, 206, 206, 23, 23, 21, 20, 78, 20, 21, 19, 18, 34}));
}

TEST(FitActivity, TimesRatesAndIntervalsAreExact) {
  const auto messages = messages_of_beats(two_beats());
  const auto records = only(messages, 20);
  // 2025-07-13T15:55:19 UTC less 1989-12-31.
  EXPECT_EQ(records[0].value<std::uint32_t>(253), 1'752'422'119U - 631'065'600U);
  EXPECT_EQ(records[0].value<std::uint32_t>(microsecond), 123'456U);
  EXPECT_EQ(records[0].value<std::uint8_t>(3), 89);
  EXPECT_EQ(records[1].value<std::uint8_t>(3), fit_no_uint8);
  const auto hrv = only(messages, 78);
  EXPECT_EQ(hrv[0].values<std::uint16_t>(0), (std::vector<std::uint16_t>{650, 813}));
  EXPECT_EQ(hrv[0].values<double>(rr_ms), (std::vector<double>{650.390625, 812.5}));
  const auto session = only(messages, 18)[0];
  EXPECT_EQ(session.value<std::uint32_t>(7), 1000U);
  EXPECT_EQ(session.value<std::uint8_t>(16), 89);
}

TEST(FitActivity, WholeMillisecondsNeedNoSecondField) {
  std::vector<Beat> beats = two_beats();
  beats[0].rr_ms = {600, 601, 602, 603, 604, 605, 606};
  const auto messages = messages_of_beats(beats);
  const auto hrv = only(messages, 78);
  ASSERT_EQ(hrv.size(), 2U);
  EXPECT_EQ(hrv[0].values<std::uint16_t>(0), (std::vector<std::uint16_t>{600, 601, 602, 603, 604}));
  EXPECT_EQ(hrv[1].values<std::uint16_t>(0), (std::vector<std::uint16_t>{605, 606}));
  EXPECT_TRUE(hrv[0].values<double>(rr_ms).empty());
  EXPECT_EQ(only(messages, 206).size(), 1U);
}

TEST(FitActivity, AnIntervalBeyondSixteenBitsIsInTheExactFieldAlone) {
  std::vector<Beat> beats = two_beats();
  beats[0].rr_ms = {65'535};
  const auto hrv = only(messages_of_beats(beats), 78);
  EXPECT_EQ(hrv[0].value<std::uint16_t>(0), fit_no_uint16);
  EXPECT_EQ(hrv[0].value<double>(rr_ms), 65'535);
}

TEST(FitActivity, RatesUpTo254FitAndHigherOnesAreSaid) {
  std::vector<Beat> beats = two_beats();
  beats[0].heart_rate = 254;
  beats[1].heart_rate = 255;
  const SessionForTest one(beats);
  const std::array sessions = {one.view()};
  const auto out = to_fit(sessions);
  const auto records = only(messages_of(out->bytes), 20);
  EXPECT_EQ(records[0].value<std::uint8_t>(3), 254);
  EXPECT_EQ(records[1].value<std::uint8_t>(3), fit_no_uint8);
  EXPECT_EQ(only(messages_of(out->bytes), 18)[0].value<std::uint8_t>(17), fit_no_uint8);
  ASSERT_EQ(out->remarks.size(), 1U);
  EXPECT_TRUE(out->remarks[0].starts_with("1 rates above 254")) << out->remarks[0];
}

TEST(FitActivity, SeveralSessionsAreCounted) {
  const SessionForTest one(two_beats());
  std::vector<Beat> later = two_beats();
  for (Beat& beat : later) {
    beat.time += 1h;
    beat.rr_ms = {700};
  }
  const SessionForTest two(later, 2);
  const std::array sessions = {one.view(), two.view()};
  const auto messages = messages_of(to_fit(sessions)->bytes);
  EXPECT_EQ(only(messages, 18).size(), 2U);
  EXPECT_EQ(only(messages, 18)[1].value<std::uint16_t>(254), 1);
  EXPECT_EQ(only(messages, 18)[1].value<std::uint16_t>(25), 1);
  EXPECT_EQ(only(messages, 34)[0].value<std::uint16_t>(1), 2);
  EXPECT_EQ(only(messages, 34)[0].value<std::uint32_t>(0), 2000U);
  EXPECT_TRUE(only(messages, 78)[1].values<double>(rr_ms).empty()) << "of the second session";
}

TEST(FitActivity, TimesThatFitHasNotAreRefused) {
  struct Case {
    SampleTime time;
    bool fits;
  };

  for (const Case& one : {Case{fit_time_min, true},
                          Case{fit_time_min - 1us, false},
                          Case{SampleTime(), false},
                          Case{fit_time_max, true},
                          Case{fit_time_max + 1us, false}}) {
    const SessionForTest session({beat_at(one.time, 60)});
    const std::array sessions = {session.view()};
    const auto out = to_fit(sessions);
    EXPECT_EQ(out.has_value(), one.fits) << to_text(one.time);
    if (!out) {
      EXPECT_EQ(out.error().fault(), Fault::unsupported);
    }
  }
  EXPECT_EQ(to_text(fit_time_min), "1998-07-03T21:24:16");
}

TEST(FitActivity, MoreThanFortyNineDaysAreRefused) {
  const SampleTime start = two_beats()[0].time;
  for (const auto& [length, fits] : std::vector<std::pair<std::chrono::seconds, bool>>{
           {4'294'967s, true}, {4'294'968s, false}}) {
    const SessionForTest session({beat_at(start, 60), beat_at(start + length, 61)});
    const std::array sessions = {session.view()};
    EXPECT_EQ(to_fit(sessions).has_value(), fits) << length.count();
  }
}

}  // namespace
}  // namespace sluice::heartrate
