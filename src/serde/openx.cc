// JSON records to rows by the rules of the OpenX JSON SerDe.
//
// Which member fills which column: key_table.h.  What a value becomes: coerce.h.  How nested values
// become levels: shredder.h.  Records that look like those before them take a shorter way:
// shaped_rows.h.
#include "serde/openx.h"

#include "base/check.h"
#include "json/wide.h"
#include "serde/shaped_rows.h"
#include "serde/shredder.h"

#include <utility>

namespace sluice::serde {

struct OpenXReader::State {
  State(Shredder its_shredder, bool lower_keys, json::InstructionSet set)
      : shredder(std::move(its_shredder)), shaped(shredder, lower_keys, set) {}

  Shredder shredder;
  ShapedRows shaped;
};

Result<OpenXReader> OpenXReader::create(const columnar::Schema& schema, OpenXOptions options) {
  return create(schema, std::move(options), json::best_instruction_set());
}

Result<OpenXReader> OpenXReader::create(const columnar::Schema& schema,
                                        OpenXOptions options,
                                        json::InstructionSet set) {
  SLUICE_TRY(shredder,
             Shredder::create(schema,
                              {.dialect = Dialect::openx,
                               .keys = {.case_insensitive = options.case_insensitive,
                                        .dots_to_underscores = options.dots_to_underscores},
                               .column_to_key = std::move(options.column_to_key)}));
  return OpenXReader(std::make_unique<State>(std::move(shredder), options.case_insensitive, set));
}

OpenXReader::OpenXReader(std::unique_ptr<State> state) : state_(std::move(state)) {}

OpenXReader::OpenXReader(OpenXReader&&) noexcept = default;
OpenXReader& OpenXReader::operator=(OpenXReader&&) noexcept = default;
OpenXReader::~OpenXReader() = default;

std::expected<std::uint32_t, Rejection> OpenXReader::read(ByteView record,
                                                          columnar::RowBatch& out) {
  SLUICE_CHECK(state_ != nullptr);
  auto rows = state_->shredder.read(record, out);
  if (rows && *rows == 1 && state_->shaped.wants_to_learn()) {
    state_->shaped.learn(record);
  }
  return rows;
}

ShapedRun OpenXReader::read_alike(std::span<const ByteView> records, columnar::RowBatch& out) {
  return state_->shaped.read(records, out);
}

ShapedRun OpenXReader::read_alike_lines(ByteView text,
                                        std::size_t rows_max,
                                        columnar::RowBatch& out) {
  return state_->shaped.read_lines(text, rows_max, out);
}

}  // namespace sluice::serde
