// Lines of JSON to rows, on several threads.
#include "cli/conversion.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/ordered_work.h"
#include "base/utf8.h"
#include "cli/line_reader.h"
#include "json/writer.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

// A batch is handed on at the first of these; small enough to stay in the cache.
constexpr std::size_t batch_rows_max = 8192;
constexpr std::size_t batch_bytes_max = std::size_t{1} << 20;
constexpr std::size_t batch_rejects_max = 1024;

// So many rows between looks at the size of a batch.
constexpr std::size_t run_rows_max = 1024;
constexpr std::size_t look_rows = 64;

// Blocks beside those that are worked on, so that nobody waits for the next.
constexpr std::size_t slots_to_spare = 2;

ByteView without_carriage_return(ByteView text) {
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

std::size_t bytes_in(const columnar::RowBatch& batch) {
  std::size_t total = 0;
  for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
    const columnar::Column& column = batch.column(leaf);
    total += column.heap().size() + column.values() * sizeof(std::uint64_t) +
             column.definition_levels().size() + column.repetition_levels().size();
  }
  return total;
}

// A block on its way, and what the current round of parsing has made of it.
struct Slot {
  explicit Slot(const columnar::Schema& schema) : batch(schema) {}

  struct Rejected {
    ByteView line;             // of the block
    std::uint64_t number = 0;  // in the block, from 1
    serde::Rejection why;
  };

  TextBlock block;
  bool is_first = false;         // of its text
  std::uint64_t bytes_read = 0;  // by the input when the block was complete
  std::size_t at = 0;            // what is before has been parsed
  std::uint64_t lines = 0;       // likewise, blank ones too
  columnar::RowBatch batch;
  std::vector<Rejected> rejected;
  std::uint64_t records = 0;     // in this round
  std::size_t rows_at_look = 0;  // in the batch
  bool is_being_used = false;

  bool is_at_end() const { return at == block.size; }

  bool is_full();
};

// Looking at the size takes as long as converting some rows.
bool Slot::is_full() {
  if (batch.rows() >= batch_rows_max || rejected.size() >= batch_rejects_max) {
    return true;
  }
  if (batch.rows() - rows_at_look < look_rows) {
    return false;
  }
  rows_at_look = batch.rows();
  return bytes_in(batch) >= batch_bytes_max;
}

class Conversion final : public OrderedSteps {
 public:
  Conversion(const ConversionSettings& settings, ConversionInput& input, ConversionOutput& output)
      : settings_(settings), input_(input), output_(output) {}

  Result<ConversionCounts> run();

  Result<bool> make(std::size_t slot) override;
  Result<bool> work(std::size_t slot, std::size_t thread) override;
  Result<std::size_t> use(std::size_t slot) override;

  Result<void> use_part(std::size_t, std::size_t part) override {
    return output_.append_part(part);
  }

 private:
  Result<void> begin_use(Slot& slot);
  Result<void> end_use(Slot& slot);
  static void convert_line(Slot& slot, serde::RecordReader& reader);
  void renew(Slot& slot) const;

  const ConversionSettings& settings_;
  ConversionInput& input_;
  ConversionOutput& output_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<serde::RecordReader>> readers_;  // one a thread
  std::optional<TextBlocks> text_;                             // the open one; of make()
  std::size_t texts_used_ = 0;                                 // these two of use()
  std::uint64_t lines_before_ = 0;                             // the block, in its text
  ConversionCounts counts_;
};

Result<ConversionCounts> Conversion::run() {
  OrderedWorkLimits limits;
  limits.threads = std::clamp<std::size_t>(settings_.threads, 1, conversion_threads_max);
  limits.slots = limits.threads == 1 ? 1 : limits.threads + slots_to_spare;
  limits.thread_name = "sluice-convert";
  for (std::size_t thread = 0; thread < limits.threads; ++thread) {
    SLUICE_TRY(reader, serde::make_reader(settings_.schema, settings_.serde));
    readers_.push_back(std::move(reader));
  }
  slots_.reserve(limits.slots);
  for (std::size_t slot = 0; slot < limits.slots; ++slot) {
    slots_.emplace_back(settings_.schema);
  }
  SLUICE_TRY_DO(run_in_order(*this, limits));
  return counts_;
}

