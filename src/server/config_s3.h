// Reads the tables [[s3]] of the configuration file.
//
//   buckets                                names or globs: ["landing", "logs-*"]
//   endpoint, region, addressing           "https://HOST", "eu-west-1", "path" or "virtual-host"
//   profile                                of ~/.aws/config and ~/.aws/credentials
//   access_key_id, secret_access_key_file  instead of a profile
//   ca_bundle                              PEM file of authorities
//   multipart_threshold_mb, part_size_mb   objects above the first go in parts of the second
//   storage_class, server_side_encryption, kms_key_id, tags, if_none_match
//   checksum                               "sha256" or "crc32c"
//   connect_timeout_s, stall_timeout_s, timeout_s
#pragma once

#include "base/result.h"
#include "server/config_reader.h"
#include "server/s3_setting.h"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// `region` is the one of [server].  Fault::invalid names the place and what would be right.
Result<std::vector<S3Setting>> read_s3_settings(const ConfigReader& reader,
                                                const toml::table& root,
                                                const std::string& region);

// The first setting that `bucket` is of; nullptr: it is a local one.
const S3Setting* setting_of(const std::vector<S3Setting>& settings, std::string_view bucket);

}  // namespace sluice::server
