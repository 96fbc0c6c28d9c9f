// Feeds the head scanner and parser arbitrary bytes, in one piece and in two.
#include "base/check.h"
#include "net/http_head.h"

#include <cstddef>
#include <cstdint>

using sluice::ByteView;
using sluice::net::HeadScanner;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(static_cast<const char*>(static_cast<const void*>(data)), size);
  static_cast<void>(sluice::net::classify_preface(bytes));
  HeadScanner whole;
  const HeadScanner::Verdict verdict = whole.scan(bytes);

  HeadScanner split;
  HeadScanner::Verdict again = split.scan(bytes.substr(0, size / 2));
  if (again == HeadScanner::Verdict::incomplete) {
    again = split.scan(bytes);
  }
  SLUICE_CHECK(again == verdict);
  if (verdict != HeadScanner::Verdict::complete) {
    return 0;
  }
  SLUICE_CHECK(split.head_bytes() == whole.head_bytes());
  const auto head = sluice::net::parse_request_head(bytes.substr(0, whole.head_bytes()));
  if (!head) {
    SLUICE_CHECK(head.error().status >= 400);
    return 0;
  }
  SLUICE_CHECK(!head->target.empty());
  SLUICE_CHECK(head->headers.count("host") <= 1);
  SLUICE_CHECK(!(head->has_unknown_length && head->content_length));
  for (const auto header : head->headers) {
    SLUICE_CHECK(!header.name.empty());
    SLUICE_CHECK(!header.value.contains('\r'));
    SLUICE_CHECK(!header.value.contains('\n'));
  }
  return 0;
}
