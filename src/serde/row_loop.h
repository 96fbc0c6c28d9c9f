// The loop that a converter spends its time in: programs over records.
//
// Compiled once for each instruction set (json/wide.h): row_runner.cc, row_runner_avx2.cc and
// row_runner_avx512.cc, which alone include this.  A literal is compared in wide steps and a value
// read by the action it is expected to need.  Near the end of what can be read, and for a value
// that is another than expected, the grammar's own readers take over, so that nothing depends on
// the guess but the time.
#pragma once

#include "base/bytes.h"
#include "json/shape.h"
#include "json/wide.h"
#include "serde/row_layout_loop.h"
#include "serde/row_program.h"
#include "serde/row_runner.h"
#include "serde/row_sinks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::serde {

// The steps of the loop are made one function by the compiler.
#define SLUICE_HOT [[gnu::always_inline]] inline

// The loops themselves.  Everything here is a member of a template, so that the code of one
// instruction set can never stand in for that of another.
template <class Wide>
class RowLoop {
 public:
  static RunLength run_lines(KnownRows& known, ByteView text, std::size_t rows_max) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* at = begin;
    RowLoop loop(known);
    for (RowProgram& program : known.programs) {
      program.layouts().begin();
    }
    std::size_t row = 0;
    while (row < rows_max && at != end) {
      at = loop.read_lines_alike(known.programs[known.last], at, end, row, rows_max);
      if (row == rows_max || at == end) {
        break;
      }
      const char* const behind = loop.try_others(
          row, [&](const RowProgram& program) { return loop.read_line(program, at, end, row); });
      if (behind == nullptr) {
        break;
      }
      at = behind;
      ++row;
    }
    return {row, static_cast<std::size_t>(at - begin), row < rows_max && at != end};
  }

  static RunLength run_records(KnownRows& known, std::span<const ByteView> records) {
    RowLoop loop(known);
    for (RowProgram& program : known.programs) {
      program.layouts().begin();
    }
    RunLength run;
    Gathered gathered(known.moved);
    while (run.rows < records.size()) {
      const auto rest = records.subspan(run.rows);
      const auto neighbours = rest.first(side_by_side(rest));
      // Of records that lie side by side all but the last can be read past their ends; that one is
      // moved, with some of those that follow, which may lie anywhere.
      if (!loop.read_neighbours(
              neighbours.first(neighbours.size() - 1), end_of(neighbours.back()), run)) {
        break;
      }
      const auto moved = gathered.take(records.subspan(run.rows));
      if (!loop.read_neighbours(moved, gathered.readable(), run)) {
        break;
      }
    }
    run.has_missed = run.rows < records.size();
    return run;
  }

 private:
  using Step = RowProgram::Step;

  // Far below what a record may have, wherever in it the value lies.
  static constexpr std::uint32_t value_depth_max = 64;

  static constexpr std::uint64_t whole_powers[] = {
      1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

  // Copies of records, side by side, all of which can be read past their ends.
  class Gathered {
   public:
    // `text` is what they lie in.
    explicit Gathered(Bytes& text) : text_(text) {}

    // Some from the front, one at least, up to where others lie side by side.
    std::span<const ByteView> take(std::span<const ByteView> records) {
      std::size_t count = 0;
      std::size_t bytes = 0;
      do {
        bytes += records[count].size();
        ++count;
      } while (count < records.size() && count < records_max && bytes < bytes_max &&
               records[count].data() != end_of(records[count - 1]));
      text_.resize(std::max(text_.size(), bytes + 2 * json::wide_reach));
      char* to = text_.data();
      for (std::size_t i = 0; i < count; ++i) {
        if (i + ahead < count) {
          __builtin_prefetch(records[i + ahead].data());
          __builtin_prefetch(end_of(records[i + ahead]));
        }
        std::ranges::copy(records[i], to);
        views_[i] = ByteView(to, records[i].size());
        to += records[i].size();
      }
      return std::span(views_).first(count);
    }

    const char* readable() const { return text_.data() + text_.size(); }

   private:
    static constexpr std::size_t records_max = 64;
    static constexpr std::size_t bytes_max = std::size_t{16} << 10;
    static constexpr std::size_t ahead = 8;  // so many misses of the cache are under way

    Bytes& text_;
    std::array<ByteView, records_max> views_;
  };

  explicit RowLoop(KnownRows& known) : known_(known), fields_(known.fields.data()) {}

  // After the program that took the last record has failed.
  template <class Read>
  [[gnu::noinline]] const char* try_others(std::size_t row, Read read) {
    const std::size_t count = known_.programs.size();
    const std::size_t last = known_.last;
    for (std::size_t turn = 1; turn <= count; ++turn) {
      for (RowSink& sink : known_.fields) {
        sink.forget(row);
      }
      for (TreeSink& sink : known_.trees) {
        sink.forget(row);
      }
      if (turn == count) {
        break;
      }
      known_.last = (last + turn) % count;
      if (const char* const behind = read(known_.programs[known_.last])) {
        return behind;
      }
    }
    known_.last = last;
    return nullptr;
  }

  static const char* end_of(ByteView record) { return record.data() + record.size(); }

  // How many records from the front on lie one behind the other; one at least.
  static std::size_t side_by_side(std::span<const ByteView> records) {
    std::size_t count = 1;
    while (count < records.size() && records[count].data() == end_of(records[count - 1])) {
      ++count;
    }
    return count;
  }

  // Records that lie side by side, into rows; whether all of them were taken.  Bytes up to
  // `readable` can be looked at.
  bool read_neighbours(std::span<const ByteView> records, const char* readable, RunLength& run) {
    std::size_t at = 0;
    while (at < records.size()) {
      at += read_laid_out(records.subspan(at), readable, run.rows + at);
      if (at == records.size()) {
        break;
      }
      const ByteView record = records[at];
      const char* behind =
          read_record(known_.programs[known_.last], record, readable, run.rows + at);
      if (behind == nullptr) [[unlikely]] {
        behind = try_others(run.rows + at, [&](const RowProgram& program) {
          return read_record(program, record, readable, run.rows + at);
        });
      } else {
        learn_layout(known_.programs[known_.last], record, readable);
      }
      if (behind == nullptr) {
        break;
      }
      ++at;
    }
    run.rows += at;
    run.bytes +=
        at == 0 ? 0 : static_cast<std::size_t>(end_of(records[at - 1]) - records[0].data());
    return at == records.size();
  }

  std::size_t read_laid_out(std::span<const ByteView> records,
                            const char* readable,
                            std::size_t row) {
    RowLayouts& layouts = known_.programs[known_.last].layouts();
    if (!layouts.are_wanted() || layouts.is_empty()) {
      return 0;
    }
    const std::size_t taken =
        RowLayoutLoop<Wide>::read_records(layouts, fields_, records, readable, row);
    layouts.settle(taken);
    return taken;
  }

  // From a record that the program took, unless it was too near to the end for a layout.
  static void learn_layout(RowProgram& program, ByteView record, const char* readable) {
    RowLayouts& layouts = program.layouts();
    if (layouts.are_wanted() &&
        static_cast<std::size_t>(readable - record.data()) >= layouts.reach()) {
      layouts.learn(program, record);
    }
  }

  // Lines that one program takes, from `row` on; the place behind the last.
  const char* read_lines_alike(RowProgram& program,
                               const char* at,
                               const char* const end,
                               std::size_t& row,
                               const std::size_t rows_max) {
    RowLayouts& layouts = program.layouts();
    std::size_t next = row;
    while (next < rows_max && at != end) {
      const bool tries_layouts = layouts.are_wanted();
      if (tries_layouts && !layouts.is_empty()) {
        at = read_laid_out(layouts, at, end, next, rows_max);
        if (next == rows_max) {
          break;
        }
      }
      const char* const behind = read_line(program, at, end, next);
      if (behind == nullptr) [[unlikely]] {
        break;
      }
      if (tries_layouts && static_cast<std::size_t>(end - at) >= layouts.reach()) {
        layouts.learn(program, ByteView(at, behind));
      }
      at = behind;
      ++next;
    }
    row = next;
    return at;
  }

  [[gnu::noinline]] const char* read_laid_out(RowLayouts& layouts,
                                              const char* at,
                                              const char* const end,
                                              std::size_t& row,
                                              const std::size_t rows_max) {
    const std::size_t before = row;
    at = RowLayoutLoop<Wide>::read_lines(layouts, fields_, at, end, row, rows_max);
    layouts.settle(row - before);
    return at;
  }

  // A line from `at` on; the place behind its end.
  SLUICE_HOT const char* read_line(const RowProgram& program,
                                   const char* at,
                                   const char* end,
                                   std::size_t row) {
    at = read_values(program, at, end, row);
    if (at == nullptr) [[unlikely]] {
      return nullptr;
    }
    const char* const behind = skip_literal(program, program.line_tail(), at, end);
    return behind != nullptr ? behind : read_blank_tail(program, at, end);
  }

  // The tail of a line that ends in blanks.
  [[gnu::noinline]] static const char* read_blank_tail(const RowProgram& program,
                                                       const char* at,
                                                       const char* end) {
    at = skip_literal(program, program.tail(), at, end);
    if (at == nullptr) {
      return nullptr;
    }
    while (at != end && (*at == ' ' || *at == '\t' || *at == '\r')) {
      ++at;
    }
    return at != end && *at == '\n' ? at + 1 : nullptr;
  }

  // A whole record; its end.  Bytes up to `readable` can be looked at.
  SLUICE_HOT const char* read_record(const RowProgram& program,
                                     ByteView record,
                                     const char* readable,
                                     std::size_t row) {
    const char* const end = end_of(record);
    const char* at = read_values(program, record.data(), readable, row);
    at = at == nullptr ? nullptr : skip_literal(program, program.tail(), at, readable);
    return at != nullptr && at <= end && json::skip_space(at, end) == end ? end : nullptr;
  }

  SLUICE_HOT const char* read_values(const RowProgram& program,
                                     const char* at,
                                     const char* end,
                                     std::size_t row) {
    for (const RowProgram::Target& target : program.absent()) {
      put_absent(target, row);
    }
    const char* const literals = program.literals().data();
    const std::span<const Step> steps = program.steps();
    for (const Step& step : steps) {
      if (static_cast<std::size_t>(end - at) < step.literal_bytes + json::wide_reach) [[unlikely]] {
        at = read_near_end(program, step, at, end, row);
      } else if (Wide::is_same(at, literals + step.literal, step.literal_bytes)) [[likely]] {
        at = read_value(program, step, at + step.literal_bytes, end, row);
      } else {
        return nullptr;
      }
      if (at == nullptr) [[unlikely]] {
        return nullptr;
      }
    }
    return at;
  }

  // Where wide steps would look too far.
  [[gnu::noinline]] const char* read_near_end(const RowProgram& program,
                                              const Step& step,
                                              const char* at,
                                              const char* end,
                                              std::size_t row) {
    at = skip_literal(program, step, at, end);
    return at == nullptr ? nullptr : read_by_grammar(program, step, at, end, row);
  }

  SLUICE_HOT static const char* skip_literal(const RowProgram& program,
                                             const Step& step,
                                             const char* at,
                                             const char* end) {
    const auto left = static_cast<std::size_t>(end - at);
    const char* const expected = program.literals().data() + step.literal;
    const std::size_t bytes = step.literal_bytes;
    if (left >= bytes + json::wide_step) [[likely]] {
      return Wide::is_same(at, expected, bytes) ? at + bytes : nullptr;
    }
    return left >= bytes && std::equal(at, at + bytes, expected) ? at + bytes : nullptr;
  }

  // At least wide_reach bytes can be read from `at` on.
  SLUICE_HOT const char* read_value(const RowProgram& program,
                                    const Step& step,
                                    const char* at,
                                    const char* end,
                                    std::size_t row) {
    const char* behind = nullptr;
    switch (step.action) {
      case Action::skip_text:
        behind = read_text(at, end, [](ByteView) {});
        break;
      case Action::text:
        behind =
            read_text(at, end, [&](ByteView text) { fields_[step.sink].put_text(text, end, row); });
        break;
      case Action::timestamp:
        behind = read_timestamp(at, fields_[step.sink], row);
        break;
      case Action::int32:
        behind = read_integer<std::int32_t>(at, fields_[step.sink], row);
        break;
      case Action::int64:
        behind = read_integer<std::int64_t>(at, fields_[step.sink], row);
        break;
      case Action::real:
        behind = read_real(at, fields_[step.sink], row);
        break;
      case Action::flag:
        behind = read_flag(at, fields_[step.sink], row);
        break;
      case Action::list_int32:
        behind = read_list(
            at, end, step, row, [](const char* from, const char*, auto& column, auto level) {
              std::int32_t value = 0;
              const char* const stop = read_whole(from, value);
              if (stop != nullptr) {
                column.append_int32(value, level);
              }
              return stop;
            });
        break;
      case Action::list_int64:
        behind = read_list(
            at, end, step, row, [](const char* from, const char*, auto& column, auto level) {
              std::int64_t value = 0;
              const char* const stop = read_whole(from, value);
              if (stop != nullptr) {
                column.append_int64(value, level);
              }
              return stop;
            });
        break;
      case Action::list_real:
        behind = read_list(
            at, end, step, row, [](const char* from, const char*, auto& column, auto level) {
              double value = 0;
              const char* const stop = read_decimal(from, value);
              if (stop != nullptr) {
                column.append_double(value, level);
              }
              return stop;
            });
        break;
      case Action::list_text:
        behind = read_list(
            at, end, step, row, [](const char* from, const char* until, auto& column, auto level) {
              return read_text(
                  from, until, [&](ByteView text) { column.append_bytes(text, level); });
            });
        break;
      case Action::any:
      case Action::skip:
      case Action::tree:
      case Action::null:
      case Action::several:
        break;
    }
    return behind != nullptr ? behind : read_by_grammar(program, step, at, end, row);
  }

  // A string without escapes and of ASCII only.
  template <class Take>
  SLUICE_HOT static const char* read_text(const char* at, const char* end, Take take) {
    if (*at != '"') {
      return nullptr;
    }
    const char* const stop = Wide::skip_plain(at + 1, end);
    if (stop == end || *stop != '"') {
      return nullptr;
    }
    take(ByteView(at + 1, static_cast<std::size_t>(stop - at - 1)));
    return stop + 1;
  }

  // A time of the day last seen, with or without a Z.
  SLUICE_HOT static const char* read_timestamp(const char* at, RowSink& sink, std::size_t row) {
    const RecentDay& day = sink.day();
    if (*at != '"' || !day.is_at(at + 1)) {
      return nullptr;
    }
    at += 1 + RecentDay::date_bytes;
    std::int64_t micros = 0;
    // A length that is guessed need not be waited for.
    if (Wide::read_full_clock(at, micros) && at[json::full_clock_bytes] == '"') [[likely]] {
      sink.put_fixed(day.micros() + micros, row);
      return at + json::full_clock_bytes + 1;
    }
    const unsigned bytes = Wide::read_clock(at, micros);
    at += bytes;
    at += *at == 'Z' ? 1 : 0;
    if (bytes == 0 || *at != '"') {
      return nullptr;
    }
    sink.put_fixed(day.micros() + micros, row);
    return at + 1;
  }

  static bool goes_on_as_number(char c) { return c == '.' || c == 'e' || c == 'E'; }

  // One to fifteen digits, perhaps behind a minus, that T can hold.
  template <class T>
  SLUICE_HOT static const char* read_whole(const char* at, T& out) {
    const bool is_negative = *at == '-';
    const char* const digits = at + (is_negative ? 1 : 0);
    std::uint64_t magnitude = 0;
    unsigned count = json::read_digits(digits, magnitude);
    if (count == 8) {
      std::uint64_t more = 0;
      const unsigned rest = json::read_digits(digits + 8, more);
      magnitude = magnitude * whole_powers[rest] + more;
      count += rest;
    }
    if (count - 1 > 14 || (*digits == '0' && count > 1) || goes_on_as_number(digits[count])) {
      return nullptr;
    }
    const auto value =
        is_negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
    out = static_cast<T>(value);
    return out == value ? digits + count : nullptr;
  }

  template <class T>
  SLUICE_HOT static const char* read_integer(const char* at, RowSink& sink, std::size_t row) {
    T value = 0;
    const char* const behind = read_whole(at, value);
    if (behind == nullptr || !sink.is_within(value)) {
      return nullptr;
    }
    sink.put_fixed(value, row);
    return behind;
  }

  // At most fifteen digits without an exponent: such a number and the power of ten it is divided by
  // are exact, so the quotient is rounded once, as it should be.
  SLUICE_HOT static const char* read_decimal(const char* at, double& out) {
    static constexpr double powers[] = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const bool is_negative = *at == '-';
    const char* const digits = at + (is_negative ? 1 : 0);
    std::uint64_t magnitude = 0;
    const unsigned whole = json::read_digits(digits, magnitude);
    if (whole - 1 > 6 || (*digits == '0' && whole > 1)) {
      return nullptr;
    }
    const char* stop = digits + whole;
    unsigned fraction = 0;
    if (*stop == '.') {
      ++stop;
      unsigned count = 8;
      for (int word = 0; word < 2 && count == 8; ++word) {
        std::uint64_t more = 0;
        count = json::read_digits(stop, more);
        magnitude = magnitude * whole_powers[count] + more;
        fraction += count;
        stop += count;
      }
      if (fraction == 0 || whole + fraction > 15) {
        return nullptr;
      }
    }
    if (json::is_digit(*stop) || goes_on_as_number(*stop)) {
      return nullptr;
    }
    const double value = static_cast<double>(magnitude) / powers[fraction];
    out = is_negative ? -value : value;
    return stop;
  }

  SLUICE_HOT static const char* read_real(const char* at, RowSink& sink, std::size_t row) {
    double value = 0;
    const char* const behind = read_decimal(at, value);
    if (behind != nullptr) {
      sink.put_fixed(value, row);
    }
    return behind;
  }

  // A list with elements, each of which `read` takes and appends.  Where one is another, what was
  // appended is taken back and the list is left to others.
  template <class Read>
  [[gnu::noinline]] const char* read_list(
      const char* at, const char* end, const Step& step, std::size_t row, Read read) {
    if (*at != '[' || at[1] == ']') {
      return nullptr;
    }
    TreeSink& sink = known_.trees[step.sink];
    columnar::Column& column = sink.begin_list(row);
    std::uint8_t level = 0;
    for (++at; static_cast<std::size_t>(end - at) >= json::wide_reach; ++at) {
      at += *at == ' ' ? 1 : 0;
      at = read(at, end, column, level);
      level = 1;
      if (at == nullptr || at == end || (*at != ',' && *at != ']')) {
        break;
      }
      if (*at == ']') {
        return at + 1;
      }
    }
    sink.forget(row);
    return nullptr;
  }

  SLUICE_HOT static const char* read_flag(const char* at, RowSink& sink, std::size_t row) {
    constexpr std::uint32_t word_true = 0x65757274;   // "true"
    constexpr std::uint32_t word_false = 0x736c6166;  // "fals"
    const auto word = load_le<std::uint32_t>(at);
    const bool is_true = word == word_true;
    if (!is_true && (word != word_false || at[4] != 'e')) {
      return nullptr;
    }
    sink.put_fixed(static_cast<std::uint8_t>(is_true ? 1 : 0), row);
    return at + (is_true ? 4 : 5);
  }

  [[gnu::noinline]] void put_absent(const RowProgram::Target& target, std::size_t row) {
    if (target.is_tree) {
      known_.trees[target.sink].put_null(row, target.definition);
    } else {
      fields_[target.sink].put_null(row, target.definition);
    }
  }

  [[gnu::noinline]] const char* read_by_grammar(const RowProgram& program,
                                                const Step& step,
                                                const char* at,
                                                const char* end,
                                                std::size_t row) {
    const bool is_skipped = step.action == Action::skip || step.action == Action::skip_text;
    json::Node node;
    const char* const behind =
        json::Shape::read_value(at, end, is_skipped && step.may_be_container, node);
    if (behind == nullptr) {
      return read_by_parser(program, step, at, end, row);
    }
    return is_skipped || put(program, step, json::View(&node), row) ? behind : nullptr;
  }

  // Containers, whose elements count, and strings with escapes.
  const char* read_by_parser(const RowProgram& program,
                             const Step& step,
                             const char* at,
                             const char* end,
                             std::size_t row) {
    if (at == end || (*at != '"' && *at != '[' && *at != '{')) {
      return nullptr;
    }
    // No value spans lines, so that a broken one costs no more than its line.
    const char* const line_end = std::find(at, end, '\n');
    const auto parsed =
        known_.tape.parse_front(ByteView(at, line_end), {.depth_max = value_depth_max});
    if (!parsed) {
      return nullptr;
    }
    const bool is_skipped = step.action == Action::skip || step.action == Action::skip_text;
    const json::View value = *known_.tape.documents().begin();
    return is_skipped || put(program, step, value, row) ? at + *parsed : nullptr;
  }

  bool put(const RowProgram& program, const Step& step, json::View value, std::size_t row) {
    switch (step.action) {
      case Action::null:
        return value.is(json::Kind::null);
      case Action::list_int32:
      case Action::list_int64:
      case Action::list_real:
      case Action::list_text:
      case Action::tree:
        return known_.trees[step.sink].put(value, row);
      case Action::several:
        for (const RowProgram::Target& target : program.targets(step.sink)) {
          if (!(target.is_tree ? known_.trees[target.sink].put(value, row)
                               : fields_[target.sink].put(value, row))) {
            return false;
          }
        }
        return true;
      default:
        return fields_[step.sink].put(value, row);
    }
  }

  KnownRows& known_;
  RowSink* fields_;
};

#undef SLUICE_HOT

}  // namespace sluice::serde
