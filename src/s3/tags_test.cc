#include "s3/tags.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(Tags, AreReadFromAQueryAndFromXmlAlike) {
  const Tags tags = {{"a b", "1&2"}, {"empty", ""}};
  EXPECT_EQ(parse_tags("a+b=1%262&empty=").value(), tags);
  EXPECT_EQ(parse_tags(tags_text(tags)).value(), tags);
  EXPECT_EQ(parse_tagging(tagging_xml(tags)).value(), tags);
  EXPECT_EQ(parse_tagging(tagging_xml({})).value(), Tags());
}

TEST(Tags, RefusesWhatS3Refuses) {
  Tags many;
  for (std::size_t at = 0; at <= tags_max; ++at) {
    many.emplace_back(std::to_string(at), "");
  }
  const Tags cases[] = {many,
                        {{"", "x"}},
                        {{"a", "1"}, {"a", "2"}},
                        {{std::string(tag_name_bytes_max + 1, 'n'), ""}},
                        {{"n", std::string(tag_value_bytes_max + 1, 'v')}},
                        {{"\xff", ""}}};
  for (const Tags& tags : cases) {
    EXPECT_EQ(check_tags(tags).error().code(), S3Code::invalid_tag);
  }
  EXPECT_EQ(parse_tags("a=%zz").error().code(), S3Code::invalid_argument);
  for (const char* body :
       {"", "<Tagging><Tag/></Tagging>", "<Tagging><TagSet><X/></TagSet></Tagging>"}) {
    EXPECT_EQ(parse_tagging(body).error().code(), S3Code::malformed_xml) << body;
  }
}

}  // namespace
}  // namespace sluice::s3
