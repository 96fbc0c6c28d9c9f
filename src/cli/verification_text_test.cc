// Tests of cli/verification_text.h.
#include "cli/verification_text.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

parquet::Verification sample() {
  parquet::Verification verification;
  verification.chunks = 2;
  verification.pages = 1'234;
  verification.pages_with_checksum = 1'000;
  verification.values = 1;
  verification.claims = 99;
  return verification;
}

TEST(VerificationText, SaysWhatWasCompared) {
  EXPECT_EQ(to_text(sample(), Paint(false)),
            "  verified · 1 value · 1,234 pages, 1,000 with checksums · 99 claims\n");
}

TEST(VerificationText, ListsWhatDoesNotHoldAndSteersNoTerminal) {
  parquet::Verification verification = sample();
  for (int i = 0; i < 25; ++i) {
    verification.contradictions.emplace_back("column \033[31m: null_count is 1, but there are 2");
  }
  verification.unread.emplace_back("column b: the codec LZ4 cannot be read");
  const std::string text = to_text(verification, Paint(false));
  EXPECT_EQ(text.find("  not as the file claims"), 0U);
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_NE(text.find("and 5 more; --json lists all"), std::string::npos);
  EXPECT_NE(text.find("  not read: column b: the codec LZ4 cannot be read\n"), std::string::npos);
  std::string out;
  json::Writer writer(out);
  to_json(verification, writer);
  const auto document = json::Document::parse(out);
  ASSERT_TRUE(document) << out;
  EXPECT_EQ(document->root().find("contradictions").size(), 25U);
  EXPECT_EQ(document->root().find("unread").size(), 1U);
  EXPECT_EQ(document->root().find("pages").as_int64(), 1'234);
}

}  // namespace
}  // namespace sluice::cli
