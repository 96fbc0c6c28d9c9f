#include "s3/xml_reader.h"

#include "base/utf8.h"

#include <cstddef>

namespace sluice::s3 {
namespace {

// Ten thousand parts, or a thousand keys of a kilobyte in escapes.
constexpr std::size_t body_bytes_max = std::size_t{8} << 20;

}  // namespace

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::unexpected<S3Error> malformed_xml() {
  return fail_s3(S3Code::malformed_xml,
                 "The XML you provided was not well-formed or did not validate against our "
                 "published schema");
}

bool load_xml(pugi::xml_document& document, std::string_view body, std::string_view root_name) {
  // White space counts: a key may be a blank.
  constexpr unsigned options = pugi::parse_default | pugi::parse_ws_pcdata_single;
  if (body.size() > body_bytes_max || !is_utf8(body) ||
      !document.load_buffer(body.data(), body.size(), options, pugi::encoding_utf8)) {
    return false;
  }
  const pugi::xml_node root = document.document_element();
  // The parser takes several roots in a row; XML does not.
  const bool is_alone = document.first_child() == root && document.last_child() == root;
  return is_alone && local_name(root.name()) == root_name;
}

}  // namespace sluice::s3
