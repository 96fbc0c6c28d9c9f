// Reads the answers of another S3.
#include "s3/remote_xml.h"

#include "s3/xml_reader.h"

#include <pugixml.hpp>

#include <algorithm>

namespace sluice::s3 {
namespace {

constexpr std::size_t document_bytes_max = std::size_t{1} << 20;
constexpr std::size_t short_text_max = 128;
constexpr std::size_t message_max = 400;
constexpr std::size_t upload_id_bytes_max = 2048;

std::string_view text_of(pugi::xml_node parent, std::string_view name) {
  for (const pugi::xml_node child : parent.children()) {
    if (local_name(child.name()) == name) {
      return child.text().get();
    }
  }
  return {};
}

// The root, if it has this name.
pugi::xml_node root_of(pugi::xml_document& document, std::string_view body, std::string_view name) {
  if (body.size() > document_bytes_max ||
      !document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) {
    return {};
  }
  const pugi::xml_node root = document.document_element();
  return local_name(root.name()) == name ? root : pugi::xml_node();
}

}  // namespace

std::string shown(std::string_view text, std::size_t characters_max) {
  std::string out(text.substr(0, characters_max));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

std::optional<RemoteErrorText> parse_remote_error(std::string_view body) {
  pugi::xml_document document;
  const pugi::xml_node root = root_of(document, body, "Error");
  if (!root) {
    return std::nullopt;
  }
  return RemoteErrorText{.code = shown(text_of(root, "Code"), short_text_max),
                         .message = shown(text_of(root, "Message"), message_max),
                         .request_id = shown(text_of(root, "RequestId"), short_text_max),
                         .region = shown(text_of(root, "Region"), short_text_max),
                         .endpoint = shown(text_of(root, "Endpoint"), short_text_max)};
}

std::string parse_upload_id(std::string_view body) {
  pugi::xml_document document;
  const std::string_view id =
      text_of(root_of(document, body, "InitiateMultipartUploadResult"), "UploadId");
  return id.size() <= upload_id_bytes_max ? std::string(id) : std::string();
}

std::vector<std::string> parse_uploads_of(std::string_view body, std::string_view key) {
  pugi::xml_document document;
  std::vector<std::string> ids;
  for (const pugi::xml_node upload :
       root_of(document, body, "ListMultipartUploadsResult").children()) {
    const std::string_view id = text_of(upload, "UploadId");
    if (local_name(upload.name()) == "Upload" && text_of(upload, "Key") == key && !id.empty() &&
        id.size() <= upload_id_bytes_max) {
      ids.emplace_back(id);
    }
  }
  return ids;
}

}  // namespace sluice::s3
