#include "base/ascii.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Ascii, LowerChangesCapitalLettersAlone) {
  EXPECT_EQ(lower("AZaz09@[`{\xc3\x84"), "azaz09@[`{\xc3\x84");
  EXPECT_EQ(lower(""), "");
}

}  // namespace
}  // namespace sluice
