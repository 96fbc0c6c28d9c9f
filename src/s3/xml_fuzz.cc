// Bodies of CreateBucket and texts in answers: no crash, and what we write is well-formed.
#include "base/check.h"
#include "base/utf8.h"
#include "s3/xml.h"
#include "s3/xml_requests.h"

#include <pugixml.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace sluice;
using namespace sluice::s3;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto region = parse_create_bucket(text);
  SLUICE_CHECK(!region || region->find('<') == std::string::npos);
  const auto deleted = parse_delete(text);
  SLUICE_CHECK(!deleted || (!deleted->entries.empty() && !deleted->entries.front().key.empty()));
  const auto parts = parse_complete(text);
  SLUICE_CHECK(!parts || parts->front().number >= 1);
  const std::string answer = error_xml({S3Code::no_such_key, std::string(text)}, text, text);
  SLUICE_CHECK(is_utf8(answer));
  pugi::xml_document document;
  SLUICE_CHECK(document.load_buffer(answer.data(), answer.size()));
  SLUICE_CHECK(std::string_view(document.child("Error").child("Code").text().get()) == "NoSuchKey");
  return 0;
}
