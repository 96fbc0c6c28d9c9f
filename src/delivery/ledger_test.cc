#include "delivery/ledger.h"

#include <gtest/gtest.h>

namespace sluice::delivery {
namespace {

TEST(ObjectKind, NamesAreThoseOfTheErrorOutput) {
  EXPECT_EQ(object_kind_name(ObjectKind::data), "data");
  EXPECT_EQ(object_kind_name(ObjectKind::format_conversion_failed), "format-conversion-failed");
}

}  // namespace
}  // namespace sluice::delivery
