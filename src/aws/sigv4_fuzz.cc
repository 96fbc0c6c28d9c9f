// Signature parsing on arbitrary requests: method, path, query and headers cut from the input.
#include "aws/sigv4.h"
#include "aws/uri.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto take = [&](char end) {
    const std::size_t at = rest.find(end);
    const std::string_view part = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
    return part;
  };
  const std::string_view path = take('\n');
  const std::string_view query = take('\n');
  std::vector<aws::Header> headers;
  while (!rest.empty()) {
    const std::string_view name = take(':');
    headers.emplace_back(name, take('\n'));
  }
  const aws::RequestParts request{"POST", path, query, headers};
  const aws::Verifier verifier(
      [](std::string_view) { return aws::Credentials{"AKID", "secret", ""}; }, "");
  const auto head = verifier.check_head(request, "s3", unix_millis(1'752'400'000'000));
  if (head && !head->is_signature_checked) {
    std::abort();  // an S3 head must settle its signature
  }
  if (const auto decoded = aws::percent_decode(path)) {
    if (aws::percent_decode(aws::percent_encode(*decoded, aws::Slash::encode)) != decoded) {
      std::abort();
    }
  }
  return 0;
}
