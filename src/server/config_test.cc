#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view whole = R"(
[server]
listen = "[::1]:4566"
region = "ap-south-1"
account = "123456789012"
on_stop = "leave"
limits = "aws"
drain_timeout_s = 5
cors_origins = ["http://localhost:3000"]
free_space_floor_mb = 1
data_max_mb = 1000
stream_max_mb = 20
on_full = "trim"
memory_limit_mb = 256
replay_window_mb = 32
replay_window_s = 7
[tls]
certificate = "cert.pem"
key = "key.pem"
required = true
[[credentials]]
access_key_id = "AKID"
secret_access_key = "secret"
[[bucket]]
name = "landing"
[[stream]]
name = "events"
shards = 3
[[table]]
database = "db"
name = "t"
columns = "a string, b int"
[[lambda]]
arn = "arn:aws:lambda:us-east-1:123456789012:function:beats"
endpoint = "http://127.0.0.1:9001/"
timeout_s = 7
[[crawler]]
name = "look"
database = "Crawled"
path = "s3://landing/p"
table_prefix = "raw_"
[[delivery_stream]]
name = "to_parquet"
source = "events"
bucket = "landing"
prefix = "p/!{timestamp:yyyy}/"
buffer_size_mb = 64
buffer_interval_s = 60
time_zone = "Asia/Calcutta"
input_format = "openx-json"
output_format = "parquet"
table = "db.t"
object_name = "part"
[delivery_stream.tags]
"sluice:buffer-interval-s" = "86400"
team = "heart"
[delivery_stream.backup]
bucket = "attic"
prefix = "source/"
buffer_size_mb = 1
buffer_interval_s = 2
[[delivery_stream]]
name = "raw"
bucket = "landing"
)";

