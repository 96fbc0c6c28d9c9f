#include "delivery/partition_names.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

std::optional<PartitionId> find(const PartitionNames& names, std::string_view name) {
  return names.find(name, PartitionNames::hash(name));
}

TEST(PartitionNames, FindsWhatWasAddedAndNothingElse) {
  PartitionNames names;
  EXPECT_EQ(find(names, "a"), std::nullopt);
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    names.add("customer" + std::to_string(i), PartitionId{i + 1});
  }
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    EXPECT_EQ(find(names, "customer" + std::to_string(i)), PartitionId{i + 1});
  }
  EXPECT_EQ(find(names, "customer10000"), std::nullopt);
  EXPECT_EQ(find(names, ""), std::nullopt);
}

TEST(PartitionNames, TellsNamesOfOneHashApart) {
  PartitionNames names;
  names.add("known", PartitionId{1});
  EXPECT_EQ(names.find("another", PartitionNames::hash("known")), std::nullopt);
}

TEST(PartitionNames, OfTheEmptyNameIsLikeAnyOther) {
  PartitionNames names;
  names.add("", PartitionId{7});
  EXPECT_EQ(find(names, ""), PartitionId{7});
}

TEST(PartitionNames, ForgetsWhatIsNotKept) {
  PartitionNames names;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    names.add(std::to_string(i), PartitionId{i});
  }
  names.keep_only([](PartitionId partition) { return partition.value % 3 == 0; });
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(find(names, std::to_string(i)).has_value(), i % 3 == 0) << i;
  }
  names.add("1", PartitionId{5'000});
  EXPECT_EQ(find(names, "1"), PartitionId{5'000});
  names.keep_only([](PartitionId) { return false; });
  EXPECT_EQ(find(names, "0"), std::nullopt);
}

}  // namespace
}  // namespace sluice::delivery
