// Tests of sessions as comma-separated values.
#include "heartrate/csv.h"

#include "heartrate/export_fixture.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice::heartrate {
namespace {

TEST(Csv, EveryMemberHasItsCellAndWhatIsMissingIsEmpty) {
  const SessionForTest one(two_beats());
  std::vector<Beat> plain = {two_beats()[1]};
  plain[0].device_id.clear();
  plain[0].heart_rate = 0;
  plain[0].energy_kj.reset();
  plain[0].contact.reset();
  const SessionForTest two(plain, 2);
  const std::array sessions = {one.view(), two.view()};
  const Exported out = to_csv(sessions);
  EXPECT_EQ(out.bytes,
            "session,timestamp,heart_rate,rr_ms,energy_kj,contact,device_id,session_id,seq\n"
            "1,2025-07-13T15:55:19.123456,89,650.390625 812.5,12,true,"
            "\"a \"\"strap\"\", left\",s1,7\n"
            "1,2025-07-13T15:55:20.123456,,,54,false,\"a \"\"strap\"\", left\",,\n"
            "2,2025-07-13T15:55:20.123456,0,,,,,,\n");
  EXPECT_TRUE(out.remarks.empty());
}

}  // namespace
}  // namespace sluice::heartrate
