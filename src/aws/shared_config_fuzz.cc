// The shared configuration files on arbitrary text, read as either of the two.
#include "aws/shared_config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::aws;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const SharedFile file : {SharedFile::config, SharedFile::credentials}) {
    SharedConfig config;
    const bool is_read = read_shared_file(text, file, config).has_value();
    SharedConfig again = config;
    if (is_read &&
        (!read_shared_file(text, file, again) || again.profiles != config.profiles ||
         again.services != config.services || again.sso_sessions != config.sso_sessions)) {
      std::abort();  // saying everything twice changes nothing
    }
  }
  return 0;
}
