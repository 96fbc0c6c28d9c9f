// What the tests of encoders share: one column, handed to its encoder page by page.
#pragma once

#include "parquet/batch_for_test.h"
#include "parquet/codec.h"
#include "parquet/value_decoder.h"
#include "parquet/value_encoder.h"

#include <memory>
#include <optional>
#include <string>

namespace sluice::parquet {

// Every encoding, by bytes alone.
inline constexpr EncodingOptions all_by_bytes{.set = EncodingSet::all};

struct EncoderFixture {
  explicit EncoderFixture(std::string_view type,
                          DictionaryOptions dictionary = {.enabled = true, .bytes_max = 1'000},
                          EncodingOptions encodings = {})
      : batch(schema_of("c " + std::string(type))),
        compressor(Codec::uncompressed),
        contest(encodings, compressor),
        encoder(make_value_encoder(batch.leaves()[0], dictionary, contest)) {}

  columnar::Column& column() { return batch.column(0); }

  // Hands what was appended to the column since the last time to the encoder, and ends the page.
  Encoding close_page() {
    encoder->append(column(), taken, column().values() - taken);
    taken = column().values();
    page = encoder->close_page();
    return page.encoding;
  }

  columnar::RowBatch batch;
  Compressor compressor;
  EncodingContest contest;
  std::unique_ptr<ValueEncoder> encoder;
  std::size_t taken = 0;
  EncodedValues page;
};

}  // namespace sluice::parquet
