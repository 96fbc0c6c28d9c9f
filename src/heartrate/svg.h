// Elements of an SVG picture: no more than the plots need.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::heartrate {

// In pixels, from the left and from the top.
struct Point {
  double x = 0;
  double y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  double right() const { return left + width; }

  double bottom() const { return top + height; }
};

enum class Anchor : std::uint8_t { start, middle, end };

struct TextStyle {
  double size = 12;
  std::string_view colour = "#1f2933";
  Anchor anchor = Anchor::start;
  bool is_bold = false;
  bool has_halo = false;  // white around the letters, for text on a curve
};

struct Stroke {
  std::string_view colour = "#1f2933";
  double width = 1;
  std::string_view dashes;  // "4 3"; empty: none
  double opacity = 1;
};

// Text and attribute values as XML takes them; what no XML may hold becomes U+FFFD.
std::string xml_escaped(std::string_view text);

// A picture under way.  Not thread-safe.
class Svg {
 public:
  // `title` is what readers aloud say.
  Svg(double width, double height, std::string_view title);

  void rect(const Box& box, std::string_view fill);
  void line(Point from, Point to, const Stroke& stroke);
  void circle(Point centre, double radius, std::string_view fill, const Stroke& stroke);
  void text(Point at, std::string_view text, const TextStyle& style);

  // Lines through the points of each run; a run of one is a dot.
  void runs(const std::vector<std::vector<Point>>& runs, const Stroke& stroke);

  // A dot of the stroke's width at each point; points that would cover each other are drawn once.
  void dots(std::vector<Point> points, const Stroke& stroke);

  // The whole document; the picture is spent.
  Bytes finish() &&;

 private:
  void path(std::string_view data, const Stroke& stroke);

  Bytes out_;
};

}  // namespace sluice::heartrate
