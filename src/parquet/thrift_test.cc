// The compact protocol: bytes by hand, every kind of value back again, and damage.
#include "parquet/thrift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace sluice::parquet {

namespace {

Bytes raw(std::initializer_list<int> bytes) {
  Bytes out;
  for (int byte : bytes) {
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

TEST(ThriftWriter, FieldsAndListsHaveTheProtocolsBytes) {
  Bytes out;
  ThriftWriter writer(out);
  writer.begin_struct();
  writer.i32(1, 1);
  writer.boolean(2, true);
  writer.boolean(3, false);
  writer.i8(4, -1);
  writer.begin_struct(5);
  writer.i16(1, -1);
  writer.end_struct();
  writer.binary(6, "ab");
  writer.i64(40, 150);
  writer.begin_list(41, ThriftType::i32, 2);
  writer.element_i32(0);
  writer.element_i32(-2);
  writer.begin_list(42, ThriftType::boolean_true, 2);
  writer.element_boolean(true);
  writer.element_boolean(false);
  writer.empty_struct(43);
  writer.end_struct();
  EXPECT_EQ(out,
            raw({0x15, 2, 0x11, 0x12, 0x13, 0xff, 0x1c, 0x14, 1, 0, 0x18, 2, 'a', 'b', 0x06, 80,
                 0xac, 2, 0x19, 0x25, 0,    3,    0x19, 0x21, 1, 2, 0x1c, 0, 0}));
}

TEST(ThriftWriter, ListsOfFifteenAndMoreHaveALongHeader) {
  Bytes out;
  ThriftWriter writer(out);
  writer.begin_struct();
  writer.begin_list(1, ThriftType::i32, 15);
  EXPECT_EQ(out, raw({0x19, 0xf5, 15}));
}

TEST(ThriftReader, ReadsWhatTheWriterWrote) {
  Bytes out;
  ThriftWriter writer(out);
  writer.begin_struct();
  writer.i64(1, std::numeric_limits<std::int64_t>::min());
  writer.i32(2, std::numeric_limits<std::int32_t>::max());
  writer.begin_struct(3);
  writer.binary(20, "inner");
  writer.end_struct();
  writer.begin_list(4, ThriftType::boolean_true, 3);
  writer.element_boolean(true);
  writer.element_boolean(false);
  writer.element_boolean(true);
  writer.end_struct();

  ThriftReader reader(out);
  reader.begin_struct();
  EXPECT_EQ(reader.i64(*reader.next_field()), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.i32(*reader.next_field()), std::numeric_limits<std::int32_t>::max());
  reader.structure(*reader.next_field());
  reader.begin_struct();
  const auto inner = reader.next_field();
  EXPECT_EQ(inner->id, 20);
  EXPECT_EQ(reader.binary(*inner), "inner");
  EXPECT_FALSE(reader.next_field());
  const auto list = reader.next_field();
  EXPECT_EQ(list->id, 4) << "the id before the inner struct counts on";
  EXPECT_EQ(reader.begin_list(*list, ThriftType::boolean_true, 10), 3U);
  EXPECT_TRUE(reader.element_boolean());
  EXPECT_FALSE(reader.element_boolean());
  EXPECT_TRUE(reader.element_boolean());
  EXPECT_FALSE(reader.next_field());
  EXPECT_TRUE(reader.status());
  EXPECT_EQ(reader.position(), out.size());
}

// Reads one struct, skipping every field.
Result<void> skip_all(ByteView bytes) {
  ThriftReader reader(bytes);
  reader.begin_struct();
  while (const auto field = reader.next_field()) {
    reader.skip(*field);
  }
  return reader.status();
}

TEST(ThriftReader, SkipsValuesOfEveryType) {
  EXPECT_TRUE(skip_all(
      raw({0x11, 0x12, 0x13, 1, 0x14, 2,    0x15, 2,    0x16, 2, 0x17, 1,    2,    3, 4,
           5,    6,    7,    8, 0x18, 1,    'x',  0x19, 0x21, 1, 2,    0x1a, 0x15, 2, 0x1b,
           1,    0x58, 2,    1, 'v',  0x1b, 0,    0x1c, 0x11, 0, 0x19, 0x1c, 0x11, 0, 0})));
}

TEST(ThriftReader, EveryCutOfAStructIsAnError) {
  Bytes whole;
  ThriftWriter writer(whole);
  writer.begin_struct();
  writer.binary(1, "some text");
  writer.begin_list(2, ThriftType::i64, 20);
  for (int i = 0; i < 20; ++i) {
    writer.element_i64(i * 1000);
  }
  writer.begin_struct(90);
  writer.i32(1, 7);
  writer.end_struct();
  writer.end_struct();
  ASSERT_TRUE(skip_all(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Result<void> cut = skip_all(ByteView(whole).substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().fault(), Fault::corrupt);
  }
}

TEST(ThriftReader, DamageIsRefusedAndSaysWhere) {
  struct Case {
    Bytes bytes;
    std::string_view complaint;
  };

  Bytes deep;
  for (int i = 0; i < 100; ++i) {
    deep += raw({0x1c});
  }
  Bytes lists = raw({0x19});
  for (int i = 0; i < 100; ++i) {
    lists += raw({0x19});
  }
  const Case cases[] = {
      {raw({0x18, 0xff, 0xff, 0x03}),
       "a string of 65535 bytes, longer than what is left at byte 4"},
      {raw({0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}),
       "a number longer than ten bytes"},
      {raw({0x1d}), "a field of type 13 and id 1"},
      {raw({0x10}), "a field of type 0 and id 1"},
      {raw({0x05, 0x01}), "a field of type 5 and id -1"},
      {raw({0x19, 0xf5, 0xff, 0xff, 0xff, 0x7f}), "a list longer than what is left"},
      {raw({0x1b, 0xff, 0x7f, 0x55}), "a map longer than what is left"},
      {deep, "nested too deep"},
      {lists, "nested too deep"},
  };
  for (const Case& each : cases) {
    const Result<void> status = skip_all(each.bytes);
    ASSERT_FALSE(status) << each.complaint;
    EXPECT_THAT(status.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

TEST(ThriftReader, AFieldOfAnotherTypeIsRefused) {
  const Bytes bytes = raw({0x18, 1, 'x', 0});
  const auto complaint = [&](auto read) {
    ThriftReader reader(bytes);
    reader.begin_struct();
    read(reader, *reader.next_field());
    return reader.failed();
  };
  EXPECT_TRUE(complaint([](ThriftReader& in, ThriftReader::Field field) { in.i32(field); }));
  EXPECT_TRUE(complaint([](ThriftReader& in, ThriftReader::Field field) { in.boolean(field); }));
  EXPECT_TRUE(complaint([](ThriftReader& in, ThriftReader::Field field) { in.structure(field); }));
  EXPECT_TRUE(complaint([](ThriftReader& in, ThriftReader::Field field) {
    in.begin_list(field, ThriftType::i32, 10);
  }));
  EXPECT_FALSE(complaint([](ThriftReader& in, ThriftReader::Field field) { in.binary(field); }));
}

TEST(ThriftReader, NumbersOutOfRangeAreRefused) {
  const Bytes bytes = raw({0x16, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 0});
  ThriftReader reader(bytes);
  reader.begin_struct();
  EXPECT_EQ(reader.i32(*reader.next_field()), 0);
  EXPECT_TRUE(reader.failed());
}

}  // namespace

}  // namespace sluice::parquet
