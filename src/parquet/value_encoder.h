// Turns a column's values into the bodies of data pages, one encoder for each kind of storage.
//
// Values of the open page are kept as they are until the page closes, or become indices at once
// when the chunk has a dictionary.  The first page with values of a chunk settles how the chunk is
// encoded (encoding_contest.h, dictionary_pages.h).  The rules look at whole pages, hence not at
// how rows were batched.  A page without values is PLAIN and empty, but in a chunk with a
// dictionary.
#pragma once

#include "base/bytes.h"
#include "columnar/column.h"
#include "parquet/bounds.h"
#include "parquet/dictionary_pages.h"
#include "parquet/encoding_contest.h"
#include "parquet/metadata.h"
#include "parquet/page_builder.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice::parquet {

// A page's values, encoded.  `body` is valid until the encoder is used again.
struct EncodedValues {
  Encoding encoding = Encoding::plain;
  ByteView body;
  std::size_t byte_array_bytes = 0;
  Bounds bounds;
};

// Not thread-safe.  Calls are made per slice of a batch and per page, never per value.
class ValueEncoder {
 public:
  ValueEncoder() = default;
  ValueEncoder(const ValueEncoder&) = delete;
  ValueEncoder& operator=(const ValueEncoder&) = delete;
  virtual ~ValueEncoder() = default;

  // Adds `count` values of `column`, from its value `first` on, to the open page.
  virtual void append(const columnar::Column& column, std::size_t first, std::size_t count) = 0;

  // Ends the open page.
  virtual EncodedValues close_page() = 0;

  // The chunk's dictionary when a page uses it; valid until the encoder is used again.
  virtual std::optional<DictionaryPage> dictionary() const = 0;

  // No page of the chunk has used a dictionary, and none will.
  virtual bool is_direct() const = 0;

  // Forgets what was settled, and the dictionary.
  virtual void start_chunk() = 0;

  virtual std::size_t bytes_held() const = 0;
};

// `contest` must outlive the encoder; the encoders of one thread share it.
std::unique_ptr<ValueEncoder> make_value_encoder(const columnar::Leaf& leaf,
                                                 DictionaryOptions options,
                                                 EncodingContest& contest);

}  // namespace sluice::parquet
