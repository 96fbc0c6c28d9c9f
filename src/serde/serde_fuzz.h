// What the fuzzers of both SerDes share.  An input is a seed of eight bytes, from which the table
// and some records are made, and the text of a record of its own.
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"
#include "base/utf8.h"
#include "serde/naive_shredder.h"
#include "serde/random_json.h"
#include "serde/record_reader.h"
#include "serde/rows_for_test.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::serde {

// The reader under test beside the naive one.
class FuzzedReader {
 public:
  FuzzedReader(const columnar::Schema& schema, const SerdeOptions& options)
      : schema_(schema),
        reader_(make_reader(schema, options).value()),
        naive_(schema, options),
        batch_(schema) {}

  void read(std::string_view record) {
    const std::size_t before = batch_.rows();
    const ShapedRun run = reader_->read_alike(std::span(&record, 1), batch_);
    const auto expected = naive_.rows(record);
    if (run.records > 0) {
      SLUICE_CHECK(batch_.rows() == before + 1);
      SLUICE_CHECK(expected.has_value());
      rows_ += *expected;
      return;
    }
    const auto rows = reader_->read(record, batch_);
    SLUICE_CHECK(rows.has_value() == expected.has_value());
    if (rows) {
      SLUICE_CHECK(batch_.rows() == before + *rows);
      rows_ += *expected;
      return;
    }
    SLUICE_CHECK(batch_.rows() == before);
    SLUICE_CHECK(rows.error().code == naive_.why().code);
    SLUICE_CHECK(rows.error().column == naive_.why().column);
    SLUICE_CHECK(!rows.error().message.empty());
    SLUICE_CHECK(is_utf8(rows.error().message));
  }

  // Everything read so far came out as it should.
  void check() const { SLUICE_CHECK(RowTexts::of(schema_, batch_) == rows_); }

 private:
  const columnar::Schema& schema_;
  std::unique_ptr<RecordReader> reader_;
  NaiveShredder naive_;
  columnar::RowBatch batch_;
  std::string rows_;
};

inline void fuzz(std::string_view input, std::span<const SerdeOptions> all, Binary binary) {
  if (input.size() < sizeof(std::uint64_t)) {
    return;
  }
  const auto seed = load_le<std::uint64_t>(input.data());
  const std::string_view own = input.substr(sizeof(seed));
  SeededRandom random(seed);
  const columnar::Schema schema = random_schema(random, binary);
  const SerdeOptions& options = all[random.below(all.size())];
  FuzzedReader reader(schema, options);
  const std::string like = random_record(random, schema);
  for (int round = 0; round < 3; ++round) {
    reader.read(like);
    reader.read(own);
    reader.read(random_record(random, schema));
  }
  // The record of the table, with a part of it replaced by the input's own text.
  std::string spliced = like;
  const std::size_t at = random.below(spliced.size() + 1);
  spliced.replace(at, random.below(spliced.size() - at + 1), own);
  reader.read(spliced);
  reader.read(like);
  reader.check();
}

}  // namespace sluice::serde
