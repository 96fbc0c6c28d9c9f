#include "cli/text_chart.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace sluice::cli {
namespace {

constexpr std::size_t digit_rows = 5;

// Three squares a row, the highest bit on the left.
constexpr std::array<std::array<std::uint8_t, digit_rows>, 10> digits = {{{7, 5, 5, 5, 7},
                                                                          {2, 6, 2, 2, 7},
                                                                          {7, 1, 7, 4, 7},
                                                                          {7, 1, 7, 1, 7},
                                                                          {5, 5, 7, 1, 1},
                                                                          {7, 4, 7, 1, 7},
                                                                          {7, 4, 7, 5, 7},
                                                                          {7, 1, 1, 1, 1},
                                                                          {7, 5, 7, 5, 7},
                                                                          {7, 5, 7, 1, 7}}};
constexpr std::array<std::uint8_t, digit_rows> dash = {0, 0, 7, 0, 0};

void append_squares(std::string& line, unsigned squares) {
  for (const unsigned bit : {4U, 2U, 1U}) {
    line += (squares & bit) != 0 ? "██" : "  ";
  }
}

// U+2800 and the dots, in UTF-8.
std::string braille(unsigned dots) {
  return {static_cast<char>(0xe2),
          static_cast<char>(0xa0 | (dots >> 6)),
          static_cast<char>(0x80 | (dots & 0x3f))};
}

// Which bit the dot has that lies in column x (0, 1) and row y (0 to 3, from the top) of its cell.
unsigned dot_bit(std::size_t x, std::size_t y) {
  constexpr unsigned bits[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
  return bits[x][y];
}

}  // namespace

std::vector<std::string> block_number(std::optional<int> number) {
  const std::string text = number ? std::to_string(*number) : "--";
  std::vector<std::string> lines(digit_rows);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    const auto& shape = is_digit ? digits[static_cast<std::size_t>(text[i] - '0')] : dash;
    for (std::size_t row = 0; row < digit_rows; ++row) {
      lines[row] += i == 0 ? "" : "  ";
      append_squares(lines[row], shape[row]);
    }
  }
  return lines;
}

std::string sparkline(std::span<const std::optional<double>> values, std::size_t width) {
  constexpr std::array<std::string_view, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto shown = values.last(std::min(values.size(), width));
  double low = 0;
  double high = 0;
  bool is_first = true;
  for (const std::optional<double>& value : shown) {
    if (value) {
      low = is_first ? *value : std::min(low, *value);
      high = is_first ? *value : std::max(high, *value);
      is_first = false;
    }
  }
  std::string line(width - shown.size(), ' ');
  for (const std::optional<double>& value : shown) {
    if (!value) {
      line += ' ';
      continue;
    }
    const double part = high > low ? (*value - low) / (high - low) : 0.0;
    line += blocks[static_cast<std::size_t>(std::lround(part * (blocks.size() - 1)))];
  }
  return line;
}

std::vector<std::string> braille_scatter(std::span<const std::pair<double, double>> points,
                                         double low,
                                         double high,
                                         std::size_t width,
                                         std::size_t height) {
  SLUICE_CHECK(high > low);
  std::vector<unsigned> cells(width * height, 0);
  const std::size_t columns = width * 2;
  const std::size_t rows = height * 4;
  for (const auto& [x, y] : points) {
    if (!(x >= low && x <= high && y >= low && y <= high)) {
      continue;
    }
    const auto place = [&](double value, std::size_t count) {
      const double at = (value - low) / (high - low) * static_cast<double>(count - 1);
      return static_cast<std::size_t>(std::lround(at));
    };
    const std::size_t column = place(x, columns);
    const std::size_t row = rows - 1 - place(y, rows);
    cells[row / 4 * width + column / 2] |= dot_bit(column % 2, row % 4);
  }
  std::vector<std::string> lines(height);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    lines[i / width] += braille(cells[i]);
  }
  return lines;
}

}  // namespace sluice::cli
