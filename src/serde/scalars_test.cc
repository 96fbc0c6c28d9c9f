// Each dialect sends a value through its own coercions; keys of maps are read from text in both.
#include "serde/scalars.h"

#include "json/tape.h"
#include "serde/hive_coerce.h"
#include "serde/rows_for_test.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

// The value as a column of `type` holds it, or "X message".
std::string stored(Dialect dialect, std::string_view type, std::string_view json) {
  const auto schema = columnar::parse_columns("v " + std::string(type));
  EXPECT_TRUE(schema);
  columnar::RowBatch batch(*schema);
  json::Tape tape;
  EXPECT_TRUE(tape.parse(json)) << json;
  Scalars scalars(dialect, dialect == Dialect::openx, {});
  const auto appended =
      scalars.append(schema->columns[0].type, *tape.documents().begin(), batch.column(0), 0);
  if (!appended) {
    EXPECT_EQ(batch.column(0).entries(), 0U);
    return "X " + appended.error().message;
  }
  batch.end_row();
  return RowTexts::of(*schema, batch);
}

TEST(Scalars, EachDialectHasItsOwnCoercions) {
  const std::string not_numeric =
      "X Data does not match the schema. Current token (VALUE_STRING) not numeric, can not use "
      "numeric value accessors";

  const struct {
    std::string_view type;
    std::string_view json;
    std::string openx;
    std::string hive;
  } cases[] = {
      {"int", "7", "{v:7};", "{v:7};"},
      {"int", "\"7\"", "{v:7};", not_numeric},
      {"int",
       "7.9",
       "X Data does not match the schema. Numeric value (7.9) is not an integer",
       "{v:7};"},
      {"double", "\"7\"", "{v:7};", not_numeric},
      {"decimal(3,1)", "\"7\"", "{v:70};", not_numeric},
      {"decimal(3,1)", "7.25", "{v:73};", "{v:73};"},
      {"decimal(30,1)", "-7.25", "{v:-73};", "{v:-73};"},
      {"string", "7.0", "{v:'7.0'};", "{v:'7.0'};"},
      {"string", "true", "{v:'true'};", "{v:'true'};"},
      {"string", "{\"A\":1}", "{v:'{\"a\":1}'};", "X " + std::string(hive_nested_into_text)},
      {"varchar(2)", "\"abc\"", "{v:'ab'};", "{v:'ab'};"},
      {"varchar(2)", "[1]", "{v:'[1'};", "X " + std::string(hive_nested_into_text)},
      {"char(3)", "\"a b  \"", "{v:'a b'};", "{v:'a b'};"},
      {"boolean", "\"TRUE\"", "{v:true};", "{v:true};"},
      {"date", "\"1970-1-2\"", "{v:1};", "{v:1};"},
      {"timestamp",
       "1",
       "{v:1000000};",
       "X Data does not match the schema. Timestamp format must be yyyy-mm-dd "
       "hh:mm:ss[.fffffffff]"},
      {"binary",
       "\"AQI=\"",
       "{v:'\x01\x02'};",
       "X Data does not match the schema. JsonSerDe does not support BINARY type"},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(stored(Dialect::openx, test.type, test.json), test.openx) << test.json;
    EXPECT_EQ(stored(Dialect::hive, test.type, test.json), test.hive) << test.json;
  }
}

TEST(Scalars, KeysAreReadFromTextInBothDialects) {
  for (const Dialect dialect : {Dialect::openx, Dialect::hive}) {
    const auto schema = columnar::parse_columns("v int, w timestamp");
    columnar::RowBatch batch(*schema);
    Scalars scalars(dialect, true, {});
    EXPECT_TRUE(scalars.append_key(schema->columns[0].type, "7", batch.column(0), 0));
    EXPECT_FALSE(scalars.append_key(schema->columns[0].type, "x", batch.column(0), 0));
    EXPECT_EQ(batch.column(0).fixed<std::int32_t>()[0], 7);
    // A timestamp goes by the dialect: OpenX takes seconds as well.
    EXPECT_EQ(scalars.append_key(schema->columns[1].type, "1", batch.column(1), 0).has_value(),
              dialect == Dialect::openx);
    EXPECT_TRUE(scalars.append_key(schema->columns[1].type, "1970-1-1 0:0:1", batch.column(1), 0));
  }
}

}  // namespace
}  // namespace sluice::serde
