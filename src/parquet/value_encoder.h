// Turns a column's values into the bodies of data pages, one encoder for each kind of storage.
//
// An encoder starts each chunk with a dictionary.  When a page closes it settles how that page is
// coded: by dictionary indices, or PLAIN once the dictionary does not pay.  It does not when
//   - at the first page with values, dictionary and indices together are not smaller than PLAIN, or
//   - the dictionary has passed its limit; the page that did so is rewritten as PLAIN and what it
//     added is dropped, so a dictionary never is larger than the limit.
// From then on the chunk is PLAIN.  The rule looks at whole pages, hence not at how rows were
// batched.
#pragma once

#include "base/bytes.h"
#include "columnar/column.h"
#include "parquet/bounds.h"
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

  // The chunk's dictionary when a page uses it; valid until start_chunk().
  virtual std::optional<DictionaryPage> dictionary() const = 0;

  // Forgets the dictionary.
  virtual void start_chunk() = 0;

  virtual std::size_t bytes_held() const = 0;
};

struct DictionaryOptions {
  bool enabled = true;
  std::size_t bytes_max = 0;
};

std::unique_ptr<ValueEncoder> make_value_encoder(const columnar::Leaf& leaf,
                                                 DictionaryOptions options);

}  // namespace sluice::parquet
