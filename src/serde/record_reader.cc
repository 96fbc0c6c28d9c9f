// Which SerDe is behind the interface.
#include "serde/record_reader.h"

#include "serde/hive.h"
#include "serde/openx.h"

#include <utility>

namespace sluice::serde {

Result<std::unique_ptr<RecordReader>> make_reader(const columnar::Schema& schema,
                                                  const SerdeOptions& options) {
  if (const auto* const hive = std::get_if<HiveOptions>(&options)) {
    SLUICE_TRY(reader, HiveReader::create(schema, *hive));
    return std::make_unique<HiveReader>(std::move(reader));
  }
  SLUICE_TRY(reader, OpenXReader::create(schema, std::get<OpenXOptions>(options)));
  return std::make_unique<OpenXReader>(std::move(reader));
}

}  // namespace sluice::serde
