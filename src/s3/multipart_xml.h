// S3's answers about uploads in parts.
#pragma once

#include "s3/multipart.h"
#include "s3/xml.h"

#include <string>
#include <string_view>

namespace sluice::s3 {

// <InitiateMultipartUploadResult>.
std::string initiated_xml(const UploadName& name);

// <CompleteMultipartUploadResult>; `location` is the object's address.
std::string completed_xml(const UploadName& name, std::string_view location, const Completed& made);

// What a ListParts repeats of its request.
struct PartsEcho {
  UploadName name;
  std::uint32_t after = 0;
  std::size_t limit = 1000;
  Owner owner;
};

// <ListPartsResult>.
std::string list_parts_xml(const PartsEcho& echo, const PartsPage& page);

// What a ListMultipartUploads repeats of its request.
struct UploadsEcho {
  std::string bucket;
  UploadsRequest request;
  bool url_encodes = false;
  Owner owner;
};

// <ListMultipartUploadsResult>.
std::string list_uploads_xml(const UploadsEcho& echo, const UploadsPage& page);

}  // namespace sluice::s3
