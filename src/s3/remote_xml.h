// What another S3 says in XML: errors, and the answers about multipart uploads.
//
// Everything is from outside: a document of any content gives texts of bounded length, and nothing
// else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// The elements of <Error> that tell a person or a program something; empty where they are not
// there.  Printable: control characters and bytes that are no ASCII became "?".
struct RemoteErrorText {
  std::string code;
  std::string message;
  std::string request_id;
  std::string region;    // where the bucket lies
  std::string endpoint;  // likewise
};

// std::nullopt where the document is no <Error>.  (A CompleteMultipartUpload may be answered with
// one under status 200.)
std::optional<RemoteErrorText> parse_remote_error(std::string_view body);

// Of an <InitiateMultipartUploadResult>; empty where there is none.
std::string parse_upload_id(std::string_view body);

// The ids of the uploads of exactly this key in a <ListMultipartUploadsResult>.
std::vector<std::string> parse_uploads_of(std::string_view body, std::string_view key);

// Text of outside as it can be printed: at most `characters_max` of it.
std::string shown(std::string_view text, std::size_t characters_max);

}  // namespace sluice::s3
