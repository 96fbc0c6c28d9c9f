#include "delivery/shared_reader.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

columnar::Schema table(const char* columns) {
  return columnar::parse_columns(columns).value();
}

TEST(SharedReader, IsOneForOneTableAndASerDe) {
  SharedReader shared;
  const auto first = shared.of(table("n int"), serde::OpenXOptions()).value();
  EXPECT_EQ(shared.of(table("n int"), serde::OpenXOptions()).value(), first);
  const auto other = shared.of(table("n bigint"), serde::OpenXOptions()).value();
  EXPECT_NE(other, first);
  EXPECT_NE(shared.of(table("n bigint"), serde::HiveOptions()).value(), other);
}

TEST(SharedReader, WritersKeepTheOneThatTheyHave) {
  SharedReader shared;
  const columnar::Schema schema = table("n int");
  const auto reader = shared.of(schema, serde::OpenXOptions()).value();
  ASSERT_TRUE(shared.of(table("s string"), serde::OpenXOptions()).has_value());
  columnar::RowBatch rows(schema);
  EXPECT_TRUE(reader->read(R"({"n":1})", rows).has_value());
  EXPECT_EQ(rows.rows(), 1U);
}

TEST(SharedReader, WhatCannotBeReadIsRefusedAndWhatWasThereStays) {
  SharedReader shared;
  const auto reader = shared.of(table("n int"), serde::OpenXOptions()).value();
  EXPECT_FALSE(
      shared.of(table("n int"), serde::HiveOptions{.timestamp_formats = {"bb"}}).has_value());
  EXPECT_EQ(shared.of(table("n int"), serde::OpenXOptions()).value(), reader);
}

}  // namespace
}  // namespace sluice::delivery