TEST(Config, EverySettingIsRead) {
  const auto config = parse_config(whole, "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->listen, "[::1]:4566");
  EXPECT_EQ(config->on_stop, OnStop::leave);
  EXPECT_EQ(config->limits, Limits::aws);
  ASSERT_TRUE(config->tls);
  EXPECT_EQ(config->tls->certificate, "cert.pem");
  EXPECT_EQ(config->tls->key, "key.pem");
  EXPECT_TRUE(config->tls->required);
  EXPECT_EQ(config->drain_timeout, std::chrono::seconds(5));
  EXPECT_EQ(config->free_space_floor_bytes, std::uint64_t{1} << 20);
  EXPECT_EQ(config->data_bytes_max, std::uint64_t{1000} << 20);
  EXPECT_EQ(config->stream_space.bytes_max, std::uint64_t{20} << 20);
  EXPECT_TRUE(config->stream_space.trims_early);
  EXPECT_EQ(config->memory_limit_bytes, std::uint64_t{256} << 20);
  EXPECT_EQ(config->replay_window.bytes_max, std::uint64_t{32} << 20);
  EXPECT_EQ(config->replay_window.age_max, std::chrono::seconds(7));
  EXPECT_EQ(config->credentials.at(0).secret_access_key, "secret");
  EXPECT_EQ(config->streams.at(0).shards, 3U);
  ASSERT_EQ(config->lambdas.size(), 1U);
  EXPECT_EQ(config->lambdas[0].arn, "arn:aws:lambda:us-east-1:123456789012:function:beats");
  EXPECT_EQ(config->lambdas[0].endpoint, "http://127.0.0.1:9001");
  EXPECT_EQ(config->lambdas[0].timeout, std::chrono::seconds(7));
  ASSERT_EQ(config->crawlers.size(), 1U);
  EXPECT_EQ(config->crawlers[0].database, "crawled");
  EXPECT_EQ(config->crawlers[0].table_prefix, "raw_");
  EXPECT_EQ(config->crawlers[0].targets.at(0).folder, "p/");
  ASSERT_EQ(config->delivery_streams.size(), 2U);
  const delivery::DeliveryStream& converting = config->delivery_streams[0];
  EXPECT_EQ(converting.source_stream_arn, "arn:aws:kinesis:ap-south-1:123456789012:stream/events");
  EXPECT_TRUE(converting.s3.converts());
  EXPECT_EQ(converting.object_name, delivery::ObjectName::part);
  EXPECT_EQ(converting.s3.error_output_prefix, "!{firehose:error-output-type}/");
  ASSERT_EQ(converting.tags.size(), 3U) << "and the one that object_name stands for";
  EXPECT_EQ(converting.tags[0].key, "sluice:buffer-interval-s");
  EXPECT_EQ(converting.tags[0].value, "86400");
  ASSERT_TRUE(converting.backup);
  EXPECT_EQ(converting.backup->s3.bucket(), "attic");
  EXPECT_EQ(converting.backup->s3.effective_interval(), std::chrono::seconds(2));
  EXPECT_FALSE(config->delivery_streams[1].backup);
  EXPECT_EQ(config->delivery_streams[1].source_type, delivery::SourceType::direct_put);
}

TEST(Config, TheInputFormatChoosesTheSerDe) {
  for (const bool is_hive : {false, true}) {
    std::string text(whole);
    const std::string_view openx = "openx-json";
    if (is_hive) {
      text.replace(text.find(openx), openx.size(), "hive-json");
    }
    const auto config = parse_config(text, "c.toml");
    ASSERT_TRUE(config) << config.error().message();
    const delivery::Conversion& conversion = *config->delivery_streams[0].s3.conversion;
    EXPECT_EQ(conversion.hive.has_value(), is_hive);
    EXPECT_EQ(conversion.openx.has_value(), !is_hive);
  }
}

TEST(Config, AStreamsCapIsItsOwnOrTheServers) {
  const auto config = parse_config(
      "[server]\nstream_max_mb = 10\non_full = \"trim\"\n"
      "[[stream]]\nname = \"a\"\n"
      "[[stream]]\nname = \"b\"\nmax_mb = 3\n"
      "[[stream]]\nname = \"c\"\nmax_mb = 0\non_full = \"throttle\"\n",
      "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->streams[0].space.bytes_max, std::uint64_t{10} << 20);
  EXPECT_TRUE(config->streams[0].space.trims_early);
  EXPECT_EQ(config->streams[1].space.bytes_max, std::uint64_t{3} << 20);
  EXPECT_TRUE(config->streams[1].space.trims_early);
  EXPECT_EQ(config->streams[2].space.bytes_max, 0U);
  EXPECT_FALSE(config->streams[2].space.trims_early);
}

TEST(Config, AnEmptyFileIsTheDefaults) {
  const auto config = parse_config("", "c.toml");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen, "127.0.0.1:4566");
  EXPECT_EQ(config->delivery_account().region, "us-east-1");
  EXPECT_EQ(config->data_bytes_max, 0U) << "no cap but the disk's";
  EXPECT_EQ(config->stream_space.bytes_max, 0U);
  EXPECT_FALSE(config->stream_space.trims_early) << "retention is kept";
}

TEST(Config, MistakesAreNamedWithTheirLineAndTheRemedy) {
  struct Case {
    std::string_view text;
    std::string_view start;
    std::string_view part;
  };

  const Case cases[] = {
      {"[server]\nport = 1\n", "c.toml:2: ", "it takes listen, data_dir"},
      {"[server]\nlisten = \"nowhere\"\n", "c.toml:2: ", "HOST:PORT"},
      {"[server]\naccount = \"12\"\n", "c.toml:2: ", "twelve digits"},
      {"[server]\nlimits = \"some\"\n", "c.toml:2: ", "\"none\" or \"aws\""},
      {"[server]\non_stop = \"maybe\"\n", "c.toml:2: ", "\"drain\" or \"leave\""},
      {"[server]\ncors_origins = \"x\"\n", "c.toml:2: ", "a list of texts"},
      {"[stream]\nname = \"a\"\n", "c.toml:1: ", "two brackets"},
      {"[[server]]\n", "c.toml:1: ", "one bracket"},
      {"[[stream]]\nname = \"a\"\nshards = 0\n", "c.toml:3: ", "1 to 10000"},
      {"[[stream]]\nname = \"a\"\nmax_mb = -1\n", "c.toml:3: ", "max_mb must be"},
      {"[[stream]]\nname = \"a\"\non_full = \"drop\"\n", "c.toml:3: ", "\"throttle\" or \"trim\""},
      {"[server]\nmemory_limit_mb = 64\n", "c.toml:2: ", "0 (none) or at least 128"},
      {"[server]\ndata_max_mb = 1.5\n", "c.toml:2: ", "data_max_mb must be"},
      {"[[table]]\ndatabase = \"d\"\nname = \"t\"\ncolumns = \"a nonsense\"\n",
       "c.toml:4: ",
       "nonsense"},
      {"[[crawler]]\nname = \"c\"\ndatabase = \"d\"\npath = \"s3://\"\n",
       "c.toml:4: ",
       "names no bucket"},
      {"[[crawler]]\nname = \"c\"\npath = \"s3://bucket\"\n", "c.toml:1: ", "needs database"},
      {"[[lambda]]\narn = \"beats\"\nendpoint = \"http://h\"\n",
       "c.toml:2: ",
       "no ARN of a Lambda function"},
      {"[[lambda]]\narn = \"arn:aws:lambda:r:1:function:f\"\nendpoint = \"h:9001\"\n",
       "c.toml:3: ",
       "http://HOST:PORT"},
      {"[[lambda]]\narn = \"arn:aws:lambda:r:1:function:f\"\n", "c.toml:1: ", "needs endpoint"},
      {"[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\nbuffer_size_mb = 5\n",
       "c.toml:1: ",
       "go together"},
      {"[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\ntable = \"t\"\n",
       "c.toml:1: ",
       "openx-json"},
      {"[server]\nregion = \"x y\"\n", "c.toml:2: ", "us-east-1"},
      {"[server]\nregion = \"\"\n", "c.toml:2: ", "us-east-1"},
      {"[server]\ncors_origins = [\"*\"]\n", "c.toml:2: ", "\"*\" is no origin"},
      {"[server]\ncors_origins = [\"http://a/\"]\n", "c.toml:2: ", "is no origin"},
      {"[[bucket]]\nname = \"A\"\n", "c.toml:2: ", "bucket \"A\""},
      {"[[stream]]\nname = \"s\"\n[[stream]]\nname = \"s\"\nshards = 4\n",
       "c.toml:3: ",
       "[[stream]] s already, at c.toml:1"},
      {"[[table]]\ndatabase = \"d\"\nname = \"t\"\ncolumns = \"a int\"\n"
       "[[table]]\ndatabase = \"D\"\nname = \"T\"\ncolumns = \"b int\"\n",
       "c.toml:5: ",
       "already, at c.toml:1"},
      {"[[credentials]]\naccess_key_id = \"A\"\nsecret_access_key = \"1\"\n"
       "[[credentials]]\naccess_key_id = \"A\"\nsecret_access_key = \"2\"\n",
       "c.toml:4: ",
       "[[credentials]] A already"},
      {"x = ", "c.toml:1: ", "not valid TOML"},
  };
  for (const Case& c : cases) {
    const auto config = parse_config(c.text, "c.toml");
    ASSERT_FALSE(config) << c.text;
    EXPECT_THAT(config.error().message(), StartsWith(std::string(c.start)));
    EXPECT_THAT(config.error().message(), HasSubstr(std::string(c.part)));
  }
}

TEST(Config, AddressesToListenOn) {
  EXPECT_EQ(parse_listen("127.0.0.1:80")->port, 80);
  EXPECT_EQ(parse_listen("[::1]:0")->host, "::1");
  for (const std::string_view wrong :
       {"", "localhost", ":80", "::1:80", "a:b", "a:99999", "a:1x"}) {
    EXPECT_FALSE(parse_listen(wrong)) << wrong;
  }
  for (const std::string_view loopback : {"localhost", "::1", "127.0.0.1", "127.255.0.3"}) {
    EXPECT_TRUE(is_loopback(loopback));
  }
  for (const std::string_view other : {"0.0.0.0", "::", "10.0.0.1", "127.evil.example", ""}) {
    EXPECT_FALSE(is_loopback(other));
  }
}

}  // namespace
}  // namespace sluice::server
