// What the panels of a plot have in common: colours and sizes.
#pragma once

#include "heartrate/plot_axis.h"
#include "heartrate/svg.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::heartrate {

inline constexpr std::string_view ink_text = "#1f2933";
inline constexpr std::string_view ink_soft = "#616e7c";
inline constexpr std::string_view ink_grid = "#d9dfe5";
inline constexpr std::string_view ink_rate = "#a61e2d";
inline constexpr std::string_view ink_interval = "#2f5d8a";

// Of the zone below all bounds, then from easy to hard.
inline constexpr std::array<std::string_view, 6> zone_bands = {
    "#f7f8f9", "#edf3f9", "#e9f4ec", "#fbf5e0", "#fcece0", "#fae4e4"};
inline constexpr std::array<std::string_view, 6> zone_bars = {
    "#b8c1ca", "#8fb4d6", "#8cc29a", "#e0c35c", "#e39a5f", "#d3626b"};

// The place of a zone in those, whatever the number of zones.
inline std::size_t zone_colour(std::size_t zone, std::size_t zones) {
  if (zone == 0) {
    return 0;
  }
  return zones <= 2 ? 3 : 1 + (zone - 1) * (zone_bands.size() - 2) / (zones - 2);
}

inline constexpr TextStyle label_style{
    .size = 11, .colour = ink_soft, .anchor = Anchor::start, .is_bold = false, .has_halo = false};

inline TextStyle label_at(Anchor anchor) {
  TextStyle style = label_style;
  style.anchor = anchor;
  return style;
}

inline constexpr TextStyle heading_style{
    .size = 12, .colour = ink_text, .anchor = Anchor::start, .is_bold = true, .has_halo = false};

inline constexpr Stroke grid_stroke{.colour = ink_grid, .width = 1, .dashes = {}, .opacity = 1};

}  // namespace sluice::heartrate
