// Explanations as a person and as a program read them.
#include "cli/explain_report.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using proof::Explanation;
using proof::Outlook;

Explanation delivered() {
  Explanation told;
  told.delivery_stream = "hr";
  told.state = "delivered";
  told.since = unix_millis(1'783'958'061'007);
  told.row = 5;
  told.object = proof::ExplainedObject{};
  told.object->bucket = "landing";
  told.object->key = "a\x1b/b";
  told.object->plan = delivery::PlanNumber(3);
  told.object->records = 2;
  told.object->rows = 2;
  told.object->bytes = 10;
  told.object->shards = {
      {{delivery::StreamIncarnation(7), 1}, delivery::Ordinal(4), delivery::Ordinal(5), 2}};
  told.object->committed_at = told.since;
  told.object->in_bucket = proof::InBucket::whole;
  told.sentences = {"it is in a\x1b/b"};
  return told;
}

TEST(ExplainReport, TextIsTheStateAndItsSentences) {
  EXPECT_EQ(to_text({delivered()}, Paint(false)), "hr: delivered\n  it is in a\\x1b/b\n");
}

TEST(ExplainReport, JsonHasMembersForPrograms) {
  EXPECT_EQ(to_json({delivered()}),
            R"([{"delivery_stream":"hr","state":"delivered","outlook":"well",)"
            R"("since":"2026-07-13T15:54:21.007Z","object":{"bucket":"landing","key":"a\u001b/b",)"
            R"("plan":3,"kind":"data","records":2,"rows":2,"bytes":10,"sha256":)"
            R"("0000000000000000000000000000000000000000000000000000000000000000",)"
            R"("committed_at":"2026-07-13T15:54:21.007Z","in_bucket":"whole","shards":[)"
            R"({"stream":"0000000000000007","shard":1,"first":4,"last":5,"count":2}]},"row":5,)"
            R"("sentences":["it is in a\u001b/b"]}])"
            "\n");
  Explanation held;
  held.state = "buffered";
  held.outlook = Outlook::held;
  held.cause = "failing";
  held.until = unix_millis(0);
  held.next_attempt = unix_millis(1'500);
  held.last_error = "the disk is full";
  held.last_error_at = unix_millis(500);
  held.backlog = proof::Backlog{7, 1, 2, 30};
  EXPECT_EQ(to_json({held}),
            R"([{"state":"buffered","outlook":"held","cause":"failing",)"
            R"("until":"1970-01-01T00:00:00.000Z","next_attempt":"1970-01-01T00:00:01.500Z",)"
            R"("last_error":"the disk is full","last_error_at":"1970-01-01T00:00:00.500Z",)"
            R"("backlog":{"records":7,"objects":1,"open_records":2,"open_bytes":30},)"
            R"("sentences":[]}])"
            "\n");
}

TEST(ExplainReport, TheExitCodeIsThatOfTheWorst) {
  const auto with = [](Outlook outlook) {
    Explanation told;
    told.outlook = outlook;
    return told;
  };
  EXPECT_EQ(exit_code_of({with(Outlook::well)}), ExitCode::ok);
  EXPECT_EQ(exit_code_of({with(Outlook::unknown), with(Outlook::well)}), ExitCode::unknown);
  EXPECT_EQ(exit_code_of({with(Outlook::well), with(Outlook::held)}), ExitCode::held);
  EXPECT_EQ(exit_code_of({with(Outlook::gone), with(Outlook::held)}), ExitCode::gone);
}

}  // namespace
}  // namespace sluice::cli
