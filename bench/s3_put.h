// Puts a file into another S3, as deliveries do.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>

namespace sluice::bench {

struct S3PutOptions {
  std::string endpoint;
  std::string path;  // of the file
  std::size_t times = 1;
  bool in_parts = false;
};

// Seconds; its digests are known beforehand, as a plan knows them.
Result<double> time_s3_puts(const S3PutOptions& options);

}  // namespace sluice::bench
