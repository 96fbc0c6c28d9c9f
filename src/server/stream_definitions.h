// Keeps the definitions of streams, and how far their logs are known to reach, in the store.
#pragma once

#include "base/result.h"
#include "store/definitions.h"
#include "stream/definition.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// The stored form: versioned JSON text, stable across program versions.
std::string encode(const stream::StreamDefinition& definition);
Result<stream::StreamDefinition> decode_stream_definition(std::string_view text);
std::string encode(const stream::LogPosition& position);
Result<stream::LogPosition> decode_log_position(std::string_view text);

// Thread-safe.  Borrows the database.
class StoredStreamDefinitions final : public stream::DefinitionStore {
 public:
  explicit StoredStreamDefinitions(store::Database& database) : definitions_(database) {}

  Result<std::vector<stream::StreamDefinition>> load_all() override;
  Result<void> save(const stream::StreamDefinition& definition) override;
  Result<void> remove(const stream::StreamIncarnation& incarnation) override;
  Result<std::map<stream::StreamIncarnation, stream::LogPosition>> load_positions() override;
  Result<void> save_positions(
      const std::map<stream::StreamIncarnation, stream::LogPosition>& positions) override;
  Result<void> remove_position(const stream::StreamIncarnation& incarnation) override;

 private:
  Result<void> remove_if_there(std::string_view kind, const stream::StreamIncarnation& incarnation);

  store::Definitions definitions_;
};

}  // namespace sluice::server
