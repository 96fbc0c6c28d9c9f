// Answers with keys in them, read as each of their kinds.
#include "aws/key_answers.h"
#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::aws;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto read : {read_sts_answer, read_metadata_answer, read_sso_answer}) {
    if (const auto found = read(text)) {
      SLUICE_CHECK(!found->key.access_key_id.empty() && !found->key.secret_access_key.empty());
    }
  }
  static_cast<void>(read_sts_refusal(text));
  static_cast<void>(read_sso_token(text));
  static_cast<void>(parse_utc_time(text));
  return 0;
}
