#include "delivery/zone_names.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

TEST(ZoneNames, OneAbbreviationMayHaveSeveralMeanings) {
  struct Case {
    std::string_view zone;
    std::string_view short_name;
    std::string_view long_name;
  };

  constexpr Case cases[] = {
      {"Asia/Calcutta", "IST", "India Standard Time"},
      {"Europe/Dublin", "IST", "Irish Standard Time"},
      {"Asia/Manila", "PST", "Philippine Standard Time"},
      {"Asia/Shanghai", "CST", "China Standard Time"},
      {"Asia/Taipei", "CST", "Taipei Standard Time"},
      {"America/Havana", "CDT", "Cuba Daylight Time"},
      {"America/Chicago", "CDT", "Central Daylight Time"},
      {"America/Sao_Paulo", "GMT-03:00", "GMT-03:00"},
      {"UTC", "UTC", "Coordinated Universal Time"},
  };
  const UnixMillis july = unix_millis(1'783'939'327'123);
  for (const Case& each : cases) {
    const TimeZone zone = TimeZone::find(each.zone).value();
    const LocalTime time = zone.at(july);
    EXPECT_EQ(short_zone_name(time), each.short_name) << each.zone;
    EXPECT_EQ(long_zone_name(time, zone), each.long_name) << each.zone;
  }
}

TEST(ZoneNames, OffsetsKeepTheirSeconds) {
  EXPECT_EQ(localized_offset(0), "GMT");
  EXPECT_EQ(localized_offset(19'800), "GMT+05:30");
  EXPECT_EQ(localized_offset(-11'188), "GMT-03:06:28");
}

}  // namespace
}  // namespace sluice::delivery
