// Where a file is written to.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

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

}  // namespace sluice::parquet
