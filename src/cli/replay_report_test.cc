#include "cli/replay_report.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

constexpr std::string_view answer =
    R"({"Replay":{"State":"DONE","Objects":2,"Lines":10,"Passed":10,"Matched":7,"Delivered":4,)"
    R"("StillFailing":3,"Failing":[{"Code":"A.B","Lines":3,"Message":"no"}],)"
    R"("Codes":[{"Code":"C","Lines":7}],"Problems":["gone"],"NotWaiting":1}})";

TEST(ReplayReport, AnAnswerIsReadAndToldInEachForm) {
  const auto report = parse_replay_report(answer);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->still_failing(), 3U);
  EXPECT_EQ(to_text(*report, "events", Paint(false)),
            "7 lines of 2 objects in the error output of events\n"
            "  OUTCOME        LINES  WHY\n"
            "  delivered          4\n"
            "  still failing      3  A.B: no\n"
            "left alone: gone\n"
            "1 line of the file does not wait: delivered before, or not of this error output\n");
  EXPECT_EQ(to_dry_text(*report, "events", Paint(false)),
            "7 lines of 2 objects in the error output of events would be tried\n"
            "  REFUSED WITH  LINES\n"
            "  C                 7\n"
            "left alone: gone\n"
            "1 line of the file does not wait: delivered before, or not of this error output\n");
  EXPECT_EQ(to_json(*report, "events"),
            R"({"delivery_stream":"events","state":"DONE","objects":2,"lines":10,"matched":7,)"
            R"("delivered":4,"still_failing":3,"failing":{"A.B":3},"codes":{"C":7},)"
            R"("not_waiting":1,"problems":["gone"]})"
            "\n");
}

TEST(ReplayReport, SeveralAddUp) {
  ReplayReport sum = *parse_replay_report(answer);
  sum.add(*parse_replay_report(answer));
  EXPECT_EQ(sum.delivered, 8U);
  EXPECT_EQ(sum.still_failing(), 6U);
  EXPECT_EQ(sum.not_waiting, 2U);
}

TEST(ReplayReport, TheExitCodeSaysWhetherAnythingStillFails) {
  ReplayReport report;
  report.state = "DONE";
  EXPECT_EQ(exit_code_of(report), ExitCode::ok);
  report.problems = {"gone"};
  EXPECT_EQ(exit_code_of(report), ExitCode::gone);
  report.problems.clear();
  report.failing["A"] = {1, ""};
  EXPECT_EQ(exit_code_of(report), ExitCode::gone);
  report.state = "STOPPED";
  EXPECT_EQ(exit_code_of(report), ExitCode::failed);
}

TEST(ReplayReport, OtherAnswersAreRefused) {
  for (const char* const text : {"", "{}", "[]", R"({"Replay":1})"}) {
    EXPECT_FALSE(parse_replay_report(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::cli
