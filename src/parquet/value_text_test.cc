// Types and bounds as people read them.
#include "parquet/value_text.h"

#include "parquet/batch_for_test.h"
#include "parquet/schema.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::parquet {

namespace {

SchemaElement element_of(std::string_view type) {
  return elements_of(schema_of("c " + std::string(type)))[1];
}

template <class T>
Bytes plain(T value) {
  Bytes bytes;
  put_le(bytes, value);
  return bytes;
}

std::string text(std::string_view type, ByteView value) {
  return value_text(element_of(type), value);
}

TEST(TypeText, SaysWhatTheAnnotationsSay) {
  EXPECT_EQ(type_text(element_of("int")), "int32");
  EXPECT_EQ(type_text(element_of("tinyint")), "int8");
  EXPECT_EQ(type_text(element_of("string")), "string");
  EXPECT_EQ(type_text(element_of("binary")), "byte_array");
  EXPECT_EQ(type_text(element_of("timestamp")), "timestamp(micros, UTC)");
  EXPECT_EQ(type_text(element_of("decimal(20,3)")), "decimal(20,3)");
  EXPECT_EQ(type_text(element_of("array<int>")), "list");
  EXPECT_EQ(type_text(element_of("struct<a:int>")), "group");
  SchemaElement old;
  old.type = PhysicalType::int64;
  old.converted_type = ConvertedType::timestamp_millis;
  EXPECT_EQ(type_text(old), "timestamp(millis, UTC)");
  old.converted_type = ConvertedType::uint_16;
  EXPECT_EQ(type_text(old), "uint16");
  old.converted_type = ConvertedType::int_64;
  EXPECT_EQ(type_text(old), "int64");
  old.converted_type = ConvertedType::interval;
  EXPECT_EQ(type_text(old), "int64");
}

TEST(ValueText, NumbersAndBooleans) {
  EXPECT_EQ(text("int", plain(std::int32_t{-89})), "-89");
  EXPECT_EQ(text("bigint", plain(std::numeric_limits<std::int64_t>::min())),
            "-9223372036854775808");
  EXPECT_EQ(text("double", plain(std::bit_cast<std::uint64_t>(-0.5))), "-0.5");
  EXPECT_EQ(text("float", plain(std::bit_cast<std::uint32_t>(0.1F))), "0.1");
  EXPECT_EQ(text("boolean", Bytes(1, '\1')), "true");
  SchemaElement unsigned_element;
  unsigned_element.type = PhysicalType::int32;
  unsigned_element.converted_type = ConvertedType::uint_32;
  EXPECT_EQ(value_text(unsigned_element, plain(std::int32_t{-1})), "4294967295");
}

TEST(ValueText, DatesAndTimes) {
  EXPECT_EQ(text("date", plain(std::int32_t{20'284})), "2025-07-15");
  EXPECT_EQ(text("date", plain(std::int32_t{-1})), "1969-12-31");
  EXPECT_EQ(text("date", plain(std::numeric_limits<std::int32_t>::min())), "day -2147483648");
  EXPECT_EQ(text("timestamp", plain(std::int64_t{1'752'599'433'123'456})),
            "2025-07-15T17:10:33.123456Z");
  EXPECT_EQ(text("timestamp", plain(std::int64_t{-1})), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(text("timestamp", plain(std::numeric_limits<std::int64_t>::min())),
            "day -106751992T19:59:05.224192Z");
  SchemaElement legacy;
  legacy.type = PhysicalType::int96;
  EXPECT_EQ(
      value_text(legacy, plain(std::int64_t{61'000'000'001}) + plain(std::int32_t{2'440'589})),
      "1970-01-02T00:01:01.000000001");
}

TEST(ValueText, DecimalsHaveTheirPoint) {
  EXPECT_EQ(text("decimal(7,2)", plain(std::int32_t{-1'234})), "-12.34");
  EXPECT_EQ(text("decimal(7,2)", plain(std::int32_t{5})), "0.05");
  EXPECT_EQ(text("decimal(7,0)", plain(std::int32_t{5})), "5");
  EXPECT_EQ(text("decimal(18,3)", plain(std::int64_t{-1})), "-0.001");
  EXPECT_EQ(text("decimal(19,1)", Bytes(9, '\xff')), "-0.1");
  EXPECT_EQ(text("decimal(38,0)", "\x7f" + Bytes(15, '\xff')),
            "170141183460469231731687303715884105727");
  EXPECT_EQ(text("decimal(38,0)", "\x80" + Bytes(15, '\0')),
            "-170141183460469231731687303715884105728");
}

TEST(ValueText, TextIsQuotedAndBytesAreHexadecimal) {
  EXPECT_EQ(text("string", "run"), "\"run\"");
  EXPECT_EQ(text("string", "a\"b\\\n"), "\"a\\\"b\\\\\\x0a\"");
  EXPECT_EQ(text("string", "\xff"), "0xff");
  EXPECT_EQ(text("binary", Bytes("\x00\xff", 2)), "0x00ff");
}

TEST(ValueText, BytesThatDoNotFitTheTypeAreShownAsTheyAre) {
  EXPECT_EQ(text("int", "abc"), "0x616263");
  EXPECT_EQ(text("boolean", ""), "0x");
  EXPECT_EQ(text("decimal(38,0)", ""), "0x");
}

}  // namespace

}  // namespace sluice::parquet
