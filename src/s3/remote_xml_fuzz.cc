// Answers of a hostile S3: no crash, and what is printed of them is bounded and printable.
#include "base/check.h"
#include "s3/remote_xml.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace sluice;
using namespace sluice::s3;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto error = parse_remote_error(body)) {
    for (const std::string& text :
         {error->code, error->message, error->request_id, error->region, error->endpoint}) {
      SLUICE_CHECK(text.size() <= 400);
      SLUICE_CHECK(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
    }
  }
  SLUICE_CHECK(parse_upload_id(body).size() <= 2048);
  for (const std::string& id : parse_uploads_of(body, "key")) {
    SLUICE_CHECK(!id.empty());
  }
  return 0;
}
