#include "server/kinesis/put_records_body.h"

#include "base/random.h"
#include "server/kinesis/put_records_body_agreement.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::server {
namespace {

constexpr std::string_view one_record =
    R"({"StreamName":"s","Records":[{"Data":"aGk=","PartitionKey":"watch"}]})";

std::string with_records(std::string_view records) {
  return fmt::format(R"({{"StreamName":"s","Records":{}}})", records);
}

const std::vector<std::string> plain_texts = {
    std::string(one_record),
    R"({"Records": [{"Data": "aGk=", "PartitionKey": "a"}, {"Data": "", "PartitionKey": "b"}], "StreamName": "s"})",
    " {\n\t\"StreamARN\" : \"arn:aws:kinesis:us-east-1:000000000000:stream/s\",\r\n \"Records\" : "
    "[ "
    "{ \"PartitionKey\" : \"b\" , \"Data\" : \"AAECAw==\" , \"ExplicitHashKey\" : \"0\" } ] } \n",
    R"({"StreamName":"s","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/t",)"
    R"("Records":[{"ExplicitHashKey":"340282366920938463463374607431768211456","Data":"","PartitionKey":"ключ"}]})",
    R"({"Records":[{"Data":"aGk=","PartitionKey":"no stream at all"}]})",
};

TEST(PutRecordsBody, WhatClientsWriteIsReadThePlainWay) {
  for (const std::string& text : plain_texts) {
    EXPECT_EQ(plain_way_agrees(text), true) << text;
  }
  const auto body = read_plain_put_records(plain_texts[2]);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->reference.arn, "arn:aws:kinesis:us-east-1:000000000000:stream/s");
  EXPECT_FALSE(body->reference.name.has_value());
  ASSERT_EQ(body->entries.size(), 1U);
  EXPECT_EQ(body->entries[0].key, "b");
  EXPECT_EQ(body->entries[0].hash_text, "0");
  EXPECT_EQ(body->data, ByteView("\0\1\2\3", 4));
}

TEST(PutRecordsBody, EntriesLieOneBehindTheOther) {
  const auto body = read_plain_put_records(with_records(
      R"([{"Data":"aGk=","PartitionKey":"a"},{"Data":"","PartitionKey":"b"},{"Data":"eW91","PartitionKey":"c"}])"));
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->data, "hiyou");
  ASSERT_EQ(body->entries.size(), 3U);
  EXPECT_EQ(body->entries[1].length, 0U);
  EXPECT_EQ(body->entries[2].offset, 2U);
  EXPECT_EQ(body->entries[2].length, 3U);
}

TEST(PutRecordsBody, TheFullWayIsLeftWhatIsWrongOrSeldom) {
  const std::string long_key(257, 'k');
  const std::vector<std::string> texts = {
      "",
      "{}",
      "[]",
      "null",
      R"({"StreamName":"s"})",
      with_records("[]"),
      with_records("null"),
      with_records("{}"),
      with_records("[{}]"),
      with_records("[null]"),
      with_records(R"([{"Data":"aGk="}])"),
      with_records(R"([{"PartitionKey":"a"}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":""}])"),
      with_records(R"([{"Data":"aGk","PartitionKey":"a"}])"),
      with_records(R"([{"Data":"a!k=","PartitionKey":"a"}])"),
      with_records(R"([{"Data":1,"PartitionKey":"a"}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":"a","ExplicitHashKey":"01"}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":"a","ExplicitHashKey":""}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":"a","ExplicitHashKey":null}])"),
      with_records(R"([{"Data":"aGk=","Data":"aGk=","PartitionKey":"a"}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":"a","Other":1}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":"a\n"}])"),
      with_records(R"([{"\u0044ata":"aGk=","PartitionKey":"a"}])"),
      with_records(R"([{"Data":"aGk=","PartitionKey":"a"},])"),
      with_records("[{\"Data\":\"aGk=\",\"PartitionKey\":\"a\tb\"}]"),
      with_records("[{\"Data\":\"aGk=\",\"PartitionKey\":\"\xc3\"}]"),
      with_records("[{\"Data\":\"aGk=\",\"PartitionKey\":\"\xed\xa0\x80\"}]"),
      with_records(fmt::format(R"([{{"Data":"aGk=","PartitionKey":"{}"}}])", long_key)),
      std::string(one_record) + "x",
      std::string(one_record.substr(0, one_record.size() - 1)),
      R"({"StreamName":"a b","Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
      R"({"StreamName":"","Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
      R"({"StreamName":"s","StreamName":"t","Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
      R"({"StreamARN":"arn","Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
      R"({"Records":[{"Data":"aGk=","PartitionKey":"a"}],"Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
      R"({"DryRun":true,"StreamName":"s","Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
      R"({"StreamId":"s","Records":[{"Data":"aGk=","PartitionKey":"a"}]})",
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(plain_way_agrees(text), false) << text;
  }
}

TEST(PutRecordsBody, ThePlainWayTakesFiveHundredRecordsAndNoMore) {
  std::string records = R"([{"Data":"aGk=","PartitionKey":"a"})";
  for (int i = 1; i < 500; ++i) {
    records += R"(,{"Data":"aGk=","PartitionKey":"a"})";
  }
  EXPECT_EQ(plain_way_agrees(with_records(records + "]")), true);
  records += R"(,{"Data":"aGk=","PartitionKey":"a"}])";
  EXPECT_EQ(plain_way_agrees(with_records(records)), false);
}

TEST(PutRecordsBody, BothWaysAgreeOnTextsWithMistakes) {
  constexpr std::string_view letters = "{}[]\":, \\aA0=/+\n\x01\xc3\xa4n";
  SeededRandom random(11);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = plain_texts[random.below(plain_texts.size())];
    for (std::uint64_t edits = random.below(3); edits > 0; --edits) {
      const std::size_t at = random.below(text.size());
      const char letter = letters[random.below(letters.size())];
      switch (random.below(4)) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.insert(at, 1, letter);
          break;
        case 2:
          text[at] = letter;
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(30)));
      }
    }
    const auto agreed = plain_way_agrees(text);
    ASSERT_TRUE(agreed.has_value()) << text;
    taken += *agreed ? 1 : 0;
  }
  EXPECT_GT(taken, 2'000);
}

}  // namespace
}  // namespace sluice::server
