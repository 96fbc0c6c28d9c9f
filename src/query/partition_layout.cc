// Layouts of registered partitions.
#include "query/partition_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace sluice::query {
namespace {

std::string root_of(const S3Location& location) {
  const bool is_whole = location.key.empty() || location.key.ends_with('/');
  return is_whole ? location.key : location.key + "/";
}

// The layout that the partitions' own values show, without patterns.
std::optional<KeyLayout> shown_layout(const TablePlan& plan) {
  if (!plan.location || plan.places.empty()) {
    return std::nullopt;
  }
  KeyLayout layout;
  layout.root = root_of(*plan.location);
  const bool all_lie_below = std::ranges::all_of(plan.places, [&](const TablePlace& place) {
    return place.is_registered() && place.bucket == plan.location->bucket &&
           place.prefix.starts_with(layout.root);
  });
  if (!all_lie_below) {
    return std::nullopt;
  }
  for (std::size_t at = 0; at < layout.root.size();) {
    const std::size_t slash = layout.root.find('/', at);
    layout.folders.push_back(layout.root.substr(at, slash - at));
    at = slash + 1;
  }
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    if (!plan.segments[i] || plan.segments[i]->segment != layout.folders.size()) {
      return std::nullopt;
    }
    PartitionColumn column = *plan.segments[i];
    column.name = plan.partition_columns[i].name;
    column.type = plan.partition_columns[i].type;
    layout.folders.push_back(fmt::format("{}${{{}}}", column.before, column.name));
    layout.columns.push_back(std::move(column));
  }
  return layout;
}

// Whether a delivery stream's prefix makes the keys below `root`, folder for folder.
bool writes(const delivery::DeliveryStream& stream,
            const KeyLayout& written,
            const S3Location& location,
            const KeyLayout& shown) {
  return stream.s3.bucket() == location.bucket && written.root == shown.root &&
         std::ranges::all_of(shown.columns, [&](const PartitionColumn& column) {
           return std::ranges::find(written.columns, column.segment, &PartitionColumn::segment) !=
                  written.columns.end();
         });
}

// Gives the columns the patterns of the prefix; a column that is more of its folder than the time
// in it ("session_15-55-19") gets none.
void take_patterns(KeyLayout& shown, const KeyLayout& written) {
  for (PartitionColumn& column : shown.columns) {
    const auto source =
        std::ranges::find(written.columns, column.segment, &PartitionColumn::segment);
    if (source->before == column.before && source->after.empty()) {
      column.pattern = source->pattern;
    }
  }
}

std::optional<int> first_year_of(const TablePlan& plan, const KeyLayout& keys) {
  const auto column = std::ranges::find(keys.columns, "yyyy", &PartitionColumn::pattern);
  if (column == keys.columns.end()) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(column - keys.columns.begin());
  std::optional<int> first;
  for (const TablePlace& place : plan.places) {
    const std::string& text = place.values[index];
    int year = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
    if (error == std::errc() && end == text.data() + text.size()) {
      first = std::min(first.value_or(year), year);
    }
  }
  return first;
}

}  // namespace

std::optional<PartitionLayout> layout_of_partitions(
    const TablePlan& plan, std::span<const delivery::DeliveryStream> streams) {
  auto shown = shown_layout(plan);
  if (!shown) {
    return std::nullopt;
  }
  PartitionLayout layout{*std::move(shown), nullptr, std::nullopt};
  for (const delivery::DeliveryStream& stream : streams) {
    const KeyLayout written = layout_of_prefix(stream.s3.prefix);
    if (writes(stream, written, *plan.location, layout.keys)) {
      take_patterns(layout.keys, written);
      layout.writer = &stream;
      layout.first_year = first_year_of(plan, layout.keys);
      break;
    }
  }
  return layout;
}

}  // namespace sluice::query
