// Lines and records of known layout into rows; for serde/row_loop.h alone, which says how it is
// compiled.
#pragma once

#include "base/bytes.h"
#include "json/wide.h"
#include "serde/row_layout.h"
#include "serde/row_sinks.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::serde {

// The steps of the loop are made one function by the compiler.
#define SLUICE_HOT [[gnu::always_inline]] inline

template <class Wide>
class RowLayoutLoop {
 public:
  // Lines from `row` on until one is of no known layout, or too near to the end of the text; the
  // place behind the last.  The values of the line that ends the loop may have been written in
  // part.
  static const char* read_lines(const RowLayouts& layouts,
                                RowSink* fields,
                                const char* at,
                                const char* const end,
                                std::size_t& row,
                                const std::size_t rows_max) {
    const std::size_t line_bytes_min = layouts.line_bytes_min();
    const std::size_t reach = layouts.reach();
    std::size_t next = row;
    while (next < rows_max && static_cast<std::size_t>(end - at) >= reach) {
      // The first line end that can be that of a known line.  Whether the guess is right is seen
      // below; the next line does not wait for that.
      const std::size_t line_bytes = line_bytes_min + Wide::line_end(at + line_bytes_min - 1);
      const RowLayout& layout = layouts.of(line_bytes);
      if (layout.line_bytes != line_bytes ||
          !Wide::is_same_under(layout.fixed.data(), at, layout.text.data(), line_bytes) ||
          !read_values(layout, fields, at, end, next)) [[unlikely]] {
        break;
      }
      at += line_bytes;
      ++next;
    }
    row = next;
    return at;
  }

  // How many records from the front are of known layouts, each a row from `row` on.  They lie side
  // by side; what lies behind them can be read up to `readable`.
  static std::size_t read_records(const RowLayouts& layouts,
                                  RowSink* fields,
                                  std::span<const ByteView> records,
                                  const char* const readable,
                                  const std::size_t row) {
    const std::size_t record_bytes_min = layouts.line_bytes_min();
    const std::size_t reach = layouts.reach();
    std::size_t taken = 0;
    for (; taken < records.size(); ++taken) {
      const char* const at = records[taken].data();
      const std::size_t bytes = records[taken].size();
      const RowLayout& layout = layouts.of(bytes);
      if (static_cast<std::size_t>(readable - at) < reach || bytes < record_bytes_min ||
          layout.line_bytes != bytes ||
          !Wide::is_same_under(layout.fixed.data(), at, layout.text.data(), bytes) ||
          !read_values(layout, fields, at, readable, row + taken)) [[unlikely]] {
        break;
      }
    }
    return taken;
  }

 private:
  SLUICE_HOT static bool read_values(const RowLayout& layout,
                                     RowSink* fields,
                                     const char* line,
                                     const char* end,
                                     std::size_t row) {
    for (const RowLayout::Value& value : layout.values) {
      if (!read_value(value, fields[value.sink], line + value.offset, end, row)) [[unlikely]] {
        return false;
      }
    }
    return true;
  }

  SLUICE_HOT static bool read_value(const RowLayout::Value& value,
                                    RowSink& sink,
                                    const char* at,
                                    const char* end,
                                    std::size_t row) {
    // In the order of what must be fastest.
    if (value.action == Action::timestamp) {
      return read_timestamp(at, sink, row);
    }
    if (value.action == Action::int32) {
      return read_integer<std::int32_t>(value, at, sink, row);
    }
    if (value.action == Action::int64) {
      return read_integer<std::int64_t>(value, at, sink, row);
    }
    return read_text(value, sink, at, end, row);
  }

  [[gnu::noinline]] static bool read_text(const RowLayout::Value& value,
                                          RowSink& sink,
                                          const char* at,
                                          const char* end,
                                          std::size_t row) {
    if (value.action == Action::text) {
      sink.put_text(ByteView(at, value.bytes), end, row);
    }
    return Wide::skip_plain(at, end) == at + value.bytes;
  }

  SLUICE_HOT static bool read_timestamp(const char* at, RowSink& sink, std::size_t row) {
    const RecentDay& day = sink.day();
    std::int64_t micros = 0;
    if (!day.is_at(at) || !Wide::read_full_clock(at + RecentDay::date_bytes, micros)) {
      return false;
    }
    sink.put_fixed(day.micros() + micros, row);
    return true;
  }

  // More than eight digits.
  [[gnu::noinline]] static bool read_long(const char* at, unsigned digits, std::uint64_t& number) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const bool is_number = Wide::read_all_digits(at, digits - 8, first) &&
                           Wide::read_all_digits(at + digits - 8, 8, last);
    number = first * 100'000'000 + last;
    return is_number;
  }

  template <class T>
  SLUICE_HOT static bool read_integer(const RowLayout::Value& value,
                                      const char* at,
                                      RowSink& sink,
                                      std::size_t row) {
    std::uint64_t number = 0;
    const bool is_number = value.bytes <= 8 ? Wide::read_all_digits(at, value.bytes, number)
                                            : read_long(at, value.bytes, number);
    const auto given = static_cast<std::int64_t>(number);
    if (!is_number || given < value.least || !sink.is_within(given)) {
      return false;
    }
    sink.put_fixed(static_cast<T>(given), row);
    return true;
  }
};

#undef SLUICE_HOT

}  // namespace sluice::serde
