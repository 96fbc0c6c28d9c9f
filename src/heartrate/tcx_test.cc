// Tests of sessions as Training Center XML.
#include "heartrate/tcx.h"

#include "heartrate/export_fixture.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::heartrate {
namespace {

Exported tcx_of(std::vector<Beat> beats) {
  const SessionForTest one(std::move(beats));
  const std::array sessions = {one.view()};
  return to_tcx(sessions);
}

TEST(Tcx, ElementsComeInTheOrderOfTheSchema) {
  const Exported out = tcx_of(two_beats());
  const std::size_t activities = out.bytes.find("  <Activities>");
  ASSERT_NE(activities, Bytes::npos);
  EXPECT_EQ(out.bytes.substr(activities),
            "  <Activities>\n"
            "    <Activity Sport=\"Other\">\n"
            "      <Id>2025-07-13T15:55:19.123456Z</Id>\n"
            "      <Lap StartTime=\"2025-07-13T15:55:19.123456Z\">\n"
            "        <TotalTimeSeconds>1</TotalTimeSeconds>\n"
            "        <DistanceMeters>0</DistanceMeters>\n"
            "        <Calories>10</Calories>\n"
            "        <AverageHeartRateBpm><Value>89</Value></AverageHeartRateBpm>\n"
            "        <MaximumHeartRateBpm><Value>89</Value></MaximumHeartRateBpm>\n"
            "        <Intensity>Active</Intensity>\n"
            "        <TriggerMethod>Manual</TriggerMethod>\n"
            "        <Track>\n"
            "          <Trackpoint><Time>2025-07-13T15:55:19.123456Z</Time>"
            "<HeartRateBpm><Value>89</Value></HeartRateBpm></Trackpoint>\n"
            "          <Trackpoint><Time>2025-07-13T15:55:20.123456Z</Time></Trackpoint>\n"
            "        </Track>\n"
            "      </Lap>\n"
            "    </Activity>\n"
            "  </Activities>\n"
            "</TrainingCenterDatabase>\n");
  EXPECT_EQ(out.remarks,
            std::vector<std::string>{"2 RR intervals are left out: TCX has no place for them"});
}

TEST(Tcx, RatesOutsideTheSchemaAreSaid) {
  std::vector<Beat> beats = two_beats();
  beats[0].rr_ms.clear();
  beats[0].heart_rate = 0;
  beats[1].heart_rate = 256;
  const Exported out = tcx_of(beats);
  EXPECT_NE(out.bytes.find("<HeartRateBpm><Value>0</Value></HeartRateBpm>"), Bytes::npos);
  EXPECT_EQ(out.bytes.find("<Value>256"), Bytes::npos);
  ASSERT_EQ(out.remarks.size(), 2U);
  EXPECT_TRUE(out.remarks[0].starts_with("1 rates of 0")) << out.remarks[0];
  EXPECT_TRUE(out.remarks[1].starts_with("1 rates above 255")) << out.remarks[1];
}

TEST(Tcx, ASessionOfZerosHasNoAverage) {
  std::vector<Beat> beats = two_beats();
  beats[0].heart_rate = 0;
  EXPECT_EQ(tcx_of(beats).bytes.find("AverageHeartRateBpm"), Bytes::npos);
}

}  // namespace
}  // namespace sluice::heartrate
