#include "delivery/kpl_aggregate.h"

#include "base/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

Bytes frame_of(ByteView message) {
  Bytes frame("\xf3\x89\x9a\xc2");
  frame.append(message);
  for (const std::uint8_t byte : md5(message)) {
    frame.push_back(static_cast<char>(byte));
  }
  return frame;
}

// Two records that npm's aws-kinesis-agg reads as alpha: hello and beta: world.
const Bytes known = from_hex(
    "f3899ac20a05616c7068610a0462657461121431323334353637383930313233343536373839301a0908001a0568"
    "656c6c6f1a0b080110001a05776f726c6469fdb3a85895fbfe3b7135b35a1bf149");

TEST(KplAggregate, UnpacksWhatOtherDecodersUnpack) {
  const auto records = decode_aggregate(known);
  ASSERT_TRUE(records.has_value());
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ((*records)[0].data, "hello");
  EXPECT_EQ((*records)[0].partition_key, "alpha");
  EXPECT_FALSE((*records)[0].explicit_hash_key.has_value()) << "absent is not the first entry";
  EXPECT_EQ((*records)[1].data, "world");
  EXPECT_EQ((*records)[1].partition_key, "beta");
  EXPECT_EQ((*records)[1].explicit_hash_key, "12345678901234567890");
}

TEST(KplAggregate, TablesMayStandBehindRecordsAndUnknownFieldsAreSkipped) {
  const Bytes frame =
      frame_of(from_hex("1a0808001a0178220100"
                        "0a016b"
                        "2805"
                        "310000000000000000"
                        "3d00000000"));
  const auto records = decode_aggregate(frame);
  ASSERT_TRUE(records.has_value());
  ASSERT_EQ(records->size(), 1U);
  EXPECT_EQ((*records)[0].data, "x");
  EXPECT_EQ((*records)[0].partition_key, "k");
}

TEST(KplAggregate, ADamagedFrameIsAPlainRecord) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    Bytes damaged = known;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(decode_aggregate(damaged).has_value()) << i;
    EXPECT_FALSE(decode_aggregate(known.substr(0, i)).has_value()) << i;
  }
  for (const char* message : {"0a05",            // cut off
                              "1a040800",        // a record that is cut off
                              "1a020800",        // no data
                              "1a031a0178",      // no key
                              "1a0508001a0178",  // a key that is not in the table
                              "0a016b1a0708001005"
                              "1a0178",   // nor is the hash key
                              "0b",       // a group
                              "0001"}) {  // field 0
    EXPECT_FALSE(decode_aggregate(frame_of(from_hex(message))).has_value()) << message;
  }
}

TEST(Unpacked, JoinsThePayloadsOfAggregatesAndLeavesOthersAlone) {
  const Bytes nothing = frame_of(from_hex("0a016b"));
  std::vector<SourceRecord> records(4);
  records[0].data = "plain";
  records[1].data = known;
  records[3].data = nothing;
  Unpacked unpacked;
  unpacked.unpack(records);
  EXPECT_THAT(unpacked.payloads(), ElementsAre("plain", "helloworld", "", ""));
  EXPECT_FALSE(unpacked.is_nothing(2)) << "an empty record is one";
  EXPECT_TRUE(unpacked.is_nothing(3));
  unpacked.unpack(records, "|");
  EXPECT_THAT(unpacked.payloads(), ElementsAre("plain", "hello|world", "", ""));
  unpacked.unpack({});
  EXPECT_THAT(unpacked.payloads(), IsEmpty());
}

}  // namespace
}  // namespace sluice::delivery
