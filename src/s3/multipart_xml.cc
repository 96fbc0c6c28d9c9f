#include "s3/multipart_xml.h"

#include "s3/upload_checksum.h"
#include "s3/xml_writer.h"

#include <cstdint>
#include <optional>

namespace sluice::s3 {
namespace {

void initiator(XmlWriter& out, const Owner& owner) {
  out.open("Initiator");
  out.element("ID", owner.id);
  out.element("DisplayName", owner.display_name);
  out.close("Initiator");
  out.owner(owner);
  out.element("StorageClass", "STANDARD");
}

void checksum_of(XmlWriter& out, const std::optional<UploadChecksum>& checksum) {
  if (checksum) {
    out.element("ChecksumAlgorithm", name_of(checksum->algorithm));
    out.element("ChecksumType", name_of(checksum->type));
  }
}

}  // namespace

std::string initiated_xml(const UploadName& name) {
  XmlWriter out("InitiateMultipartUploadResult");
  out.element("Bucket", name.bucket);
  out.element("Key", name.key);
  out.element("UploadId", name.id);
  return out.finish();
}

std::string completed_xml(const UploadName& name,
                          std::string_view location,
                          const Completed& made) {
  XmlWriter out("CompleteMultipartUploadResult");
  out.element("Location", location);
  out.element("Bucket", name.bucket);
  out.element("Key", name.key);
  out.element("ETag", quoted(made.etag));
  if (made.checksum) {
    out.checksum(*made.checksum);
    out.element("ChecksumType", name_of(type_of(*made.checksum)));
  }
  return out.finish();
}

std::string list_parts_xml(const PartsEcho& echo, const PartsPage& page) {
  XmlWriter out("ListPartsResult");
  out.element("Bucket", echo.name.bucket);
  out.element("Key", echo.name.key);
  out.element("UploadId", echo.name.id);
  initiator(out, echo.owner);
  checksum_of(out, page.checksum);
  out.element("PartNumberMarker", std::uint64_t{echo.after});
  if (page.is_truncated && !page.parts.empty()) {
    out.element("NextPartNumberMarker", std::uint64_t{page.parts.back().number});
  }
  out.element("MaxParts", std::uint64_t{echo.limit});
  out.element("IsTruncated", page.is_truncated ? "true" : "false");
  for (const StoredPart& part : page.parts) {
    out.open("Part");
    out.element("PartNumber", std::uint64_t{part.number});
    out.element("LastModified", iso_time(part.modified));
    out.element("ETag", quoted(part.etag));
    out.element("Size", part.bytes);
    if (page.checksum && !part.checksum.empty()) {
      out.checksum({page.checksum->algorithm, part.checksum});
    }
    out.close("Part");
  }
  return out.finish();
}

std::string list_uploads_xml(const UploadsEcho& echo, const UploadsPage& page) {
  const auto key_text = [&](std::string_view key) {
    return echo.url_encodes ? url_encode_key(key) : std::string(key);
  };
  XmlWriter out("ListMultipartUploadsResult");
  out.element("Bucket", echo.bucket);
  out.element("KeyMarker", key_text(echo.request.key_marker));
  out.element("UploadIdMarker", echo.request.id_marker);
  out.element("Prefix", key_text(echo.request.prefix));
  if (echo.url_encodes) {
    out.element("EncodingType", "url");
  }
  out.element("MaxUploads", std::uint64_t{echo.request.limit});
  out.element("IsTruncated", page.is_truncated ? "true" : "false");
  if (page.is_truncated && !page.uploads.empty()) {
    out.element("NextKeyMarker", key_text(page.uploads.back().key));
    out.element("NextUploadIdMarker", page.uploads.back().id);
  }
  for (const PendingUpload& upload : page.uploads) {
    out.open("Upload");
    out.element("Key", key_text(upload.key));
    out.element("UploadId", upload.id);
    initiator(out, echo.owner);
    out.element("Initiated", iso_time(upload.begun));
    checksum_of(out, upload.checksum);
    out.close("Upload");
  }
  return out.finish();
}

}  // namespace sluice::s3
