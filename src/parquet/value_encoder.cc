// Which encoder a leaf takes, and the smallest of them: booleans.
#include "parquet/value_encoder.h"

#include "base/check.h"
#include "parquet/bytes_encoder.h"
#include "parquet/fixed_encoder.h"
#include "parquet/levels.h"
#include "parquet/plain.h"
#include "parquet/schema.h"

#include <vector>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

// One bit a value, or runs where they are shorter; settled for the whole chunk.
class BooleanEncoder final : public ValueEncoder {
 public:
  explicit BooleanEncoder(EncodingContest& contest) : contest_(contest) {}

  void append(const Column& column, std::size_t first, std::size_t count) override {
    const std::uint8_t* values = column.fixed<std::uint8_t>() + first;
    bounds_.add(values, count);
    values_.insert(values_.end(), values, values + count);
  }

  EncodedValues close_page() override {
    EncodedValues page;
    page.bounds = bounds_.take();
    body_.clear();
    if (!values_.empty()) {
      settle();
      page.encoding = *encoding_;
      if (*encoding_ == Encoding::rle) {
        encode_levels(values_, 1, body_);
      } else {
        encode_plain_booleans(values_, body_);
      }
    }
    values_.clear();
    page.body = body_;
    return page;
  }

  std::optional<DictionaryPage> dictionary() const override { return std::nullopt; }

  bool is_direct() const override { return true; }

  void start_chunk() override {
    SLUICE_CHECK(values_.empty());
    encoding_.reset();
  }

  std::size_t bytes_held() const override { return values_.capacity() + body_.capacity(); }

 private:
  void settle() {
    if (encoding_) {
      return;
    }
    contest_.begin(values_.size());
    encode_plain_booleans(values_, contest_.enter(Encoding::plain));
    if (contest_.allows_all()) {
      encode_levels(values_, 1, contest_.enter(Encoding::rle));
    }
    encoding_ = contest_.decide().encoding;
  }

  EncodingContest& contest_;
  FixedBounds<std::uint8_t> bounds_;
  std::vector<std::uint8_t> values_;
  std::optional<Encoding> encoding_;  // of the chunk
  Bytes body_;
};

}  // namespace

std::unique_ptr<ValueEncoder> make_value_encoder(const columnar::Leaf& leaf,
                                                 DictionaryOptions options,
                                                 EncodingContest& contest) {
  switch (leaf.storage) {
    case Storage::boolean:
      return std::make_unique<BooleanEncoder>(contest);
    case Storage::int32:
      return std::make_unique<FixedEncoder<std::int32_t>>(options, contest);
    case Storage::int64:
      return std::make_unique<FixedEncoder<std::int64_t>>(options, contest);
    case Storage::float32:
      return std::make_unique<FixedEncoder<float>>(options, contest);
    case Storage::float64:
      return std::make_unique<FixedEncoder<double>>(options, contest);
    case Storage::bytes:
    case Storage::fixed_bytes:
      return std::make_unique<BytesEncoder>(physical_leaf(leaf), options, contest);
  }
  SLUICE_CHECK(false && "every storage has an encoder");
  return nullptr;
}

}  // namespace sluice::parquet
