// The reader of records that the writers of one table share.
//
// What a reader has learned of the looks of records serves every object that they go to, and takes
// some tens of kilobytes, once instead of for each partition.
#pragma once

#include "base/result.h"
#include "columnar/type.h"
#include "serde/options.h"
#include "serde/record_reader.h"

#include <memory>
#include <optional>

namespace sluice::delivery {

// Not thread-safe, and neither are its readers: all writers that share one are in one thread at a
// time.
class SharedReader {
 public:
  // The same one as long as it is asked for the same table.  Fault::unsupported as
  // serde::make_reader().
  Result<std::shared_ptr<serde::RecordReader>> of(const columnar::Schema& schema,
                                                  const serde::SerdeOptions& options);

 private:
  std::optional<columnar::Schema> schema_;
  serde::SerdeOptions options_;
  std::shared_ptr<serde::RecordReader> reader_;
};

}  // namespace sluice::delivery
