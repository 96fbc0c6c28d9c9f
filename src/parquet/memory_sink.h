// A file in memory, for tests and fuzzers.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/byte_sink.h"

namespace sluice::parquet {

// Keeps the file.
class MemorySink final : public ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    bytes_.append(bytes);
    return {};
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace sluice::parquet
