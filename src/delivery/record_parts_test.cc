#include "delivery/record_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::ElementsAre;

DeliveryStream stream_that_splits() {
  DeliveryStream stream;
  stream.version = 3;
  Processing& processing = stream.s3.processing.emplace();
  processing.is_enabled = true;
  processing.processors = {{"RecordDeAggregation", {{"SubRecordType", "JSON"}}}};
  stream.earlier_splits = {{2, {}}};
  return stream;
}

std::vector<std::string> parts_of(RecordParts& parts,
                                  const std::vector<SourceRecord>& records,
                                  const PartialRecords& partial = {}) {
  Routed routed;
  std::deque<Bytes> held;
  const auto taken =
      parts.take_apart({{StreamIncarnation(1), 0}, records, nullptr, &partial}, true, routed, held);
  std::vector<std::string> out;
  for (const SourceRecord& part : routed.batch.records) {
    out.push_back(std::string(part.data) + " " + std::to_string(part.part) + "/" +
                  std::to_string(part.parts) + " v" + std::to_string(part.split_version) + " " +
                  std::string(part.partition_key));
  }
  return taken ? out : std::vector{taken.error().message()};
}

TEST(RecordParts, FallByTheRuleInForceOrByThatOfTheirFirstParts) {
  RecordParts parts(stream_that_splits());
  const std::vector<SourceRecord> records = {{Ordinal(1), {}, "{}{}", "k"},
                                             {Ordinal(2), {}, "{} {}", "l"}};
  EXPECT_THAT(parts_of(parts, records),
              ElementsAre("{} 1/2 v3 k", "{} 2/2 v3 k", "{} 1/2 v3 l", "{} 2/2 v3 l"));
  PartialRecords partial;
  PartialRecord two{Ordinal(2), 2, 2, {}};
  two.held.add(Ordinal(1));
  partial.add(two);
  EXPECT_THAT(parts_of(parts, records, partial),
              ElementsAre(testing::HasSubstr("was split into 2 parts, some of which are delivered, "
                                             "and falls into 1 now")));
}

}  // namespace
}  // namespace sluice::delivery
