// A client of another S3: puts objects from files, and looks at them.
//
// The protocol alone.  Nothing is tried twice here: whoever puts an object does it again, whole,
// after any failure, and the same bytes under the same key make whatever an earlier try may still
// do in the store harmless.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/result.h"
#include "s3/remote_caller.h"
#include "s3/remote_store.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace sluice::s3 {

// What a store checks an object by, beside its MD5, and keeps with it.
enum class UploadDigest : std::uint8_t { sha256, crc32c };

// How objects are put.  Value type.
struct S3ClientSettings {
  RemoteStore store;
  std::string ca_bundle{};  // PEM file; empty: the system's authorities
  RemotePatience patience{};

  std::uint64_t multipart_threshold_bytes = std::uint64_t{64} << 20;  // larger ones go in parts
  std::uint64_t part_bytes = std::uint64_t{16} << 20;  // larger where there would be too many parts
  std::size_t parts_at_once = 4;

  std::string storage_class{};           // "STANDARD_IA"; empty: the bucket's
  std::string server_side_encryption{};  // "AES256", "aws:kms", "aws:kms:dsse"; empty: the bucket's
  std::string kms_key_id{};
  std::map<std::string, std::string> tags{};
  bool if_none_match = false;  // refuse to replace an object
  UploadDigest digest = UploadDigest::sha256;
};

// An object on its way.
struct ObjectUpload {
  std::string bucket;
  std::string key;
  std::shared_ptr<const File> file;
  std::uint64_t bytes = 0;
  Sha256Digest sha256{};
  Md5Digest md5{};
  std::string content_type{};
  std::string content_encoding{};
  std::map<std::string, std::string> metadata{};  // x-amz-meta-…, without that prefix
};

// What a store says of an object.
struct RemoteObject {
  std::uint64_t bytes = 0;
  std::string etag;                             // as sent, with its quotes
  std::map<std::string, std::string> metadata;  // names in lower case
};

// Thread-safe.
class S3Client {
 public:
  // `clock` must outlive it.
  S3Client(S3ClientSettings settings,
           Exchange exchange,
           CredentialsSource credentials,
           const Clock& clock);

  // Puts all bytes of the file, in one request or in parts.  The store checks them against digests
  // that are signed, so that an object with other bytes cannot come to be.  Faults as
  // s3/remote_failure.h has them; Fault::corrupt too where the file is not what the digests say;
  // Fault::conflict with if_none_match when the object is there.  Any failure may have taken
  // effect, or may still do so.
  Result<void> put(const ObjectUpload& upload) const;

  // Fault::missing when the object or the bucket is not there.
  Result<RemoteObject> head(const std::string& bucket, const std::string& key) const;

  const S3ClientSettings& settings() const { return settings_; }

 private:
  Result<void> put_whole(const ObjectUpload& upload) const;
  net::HttpHeaders object_headers(const ObjectUpload& upload) const;

  const S3ClientSettings settings_;
  const RemoteCaller caller_;
};

}  // namespace sluice::s3
