#include "delivery/shared_reader.h"

#include <utility>

namespace sluice::delivery {

Result<std::shared_ptr<serde::RecordReader>> SharedReader::of(const columnar::Schema& schema,
                                                              const serde::SerdeOptions& options) {
  if (schema_ != schema || !(options_ == options)) {
    SLUICE_TRY(made, serde::make_reader(schema, options));
    reader_ = std::move(made);
    schema_ = schema;
    options_ = options;
  }
  return reader_;
}

}  // namespace sluice::delivery
