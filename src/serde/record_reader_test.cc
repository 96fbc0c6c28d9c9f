// The interface: the reader that the options ask for.
#include "serde/record_reader.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

TEST(RecordReader, IsTheOneThatTheOptionsAreFor) {
  const auto schema = columnar::parse_columns("a_b int");
  ASSERT_TRUE(schema);
  const auto reader = make_reader(*schema, OpenXOptions{.dots_to_underscores = true});
  ASSERT_TRUE(reader) << reader.error().message();
  columnar::RowBatch batch(*schema);
  ASSERT_EQ((*reader)->read(R"({"a.b":"7"})", batch), 1U);
  EXPECT_EQ(batch.column(0).fixed<std::int32_t>()[0], 7);
}

}  // namespace
}  // namespace sluice::serde
