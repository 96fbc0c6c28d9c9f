// Elements of an SVG picture.
#include "heartrate/svg.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace sluice::heartrate {
namespace {

// To a tenth of a pixel: "12", "12.5".
std::string number(double value) {
  const double tenths = std::round(value * 10);
  return std::fmod(tenths, 10) == 0 ? fmt::format("{:.0f}", tenths / 10 + 0.0)
                                    : fmt::format("{:.1f}", tenths / 10);
}

std::string_view anchor_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::start:
      return "start";
    case Anchor::middle:
      return "middle";
    case Anchor::end:
      return "end";
  }
  return "start";
}

std::string stroke_attributes(const Stroke& stroke) {
  std::string out = fmt::format("stroke=\"{}\" stroke-width=\"{}\"", stroke.colour, stroke.width);
  if (!stroke.dashes.empty()) {
    out += fmt::format(" stroke-dasharray=\"{}\"", stroke.dashes);
  }
  if (stroke.opacity < 1) {
    out += fmt::format(" stroke-opacity=\"{}\"", stroke.opacity);
  }
  return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  const bool is_text = is_utf8(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (byte < 0x20 || (!is_text && byte >= 0x80)) {
      out += replacement;
    } else {
      out += c;
    }
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title) {
  out_ = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" role=\"img\" font-family=\"Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation "
      "Sans', sans-serif\">\n<title>{2}</title>\n",
      number(width),
      number(height),
      xml_escaped(title));
  rect({0, 0, width, height}, "#ffffff");
}

void Svg::rect(const Box& box, std::string_view fill) {
  fmt::format_to(std::back_inserter(out_),
                 "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
                 number(box.left),
                 number(box.top),
                 number(box.width),
                 number(box.height),
                 fill);
}

void Svg::line(Point from, Point to, const Stroke& stroke) {
  fmt::format_to(std::back_inserter(out_),
                 "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" {}/>\n",
                 number(from.x),
                 number(from.y),
                 number(to.x),
                 number(to.y),
                 stroke_attributes(stroke));
}

void Svg::circle(Point centre, double radius, std::string_view fill, const Stroke& stroke) {
  fmt::format_to(std::back_inserter(out_),
                 "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\" {}/>\n",
                 number(centre.x),
                 number(centre.y),
                 number(radius),
                 fill,
                 stroke_attributes(stroke));
}

void Svg::text(Point at, std::string_view text, const TextStyle& style) {
  fmt::format_to(std::back_inserter(out_),
                 "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\"{}{}>{}"
                 "</text>\n",
                 number(at.x),
                 number(at.y),
                 style.size,
                 style.colour,
                 anchor_name(style.anchor),
                 style.is_bold ? " font-weight=\"600\"" : "",
                 style.has_halo ? " paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"3\" "
                                  "stroke-linejoin=\"round\""
                                : "",
                 xml_escaped(text));
}

void Svg::path(std::string_view data, const Stroke& stroke) {
  fmt::format_to(std::back_inserter(out_),
                 "<path d=\"{}\" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\" "
                 "{}/>\n",
                 data,
                 stroke_attributes(stroke));
}

void Svg::runs(const std::vector<std::vector<Point>>& runs, const Stroke& stroke) {
  std::string data;
  for (const std::vector<Point>& run : runs) {
    char command = 'M';
    for (const Point& point : run) {
      data += fmt::format("{}{} {}", command, number(point.x), number(point.y));
      command = 'L';
    }
    data += run.size() == 1 ? "h0" : "";
  }
  if (!data.empty()) {
    path(data, stroke);
  }
}

void Svg::dots(std::vector<Point> points, const Stroke& stroke) {
  constexpr double grid = 0.5;
  for (Point& point : points) {
    point = {std::round(point.x / grid) * grid, std::round(point.y / grid) * grid};
  }
  std::ranges::sort(points, {}, [](const Point& point) { return std::pair(point.x, point.y); });
  const auto repeated = std::ranges::unique(points);
  points.erase(repeated.begin(), repeated.end());
  std::string data;
  for (const Point& point : points) {
    data += fmt::format("M{} {}h0", number(point.x), number(point.y));
  }
  if (!data.empty()) {
    path(data, stroke);
  }
}

Bytes Svg::finish() && {
  out_ += "</svg>\n";
  return std::move(out_);
}

}  // namespace sluice::heartrate
