// Tests of the elements of pictures.
#include "heartrate/svg.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

TEST(Svg, TextIsWhatXmlTakes) {
  EXPECT_EQ(xml_escaped("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
  EXPECT_EQ(xml_escaped("v\xc3\xadvo"), "v\xc3\xadvo");
  EXPECT_EQ(xml_escaped("\x1b[1m"), "\xEF\xBF\xBD[1m");
  EXPECT_EQ(xml_escaped("\xff"), "\xEF\xBF\xBD");
}

TEST(Svg, RunsAreOnePathAndALonelyPointIsADot) {
  Svg svg(10, 10, "t");
  svg.runs({{{0, 1}, {2.04, 3.06}}, {}, {{-0.01, 5}}}, {});
  const Bytes text = std::move(svg).finish();
  EXPECT_NE(text.find("d=\"M0 1L2 3.1M0 5h0\""), Bytes::npos) << text;
}

TEST(Svg, DotsOnTheSameSpotAreDrawnOnce) {
  Svg svg(10, 10, "t");
  svg.dots({{3, 4}, {1.1, 2}, {3.1, 4.1}}, {});
  const Bytes text = std::move(svg).finish();
  EXPECT_NE(text.find("d=\"M1 2h0M3 4h0\""), Bytes::npos) << text;
}

TEST(Svg, NothingDrawsNothing) {
  Svg svg(10, 10, "t");
  svg.runs({{}}, {});
  svg.dots({}, {});
  EXPECT_EQ(std::move(svg).finish().find("<path"), Bytes::npos);
}

}  // namespace
}  // namespace sluice::heartrate
