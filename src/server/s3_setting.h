// What a table [[s3]] of the configuration file says: which buckets lie in another S3, and how
// objects get there.
#pragma once

#include "s3/client.h"

#include <string>
#include <vector>

namespace sluice::server {

struct S3Setting {
  std::string place;                 // "heart-rate.toml:12"
  std::vector<std::string> buckets;  // names or globs (query/glob.h), each of them valid
  s3::S3ClientSettings client;

  // The key: of the profile, or in the file beside its id, or else where AWS's clients look.
  std::string profile;
  std::string access_key_id;
  std::string secret_access_key_file;
};

}  // namespace sluice::server
