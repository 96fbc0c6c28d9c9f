// Tests of cli/progress.h.
#include "cli/progress.h"

#include "cli/quantity.h"
#include "cli/terminal_fixture.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Progress, ShowsPartRateAndTimeLeft) {
  EXPECT_EQ(progress_text({"Sending", ProgressUnit::records, 250, 1000, seconds(1)}, Paint(false)),
            "Sending  ━━━━━───────────────   25%  250 records/s  4 s left");
}

TEST(Progress, AWaitHasNoRate) {
  EXPECT_EQ(progress_text({"Looking", ProgressUnit::milliseconds, 2500, 10'000, milliseconds(2500)},
                          Paint(false)),
            "Looking  ━━━━━───────────────   25%  8 s left");
}

TEST(Progress, WithoutATotalThereIsNoBar) {
  EXPECT_EQ(progress_text({"Converting", ProgressUnit::bytes, 3 << 20, std::nullopt, seconds(3)},
                          Paint(false)),
            "Converting  3.0 MiB  1.0 MiB/s");
}

TEST(Progress, StaysWithinALineForEveryPart) {
  for (std::uint64_t done = 0; done <= 1'200'000; done += 1000) {
    const std::string text = progress_text(
        {"Converting....", ProgressUnit::records, done, 1'000'000, milliseconds(done / 7)},
        Paint(false));
    ASSERT_LE(display_width(text), 80U) << text;
  }
}

TEST(Progress, NothingIsSaidWhereNobodyLooks) {
  CapturedTerminal captured(false);
  ManualClock clock(unix_millis(0));
  Progress progress(captured.terminal(), clock, {"Sending", ProgressUnit::bytes, 10, seconds(0)});
  clock.advance(seconds(5));
  progress.advance_to(5);
  EXPECT_EQ(captured.error(), "");
}

TEST(Progress, ComesAfterTheQuietTimeAndGoesAtTheEnd) {
  CapturedTerminal captured(true);
  ManualClock clock(unix_millis(0));
  {
    Progress progress(captured.terminal(), clock, {"Sending", ProgressUnit::bytes, 10, seconds(1)});
    clock.advance(milliseconds(999));
    progress.advance_to(1);
    EXPECT_EQ(captured.error(), "");
    clock.advance(milliseconds(1));
    progress.advance_to(5);
    EXPECT_NE(captured.error().find("50%"), std::string::npos);
    const std::size_t drawn = captured.error().size();
    clock.advance(milliseconds(99));
    progress.advance_to(6);
    EXPECT_EQ(captured.error().size(), drawn) << "ten times a second is enough";
  }
  EXPECT_TRUE(captured.error().ends_with("\r\033[K"));
}

}  // namespace
}  // namespace sluice::cli
