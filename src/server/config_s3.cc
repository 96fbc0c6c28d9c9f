// Each member with its rule.
#include "server/config_s3.h"

#include "aws/credentials.h"
#include "query/glob.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::string_view section = "[[s3]]";

bool consists_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

Result<std::vector<std::string>> read_buckets(const ConfigReader& reader,
                                              const toml::table& table) {
  const toml::node* node = table.get("buckets");
  if (node == nullptr || !node->is_array() || node->as_array()->empty()) {
    return reader.refuse(node == nullptr ? table : *node,
                         "[[s3]] needs buckets = [\"NAME\", ...]; an entry may have * and ?");
  }
  std::vector<std::string> buckets;
  for (const toml::node& one : *node->as_array()) {
    const std::string name = one.value<std::string>().value_or("");
    // The letters of bucket names, and of globs.
    const bool is_sane = one.is_string() && !name.empty() &&
                         consists_of(name, "abcdefghijklmnopqrstuvwxyz0123456789.-*?[]!{},");
    if (!is_sane || !query::Glob::parse(name)) {
      return reader.refuse(one,
                           fmt::format("\"{}\" can match no bucket's name; write \"landing\" or "
                                       "\"logs-*\"",
                                       name));
    }
    buckets.push_back(name);
  }
  return buckets;
}

Result<void> read_store(const ConfigReader& reader,
                        const toml::table& table,
                        const std::string& server_region,
                        s3::RemoteStore& store) {
  SLUICE_TRY(region,
             reader.text_or(table, "region", server_region.empty() ? "us-east-1" : server_region));
  const auto of_aws = aws::public_endpoint("s3", region);
  if (!of_aws) {
    return reader.refuse(*table.get("region"),
                         "a region has the characters a-z 0-9 -, such as \"us-east-1\"");
  }
  SLUICE_TRY(endpoint, reader.text_or(table, "endpoint", *of_aws));
  auto checked = s3::checked_endpoint(endpoint);
  if (!checked) {
    return reader.refuse(*table.get("endpoint"),
                         fmt::format("endpoint {}", checked.error().message()));
  }
  SLUICE_TRY(
      addressing,
      reader.text_or(table, "addressing", table.contains("endpoint") ? "path" : "virtual-host"));
  if (addressing != "path" && addressing != "virtual-host") {
    return reader.refuse(*table.get("addressing"),
                         "addressing must be \"path\" or \"virtual-host\"");
  }
  store.endpoint = *std::move(checked);
  store.region = std::move(region);
  store.addressing = addressing == "path" ? s3::Addressing::path : s3::Addressing::virtual_host;
  return {};
}

Result<void> read_key(const ConfigReader& reader, const toml::table& table, S3Setting& setting) {
  SLUICE_TRY(profile, reader.text_or(table, "profile", ""));
  SLUICE_TRY(id, reader.text_or(table, "access_key_id", ""));
  SLUICE_TRY(file, reader.text_or(table, "secret_access_key_file", ""));
  if (id.empty() != file.empty()) {
    return reader.refuse(table,
                         "access_key_id and secret_access_key_file go together: give both or "
                         "neither");
  }
  if (!profile.empty() && !id.empty()) {
    return reader.refuse(*table.get("profile"),
                         "profile and access_key_id are two keys: give one of them");
  }
  setting.profile = std::move(profile);
  setting.access_key_id = std::move(id);
  setting.secret_access_key_file = std::move(file);
  return {};
}

Result<void> read_sizes(const ConfigReader& reader,
                        const toml::table& table,
                        s3::S3ClientSettings& client) {
  constexpr std::int64_t mb_min = 5;     // of a part, by S3's rule
  constexpr std::int64_t mb_max = 5120;  // of one request, likewise
  SLUICE_TRY(threshold, reader.integer(table, "multipart_threshold_mb", mb_min, mb_max));
  if (threshold) {
    client.multipart_threshold_bytes = static_cast<std::uint64_t>(*threshold) << 20;
  }
  SLUICE_TRY(part, reader.integer(table, "part_size_mb", mb_min, mb_max));
  if (part) {
    client.part_bytes = static_cast<std::uint64_t>(*part) << 20;
  }
  return {};
}

Result<void> read_patience(const ConfigReader& reader,
                           const toml::table& table,
                           s3::RemotePatience& patience) {
  constexpr std::int64_t connect_s_max = 300;
  constexpr std::int64_t stall_s_max = 3600;
  constexpr std::int64_t whole_s_max = 86'400;
  SLUICE_TRY(connect, reader.integer(table, "connect_timeout_s", 1, connect_s_max));
  if (connect) {
    patience.connect = std::chrono::seconds(*connect);
  }
  SLUICE_TRY(stall, reader.integer(table, "stall_timeout_s", 1, stall_s_max));
  if (stall) {
    patience.stall = std::chrono::seconds(*stall);
  }
  SLUICE_TRY(whole, reader.integer(table, "timeout_s", 1, whole_s_max));
  if (whole) {
    patience.whole = std::chrono::seconds(*whole);
  }
  return {};
}

