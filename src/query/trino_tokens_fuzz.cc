// Any bytes: tokens must put together to the statement again, and the translator must end with a
// translation or an error.
#include "base/check.h"
#include "query/trino_tokens.h"
#include "query/trino_translate.h"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const auto tokens = sluice::query::tokenize(sql);
  if (tokens) {
    std::size_t at = 0;
    for (const auto& token : *tokens) {
      SLUICE_CHECK(token.offset == at);
      SLUICE_CHECK(!token.text.empty());
      at += token.text.size();
    }
    SLUICE_CHECK(at == sql.size());
  }
  const auto translated = sluice::query::translate_trino(sql);
  if (translated) {
    // What comes out is made of whole tokens again.
    SLUICE_CHECK(sluice::query::tokenize(translated->sql).has_value() ||
                 translated->sql.size() > sluice::query::sql_bytes_max);
    SLUICE_CHECK(translated->original_offset(translated->sql.size()) <= sql.size());
  }
  return 0;
}
