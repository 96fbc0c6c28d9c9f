// Small charts made of characters.  Each returns lines of text without ends, all of the same
// display width, without colours; nothing here knows a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

// Digits five lines high, seven columns each and one between; "--" for std::nullopt.
//
//   ██████  ██████
//   ██  ██  ██  ██
//   ██████  ██████
//   ██  ██      ██
//   ██████  ██████
std::vector<std::string> block_number(std::optional<int> number);

// The newest values, one a column, the newest on the right: "▁▃▅█ ▂".  The lowest shown is the
// lowest block, the highest the full one; std::nullopt is a gap.  Fewer than `width` values stand
// on the right.
std::string sparkline(std::span<const std::optional<double>> values, std::size_t width);

// Points as dots of Braille, two a column and four a line, over [low, high] both ways, upwards and
// to the right.  What lies outside is left out.
std::vector<std::string> braille_scatter(std::span<const std::pair<double, double>> points,
                                         double low,
                                         double high,
                                         std::size_t width,
                                         std::size_t height);

}  // namespace sluice::cli
