// Learning layouts.
#include "serde/row_layout.h"

#include "json/scan.h"
#include "json/wide.h"
#include "serde/recent_day.h"
#include "serde/row_program.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::serde {
namespace {

static_assert(RowLayout::line_bytes_max % json::masked_step == 0);
static_assert(json::wide_reach >= json::masked_step);

constexpr std::uint32_t pause_max = 64;

// Integers of more digits are left to the program.
constexpr std::size_t digits_max = 15;

// The value at `at` if a layout may have it.
std::optional<RowLayout::Value> value_at(const RowProgram::Step& step,
                                         ByteView line,
                                         std::size_t at) {
  RowLayout::Value value{.action = step.action, .sink = step.sink};
  const char* const end = line.data() + line.size();
  const bool is_string = line[at] == '"';
  value.offset = static_cast<std::uint32_t>(at + (is_string ? 1 : 0));
  const char* const begin = line.data() + value.offset;
  switch (step.action) {
    case Action::text:
    case Action::skip_text:
    case Action::timestamp:
      value.bytes = static_cast<std::uint32_t>(json::skip_plain(begin, end) - begin);
      break;
    case Action::int32:
    case Action::int64:
      value.bytes = static_cast<std::uint32_t>(json::skip_digits(begin, end) - begin);
      break;
    default:
      return std::nullopt;
  }
  const bool is_number = step.action == Action::int32 || step.action == Action::int64;
  if (is_string == is_number || begin + value.bytes == end ||
      (is_string && begin[value.bytes] != '"')) {
    return std::nullopt;
  }
  if (step.action == Action::timestamp &&
      value.bytes != RecentDay::date_bytes + json::full_clock_bytes) {
    return std::nullopt;
  }
  if (is_number) {
    if (value.bytes == 0 || value.bytes > digits_max) {
      return std::nullopt;
    }
    for (std::uint32_t digit = 1; digit < value.bytes; ++digit) {
      value.least = digit == 1 ? 10 : value.least * 10;
    }
  }
  return value;
}

bool has_at(ByteView line, std::size_t at, ByteView expected) {
  return at <= line.size() && line.substr(at).starts_with(expected);
}

// False when the line is none that a layout can have.
bool lay_out(const RowProgram& program, ByteView line, RowLayout& layout) {
  std::ranges::copy(line, layout.text.begin());
  std::fill_n(layout.fixed.begin(), line.size(), static_cast<char>(0xff));
  const ByteView literals = program.literals();
  std::size_t at = 0;
  const auto is_tail = [&](const RowProgram::Step& tail) {
    return line.substr(at) == literals.substr(tail.literal, tail.literal_bytes);
  };
  for (const RowProgram::Step& step : program.steps()) {
    if (!has_at(line, at, literals.substr(step.literal, step.literal_bytes))) {
      return false;
    }
    at += step.literal_bytes;
    const auto value = at < line.size() ? value_at(step, line, at) : std::nullopt;
    if (!value) {
      return false;
    }
    std::fill_n(layout.fixed.begin() + value->offset, value->bytes, '\0');
    at = value->offset + value->bytes + (line[at] == '"' ? 1 : 0);
    layout.values.push_back(*value);
  }
  layout.line_bytes = line.size();
  return is_tail(program.line_tail()) || is_tail(program.tail());
}

}  // namespace

void RowLayouts::begin() {
  if (pause_ > 0 && --pause_ == 0) {
    // One line that was shorter than all others would keep their ends out of sight for good.
    layouts_.clear();
    reach_ = 0;
    credit_ = credit_begin;
  }
}

void RowLayouts::settle(std::size_t hits) {
  credit_ += static_cast<std::int32_t>(std::min<std::size_t>(hits, credit_begin));
  if (credit_ > credit_begin) {
    credit_ = credit_begin;
    next_pause_ = 1;
  }
}

void RowLayouts::learn(const RowProgram& program, ByteView line) {
  credit_ -= credit_per_miss;
  if (credit_ < 0) {
    pause_ = next_pause_;
    next_pause_ = std::min(2 * next_pause_, pause_max);
  }
  // Values that are not there are no part of a layout.
  if (!program.absent().empty() || line.size() > RowLayout::line_bytes_max) {
    return;
  }
  RowLayout layout;
  if (!lay_out(program, line, layout)) {
    return;
  }
  if (layouts_.empty()) {
    layouts_.resize(places);
    line_bytes_min_ = line.size();
  }
  layouts_[line.size() % places] = std::move(layout);
  line_bytes_min_ = std::min(line_bytes_min_, line.size());
  reach_ = std::max(reach_, line.size() + json::wide_reach);
}

}  // namespace sluice::serde
