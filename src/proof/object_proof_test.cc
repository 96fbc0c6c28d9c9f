// The proof of an object, as it was written and as somebody else might write it.
#include "proof/object_proof.h"

#include "delivery/object_writer.h"

#include <gtest/gtest.h>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardPositions;
using delivery::StreamIncarnation;

std::vector<ShardPositions> two_shards() {
  std::vector<ShardPositions> positions(2);
  positions[0].shard = {StreamIncarnation(0xabc), 0};
  positions[0].ordinals.add(Ordinal(1), Ordinal(10));
  positions[1].shard = {StreamIncarnation(0xabc), 7};
  positions[1].ordinals.add(Ordinal(5), Ordinal(5));
  positions[1].ordinals.add(Ordinal(8), Ordinal(9));
  return positions;
}

std::map<std::string, std::string> written() {
  const auto positions = two_shards();
  return delivery::proof_of({PlanNumber(3), "hr/firehose/00000000000000ff", positions});
}

TEST(ObjectProof, IsReadAsItWasWritten) {
  const auto proof = parse_proof(written());
  ASSERT_TRUE(proof.has_value()) << proof.error().message();
  ASSERT_TRUE(proof->has_value());
  EXPECT_EQ((*proof)->delivery_stream, "hr/firehose");
  EXPECT_EQ((*proof)->incarnation, 0xffU);
  EXPECT_EQ((*proof)->plan, PlanNumber(3));
  EXPECT_EQ((*proof)->shards, spans_of(two_shards()));
  EXPECT_TRUE((*proof)->shards[0].is_whole());
  EXPECT_FALSE((*proof)->shards[1].is_whole());
  EXPECT_EQ((*proof)->positions, delivery::positions_digest(two_shards()));
}

TEST(ObjectProof, SaysOfHowManyRecordsThereAreSomePartsOnly) {
  std::vector<delivery::ShardPositions> positions = two_shards();
  delivery::OrdinalSet held;
  held.add(Ordinal(2), Ordinal(2));
  positions[0].partial.add({Ordinal(11), 3, 1, held});
  const auto proof =
      parse_proof(delivery::proof_of({PlanNumber(3), "hr/00000000000000ff", positions}));
  ASSERT_TRUE(proof.has_value() && proof->has_value());
  EXPECT_EQ((*proof)->shards, spans_of(positions));
  EXPECT_EQ((*proof)->shards[0].count, 11U);
  EXPECT_EQ((*proof)->shards[0].partial, 1U);
  EXPECT_FALSE((*proof)->shards[0].is_whole()) << "it does not say which parts";
}

TEST(ObjectProof, IsReadFromHeadersToo) {
  std::map<std::string, std::string> headers{{"content-type", "text/plain"}};
  for (const auto& [key, value] : written()) {
    std::string name = "x-amz-meta-" + key;
    for (char& c : name) {
      c = c == '.' || c == '_' ? '-' : c;
    }
    headers.emplace(name, value);
  }
  const auto proof = parse_proof(headers);
  ASSERT_TRUE(proof.has_value() && proof->has_value());
  EXPECT_EQ(**proof, **parse_proof(written()));
}

TEST(ObjectProof, IsAbsentWhereNoneOfItsKeysIs) {
  const auto proof = parse_proof({{"writer.model.name", "other"}});
  ASSERT_TRUE(proof.has_value());
  EXPECT_EQ(*proof, std::nullopt);
}

TEST(ObjectProof, OfAnotherFormIsRefused) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"sluice.delivery_stream", "no-incarnation"},
      {"sluice.delivery_stream", "hr/xyz"},
      {"sluice.plan", "0"},
      {"sluice.plan", "3x"},
      {"sluice.positions", "short"},
      {"sluice.shards", "abc/0:1-10:11"},
      {"sluice.shards", "abc/0:0-10:3"},
      {"sluice.shards", "abc/0:9-8:1"},
      {"sluice.shards", "abc/0:1-2:2;abc/0:3-4:2"},
      {"sluice.shards", "abc/4294967296:1-2:2"},
      {"sluice.shards", "abc/0:1-2:2+0"},
      {"sluice.shards", "abc/0:1-2:2+3"},
      {"sluice.shards", "abc/0:1-2:2+"},
  };
  for (const auto& [key, value] : wrong) {
    auto pairs = written();
    pairs[key] = value;
    EXPECT_FALSE(parse_proof(pairs).has_value()) << key << " = " << value;
  }
}

}  // namespace
}  // namespace sluice::proof
