// Reads arbitrary bytes as a form, in one piece and in pieces of the size that the first byte says:
// both must agree.
#include "base/check.h"
#include "s3/form_data.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using sluice::Bytes;
using sluice::ByteView;
using namespace sluice::s3;

namespace {

class Kept final : public FormFile {
 public:
  S3Result<void> begin(const FormFields& given, const std::string&) override {
    SLUICE_CHECK(!has_begun);
    has_begun = true;
    fields = given;
    return {};
  }

  S3Result<void> take(ByteView data) override {
    SLUICE_CHECK(has_begun && !data.empty());
    content.append(data);
    return {};
  }

  bool has_begun = false;
  FormFields fields;
  Bytes content;
};

bool read(ByteView body, std::size_t piece, Kept& file) {
  FormData form("b", file);
  while (!body.empty()) {
    if (!form.write(body.substr(0, piece))) {
      return false;
    }
    body.remove_prefix(std::min(body.size(), piece));
  }
  return form.finish().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(static_cast<const char*>(static_cast<const void*>(data)), size);
  if (size < 2 || size > form_fields_bytes_max) {
    return 0;
  }
  static_cast<void>(form_boundary(input));
  const ByteView body = input.substr(1);
  Kept whole;
  Kept pieces;
  const bool is_form = read(body, body.size(), whole);
  SLUICE_CHECK(is_form == read(body, std::size_t{1} + data[0], pieces));
  if (is_form) {
    SLUICE_CHECK(whole.fields == pieces.fields && whole.content == pieces.content);
  }
  return 0;
}
