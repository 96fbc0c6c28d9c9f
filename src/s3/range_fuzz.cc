// Whatever a Range header holds, the answer lies within the object.
#include "base/check.h"
#include "s3/conditions.h"
#include "s3/range.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

using namespace sluice;
using namespace sluice::s3;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t bytes = 0;
  if (size < sizeof(bytes)) {
    return 0;
  }
  std::memcpy(&bytes, data, sizeof(bytes));
  const std::string_view header(reinterpret_cast<const char*>(data) + sizeof(bytes),
                                size - sizeof(bytes));
  const RangeDecision decision = decide_range(header, bytes);
  switch (decision.answer) {
    case RangeAnswer::whole:
      SLUICE_CHECK(decision.span == (ByteSpan{0, bytes}));
      break;
    case RangeAnswer::part:
      SLUICE_CHECK(decision.span.length > 0);
      SLUICE_CHECK(decision.span.length <= bytes);
      SLUICE_CHECK(decision.span.offset <= bytes - decision.span.length);
      break;
    case RangeAnswer::unsatisfiable:
      break;
  }
  // The other headers of the same request.
  const auto date = parse_http_date(header);
  SLUICE_CHECK(!date || to_count(*date) % 1000 == 0);
  SLUICE_CHECK(!names_etag(header, "never-in-a-header-\x01", true) || header == "*" ||
               header.find('*') != std::string_view::npos ||
               header.find("never") != std::string_view::npos);
  return 0;
}
