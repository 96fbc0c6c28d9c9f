// The configuration file: TOML to a Config, each mistake named with its line and what would be
// right.
//
//   [server]             listen, data_dir, region, account, on_stop, drain_timeout_s, cors_origins,
//                        free_space_floor_mb, data_max_mb, stream_max_mb, on_full, limits,
//                        memory_limit_mb, replay_window_mb, replay_window_s, encryption_key_file
//   [tls]                certificate, key, required
//   [[credentials]]      access_key_id, secret_access_key
//   [[bucket]]           name
//   [[s3]]               see server/config_s3.h
//   [[stream]]           name, shards, max_mb, on_full
//   [[table]]            database, name, columns
//   [[lambda]]           arn, endpoint, timeout_s
//   [[webhook]]          see server/config_webhook.h
//   [[crawler]]          name, database, path, table_prefix
//   [[delivery_stream]]  see docs/operations.md; its processing and conversion:
//                        server/config_processing.h, server/config_conversion.h
//
// What the file defines ends in the same definitions as the AWS calls, checked by the same rules.
#pragma once

#include "aws/sigv4.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/request.h"
#include "query/crawler_definition.h"
#include "runner/replay_window.h"
#include "server/lambda_functions.h"
#include "server/s3_setting.h"
#include "server/webhooks.h"
#include "stream/space_rules.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

struct BucketSetting {
  std::string name;
};

struct StreamSetting {
  std::string name;
  std::uint32_t shards = 1;
  stream::SpaceRule space{};  // the server's where the file does not say otherwise
};

struct TableSetting {
  std::string database;
  std::string name;
  std::string columns;  // "timestamp string, heart_rate int"
};

// PEM files, as net::TlsContext::load reads them.
struct TlsSetting {
  std::string certificate;
  std::string key;
  bool required = false;  // plain text is refused
};

// What happens on SIGTERM to records that wait for their interval.
enum class OnStop : std::uint8_t { drain, leave };

// Whose limits of throughput and call rates hold (server/aws_limits.h).
enum class Limits : std::uint8_t { none, aws };

struct Config {
  std::string listen = "127.0.0.1:4566";
  std::string data_directory = "./data";
  std::string region;  // empty: us-east-1, and signatures for any region are accepted
  std::string account = "000000000000";
  OnStop on_stop = OnStop::drain;
  Limits limits = Limits::none;
  std::chrono::seconds drain_timeout{30};
  std::vector<std::string> cors_origins;
  std::uint64_t free_space_floor_bytes = std::uint64_t{64} << 20;
  std::uint64_t data_bytes_max = 0;      // of the data directory; 0: no cap
  std::uint64_t memory_limit_bytes = 0;  // of this process; 0: none, or memory_limit_min and more
  stream::SpaceRule stream_space{};      // of streams that the file does not name
  runner::ReplayWindow replay_window{};
  std::string encryption_key_file{};  // empty: one of the data directory's own
  std::optional<TlsSetting> tls;
  std::vector<aws::Credentials> credentials;
  std::vector<BucketSetting> buckets;
  std::vector<S3Setting> s3;  // checked, also against `buckets`
  std::vector<StreamSetting> streams;
  std::vector<TableSetting> tables;
  std::vector<LambdaSetting> lambdas;
  std::vector<WebhookSetting> webhooks;                       // checked, also against `s3`
  std::vector<query::CrawlerDefinition> crawlers;             // checked
  std::vector<delivery::DeliveryStream> delivery_streams;     // validated
  std::map<std::string, std::string> delivery_stream_places;  // by name: "heart-rate.toml:12"

  delivery::Account delivery_account() const {
    return {region.empty() ? "us-east-1" : region, account};
  }
};

// `name` stands for the file in messages: "heart-rate.toml:12: ...".
Result<Config> parse_config(std::string_view text, const std::string& name);

// "127.0.0.1:4566" or "[::1]:4566".  Fault::invalid says what is wrong.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};

Result<ListenAddress> parse_listen(std::string_view text);

// 127.0.0.0/8, ::1 and localhost.
bool is_loopback(std::string_view host);

}  // namespace sluice::server
