// JSON records to rows by the rules of the OpenX JSON SerDe, as Amazon Data Firehose runs it:
// strict JSON (RFC 8259) below, OpenX's coercions above.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "serde/record_reader.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <span>

namespace sluice::json {
enum class InstructionSet : std::uint8_t;
}

namespace sluice::serde {

// Not thread-safe; holds scratch memory that is reused from record to record.
class OpenXReader final : public RecordReader {
 public:
  // Fault::unsupported names the column when the schema has a type that cannot be converted yet.
  // Mappings are looked up by column; one whose column does not exist has no effect.
  static Result<OpenXReader> create(const columnar::Schema& schema, OpenXOptions options);

  // The same with the loops for an instruction set, which this machine must have, instead of the
  // best ones.
  static Result<OpenXReader> create(const columnar::Schema& schema,
                                    OpenXOptions options,
                                    json::InstructionSet set);

  OpenXReader(OpenXReader&&) noexcept;
  OpenXReader& operator=(OpenXReader&&) noexcept;
  ~OpenXReader() override;

  std::expected<std::uint32_t, Rejection> read(ByteView record, columnar::RowBatch& out) override;
  ShapedRun read_alike(std::span<const ByteView> records, columnar::RowBatch& out) override;
  ShapedRun read_alike_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out) override;

 private:
  struct State;
  explicit OpenXReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::serde