Result<void> read_tags(const ConfigReader& reader,
                       const toml::table& table,
                       std::map<std::string, std::string>& tags) {
  constexpr std::size_t tags_max = 10;
  constexpr std::size_t key_bytes_max = 128;
  constexpr std::size_t value_bytes_max = 256;
  SLUICE_TRY(given, reader.table(table, "tags"));
  for (const auto& [key, node] : given == nullptr ? toml::table() : *given) {
    SLUICE_TRY(value, reader.text_or(*given, key.str(), {}));
    if (key.str().empty() || key.str().size() > key_bytes_max || value.size() > value_bytes_max) {
      return reader.refuse(node,
                           "a tag of an object has a name of 1 to 128 and a value of at most 256 "
                           "characters");
    }
    tags.emplace(key.str(), std::move(value));
  }
  return tags.size() > tags_max
             ? Result<void>(reader.refuse(*given, "an object has at most 10 tags"))
             : Result<void>();
}

Result<void> read_headers(const ConfigReader& reader,
                          const toml::table& table,
                          s3::S3ClientSettings& client) {
  SLUICE_TRY(storage_class, reader.text_or(table, "storage_class", ""));
  if (!consists_of(storage_class, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")) {
    return reader.refuse(*table.get("storage_class"),
                         "a storage class is written as \"STANDARD_IA\"");
  }
  SLUICE_TRY(encryption, reader.text_or(table, "server_side_encryption", ""));
  if (!encryption.empty() && encryption != "AES256" && encryption != "aws:kms" &&
      encryption != "aws:kms:dsse") {
    return reader.refuse(
        *table.get("server_side_encryption"),
        "server_side_encryption must be \"AES256\", \"aws:kms\" or \"aws:kms:dsse\"");
  }
  SLUICE_TRY(kms_key, reader.text_or(table, "kms_key_id", ""));
  if (!kms_key.empty() && !encryption.starts_with("aws:kms")) {
    return reader.refuse(*table.get("kms_key_id"),
                         "kms_key_id needs server_side_encryption = \"aws:kms\"");
  }
  if (std::ranges::any_of(kms_key, [](char c) { return c <= ' ' || c > '~'; })) {
    return reader.refuse(*table.get("kms_key_id"), "that is no id of a key");
  }
  client.storage_class = std::move(storage_class);
  client.server_side_encryption = std::move(encryption);
  client.kms_key_id = std::move(kms_key);
  SLUICE_TRY(if_none_match, reader.flag(table, "if_none_match"));
  client.if_none_match = if_none_match;
  SLUICE_TRY(checksum, reader.text_or(table, "checksum", "sha256"));
  if (checksum != "sha256" && checksum != "crc32c") {
    return reader.refuse(*table.get("checksum"), "checksum must be \"sha256\" or \"crc32c\"");
  }
  client.digest = checksum == "crc32c" ? s3::UploadDigest::crc32c : s3::UploadDigest::sha256;
  return read_tags(reader, table, client.tags);
}

Result<S3Setting> read_s3(const ConfigReader& reader,
                          const toml::table& table,
                          const std::string& region) {
  SLUICE_TRY_DO(reader.check_keys(table,
                                  section,
                                  {"buckets",
                                   "endpoint",
                                   "region",
                                   "addressing",
                                   "profile",
                                   "access_key_id",
                                   "secret_access_key_file",
                                   "ca_bundle",
                                   "multipart_threshold_mb",
                                   "part_size_mb",
                                   "storage_class",
                                   "server_side_encryption",
                                   "kms_key_id",
                                   "tags",
                                   "if_none_match",
                                   "checksum",
                                   "connect_timeout_s",
                                   "stall_timeout_s",
                                   "timeout_s"}));
  S3Setting setting;
  setting.place = reader.place_of(table);
  SLUICE_TRY(buckets, read_buckets(reader, table));
  setting.buckets = std::move(buckets);
  SLUICE_TRY_DO(read_store(reader, table, region, setting.client.store));
  SLUICE_TRY_DO(read_key(reader, table, setting));
  SLUICE_TRY(ca_bundle, reader.text_or(table, "ca_bundle", ""));
  setting.client.ca_bundle = std::move(ca_bundle);
  SLUICE_TRY_DO(read_sizes(reader, table, setting.client));
  SLUICE_TRY_DO(read_patience(reader, table, setting.client.patience));
  SLUICE_TRY_DO(read_headers(reader, table, setting.client));
  return setting;
}

}  // namespace

Result<std::vector<S3Setting>> read_s3_settings(const ConfigReader& reader,
                                                const toml::table& root,
                                                const std::string& region) {
  SLUICE_TRY(tables, reader.tables(root, "s3"));
  std::vector<S3Setting> settings;
  std::map<std::string, std::string> places;
  for (const toml::table* table : tables) {
    SLUICE_TRY(setting, read_s3(reader, *table, region));
    for (const std::string& bucket : setting.buckets) {
      const auto [known, is_new] = places.emplace(bucket, setting.place);
      if (!is_new) {
        return reader.refuse(
            *table,
            fmt::format("\"{}\" is listed already, at {}; remove one", bucket, known->second));
      }
    }
    settings.push_back(std::move(setting));
  }
  return settings;
}

const S3Setting* setting_of(const std::vector<S3Setting>& settings, std::string_view bucket) {
  for (const S3Setting& setting : settings) {
    for (const std::string& pattern : setting.buckets) {
      const auto glob = query::Glob::parse(pattern);
      if (glob && glob->matches(bucket)) {
        return &setting;
      }
    }
  }
  return nullptr;
}

}  // namespace sluice::server
