// Where a file is written to.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>

namespace sluice::parquet {

// Where the bytes of the file go, in order.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual Result<void> append(ByteView bytes) = 0;
};

// Counts what passes to another sink, which must outlive it.
class CountingSink final : public ByteSink {
 public:
  explicit CountingSink(ByteSink& sink) : sink_(sink) {}

  Result<void> append(ByteView bytes) override {
    SLUICE_TRY_DO(sink_.append(bytes));
    written_ += bytes.size();
    return {};
  }

  // So many bytes went to another sink before.
  void start_at(std::uint64_t written) { written_ = written; }

  std::uint64_t written() const { return written_; }

  // The same as the format's offsets are: where the next byte goes.
  std::int64_t offset() const { return static_cast<std::int64_t>(written_); }

 private:
  ByteSink& sink_;
  std::uint64_t written_ = 0;
};

}  // namespace sluice::parquet