// The next block of the open text, or the first of the next.
Result<bool> Conversion::make(std::size_t number) {
  Slot& slot = slots_[number];
  slot.is_first = !text_.has_value();
  if (slot.is_first) {
    SLUICE_TRY(is_there, input_.open_next());
    if (!is_there) {
      return false;
    }
    text_.emplace([this](char* to, std::size_t count) { return input_.read(to, count); },
                  settings_.blocks);
  }
  SLUICE_TRY_DO(text_->next(slot.block));
  slot.bytes_read = input_.bytes_read();
  slot.at = 0;
  slot.lines = 0;
  if (slot.block.is_last) {
    text_.reset();
  }
  return true;
}

Result<bool> Conversion::work(std::size_t number, std::size_t thread) {
  Slot& slot = slots_[number];
  serde::RecordReader& reader = *readers_[thread];
  slot.records = 0;
  slot.rows_at_look = 0;
  while (!slot.is_at_end() && !slot.is_full()) {
    std::size_t alike = 0;
    if (!slot.block.is_too_long) {
      const ByteView rest = slot.block.text().substr(slot.at);
      const serde::ShapedRun run = reader.read_alike_lines(rest, run_rows_max, slot.batch);
      slot.at += run.bytes;
      slot.lines += run.records;
      slot.records += run.records;
      alike = run.records;
    }
    if (alike < run_rows_max && !slot.is_at_end()) {
      convert_line(slot, reader);
    }
  }
  return slot.is_at_end();
}

// A line that is not like the ones before it.
void Conversion::convert_line(Slot& slot, serde::RecordReader& reader) {
  const ByteView rest = slot.block.text().substr(slot.at);
  const std::size_t newline = rest.find('\n');
  const ByteView line = rest.substr(0, newline);
  slot.at += std::min(line.size() + 1, rest.size());
  ++slot.lines;
  if (is_blank(line)) {
    return;
  }
  ++slot.records;
  const auto rows =
      slot.block.is_too_long
          ? std::unexpected(serde::Rejection{
                "DataFormatConversion.ParseError", "The line is too long to be a record", ""})
          : reader.read(line, slot.batch);
  if (!rows) {
    slot.rejected.push_back({line, slot.lines, rows.error()});
  }
}

Result<std::size_t> Conversion::use(std::size_t number) {
  Slot& slot = slots_[number];
  if (!slot.is_being_used) {
    SLUICE_TRY_DO(begin_use(slot));
  }
  SLUICE_TRY(parts, output_.next_parts());
  slot.is_being_used = parts > 0;
  if (parts == 0) {
    SLUICE_TRY_DO(end_use(slot));
  }
  return parts;
}

Result<void> Conversion::begin_use(Slot& slot) {
  if (slot.is_first) {
    SLUICE_TRY_DO(output_.begin_text());
    slot.is_first = false;
  }
  for (const Slot::Rejected& rejected : slot.rejected) {
    SLUICE_TRY_DO(output_.reject({texts_used_, lines_before_ + rejected.number, rejected.line},
                                 rejected.why));
  }
  return output_.begin_rows(slot.batch);
}

Result<void> Conversion::end_use(Slot& slot) {
  counts_.lines += slot.records;
  counts_.rejected += slot.rejected.size();
  counts_.rows += slot.batch.rows();
  renew(slot);
  if (!slot.is_at_end()) {
    return {};
  }
  output_.progress(slot.bytes_read);
  counts_.bytes_in += slot.block.size + slot.block.skipped;
  lines_before_ += slot.lines;
  if (slot.block.is_last) {
    SLUICE_TRY_DO(output_.end_text());
    ++texts_used_;
    lines_before_ = 0;
  }
  return {};
}

// Keeps the memory for the next round, but not that of an unusual one.
void Conversion::renew(Slot& slot) const {
  constexpr std::size_t usual_bytes_max = 4 * batch_bytes_max;
  slot.rejected.clear();
  if (slot.batch.bytes_held() > usual_bytes_max) {
    slot.batch = columnar::RowBatch(settings_.schema);
  } else {
    slot.batch.clear();
  }
}

}  // namespace

Result<ConversionCounts> convert_texts(const ConversionSettings& settings,
                                       ConversionInput& input,
                                       ConversionOutput& output) {
  return Conversion(settings, input, output).run();
}

std::string reject_record(std::string_view input,
                          const RejectedLine& line,
                          const serde::Rejection& why) {
  const ByteView text = without_carriage_return(line.line);
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("input", input);
  writer.member("line", line.number);
  writer.member("code", why.code);
  writer.member("column", why.column);
  writer.member("reason", why.message);
  if (is_utf8(text)) {
    writer.member("text", text);
  } else {
    writer.member("base64", base64_encode(text));
  }
  writer.end_object();
  out += '\n';
  return out;
}

}  // namespace sluice::cli
