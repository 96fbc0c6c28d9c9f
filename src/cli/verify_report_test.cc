// Faults as a person and as a program read them.
#include "cli/verify_report.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::StreamIncarnation;

const ShardKey shard{StreamIncarnation(7), 2};

proof::Facts facts() {
  proof::Facts known;
  known.stream_names.emplace(StreamIncarnation(7), "beats");
  return known;
}

proof::Verdict one_fault() {
  proof::Finding finding;
  finding.flaw = proof::Flaw::object_missing;
  finding.delivery = {"hr_firehose", 0xab};
  finding.plan = PlanNumber(3);
  finding.bucket = "landing";
  finding.key = "a\x1b/b";
  finding.records = {{shard, Ordinal(5), Ordinal(9), 4}};
  finding.message = "it is gone";
  proof::Verdict verdict;
  verdict.examined = {{finding.delivery, true, true, 2, 0, 1000, 4096}};
  verdict.findings = {finding};
  verdict.unproven = {"the tail"};
  return verdict;
}

TEST(VerifyReport, TextNamesTheFaultItsObjectPlanAndRecords) {
  const std::string expected =
      "DELIVERY STREAM  OBJECTS  RECORDS     SIZE  WAITING  FAULTS  PROVEN BY\n"
      "hr_firehose            2    1,000  4.0 KiB        0       1  ledger\n"
      "\n"
      "object-missing  hr_firehose, plan 3, s3://landing/a\\x1b/b\n"
      "  4 of the records 5-9 of shard 2 of stream beats\n"
      "  it is gone\n"
      "\n"
      "not proven  the tail\n"
      "\n"
      "1 fault\n";
  EXPECT_EQ(to_text(one_fault(), facts(), Paint(false)), expected);
}

TEST(VerifyReport, TextOfAWholeBucketSaysProven) {
  EXPECT_EQ(to_text({}, {}, Paint(false)),
            "No delivery stream has put anything here.\n"
            "\n"
            "proven: nothing is missing, double or foreign\n");
}

TEST(VerifyReport, TextDoesNotSayProvenOfWhatIsNot) {
  proof::Verdict verdict;
  verdict.unproven = {"the tail"};
  EXPECT_EQ(to_text(verdict, {}, Paint(false)),
            "No delivery stream has put anything here.\n"
            "\n"
            "not proven  the tail\n"
            "\n"
            "proven in part: nothing is missing, double or foreign as far as can be told\n");
}

TEST(VerifyReport, JsonHasTheSame) {
  EXPECT_EQ(
      to_json(one_fault(), facts()),
      R"({"proven":false,"verdict":"faults","delivery_streams":[{"delivery_stream":"hr_firehose",)"
      R"("incarnation":"00000000000000ab","has_ledger":true,"is_defined":true,"objects":2,)"
      R"("planned":0,"records":1000,"bytes":4096}],"faults":[{"fault":"object-missing",)"
      R"("delivery_stream":"hr_firehose","incarnation":"00000000000000ab","plan":3,)"
      R"("bucket":"landing","key":"a\u001b/b","records":[{"stream":"beats",)"
      R"("incarnation":"0000000000000007","shard":2,"first":5,"last":9,"count":4}],)"
      R"("message":"it is gone"}],"not_proven":["the tail"]})"
      "\n");
}

TEST(VerifyReport, JsonAndExitCodeCallProvenOnlyWhatTheTextDoes) {
  proof::Verdict verdict;
  EXPECT_NE(to_json(verdict, {}).find(R"("proven":true,"verdict":"proven")"), std::string::npos);
  EXPECT_EQ(exit_code_of(verdict), ExitCode::ok);
  verdict.unproven = {"the tail"};
  EXPECT_NE(to_json(verdict, {}).find(R"("proven":false,"verdict":"proven-in-part")"),
            std::string::npos);
  EXPECT_EQ(exit_code_of(verdict), ExitCode::unknown);
  EXPECT_EQ(exit_code_of(one_fault()), ExitCode::failed);
}

}  // namespace
}  // namespace sluice::cli
