#include "s3/xml_reader.h"

#include "base/utf8.h"

#include <cstddef>

namespace sluice::s3 {
namespace {

// Ten thousand parts, or a thousand keys of a kilobyte in escapes.
constexpr std::size_t body_bytes_max = std::size_t{8} << 20;

// Whether a character reference names the character 0, which XML has not and at which the parser
// would cut a text off.
bool names_zero(std::string_view body) {
  for (std::size_t at = body.find("&#"); at != std::string_view::npos; at = body.find("&#", at)) {
    at += 2;
    at += at < body.size() && body[at] == 'x' ? 1 : 0;
    const std::size_t end = body.find_first_not_of('0', at);
    if (end != std::string_view::npos && end > at && body[end] == ';') {
      return true;
    }
  }
  return body.find('\0') != std::string_view::npos;
}

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

std::optional<std::string> text_of(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node piece : element.children()) {
    if (piece.type() == pugi::node_element) {
      return std::nullopt;
    }
    if (piece.type() == pugi::node_pcdata || piece.type() == pugi::node_cdata) {
      text += piece.value();
    }
  }
  return text;
}

bool load_xml(pugi::xml_document& document, std::string_view body, std::string_view root_name) {
  // White space counts: a key may be a blank.
  constexpr unsigned options = pugi::parse_default | pugi::parse_ws_pcdata_single;
  if (body.size() > body_bytes_max || !is_utf8(body) || names_zero(body) ||
      !document.load_buffer(body.data(), body.size(), options, pugi::encoding_utf8)) {
    return false;
  }
  const pugi::xml_node root = document.document_element();
  // The parser takes several roots in a row; XML does not.
  const bool is_alone = document.first_child() == root && document.last_child() == root;
  return is_alone && local_name(root.name()) == root_name;
}

}  // namespace sluice::s3
