// One heartbeat's way, as a program: from the socket of a whole server to a row of a Parquet file.
//
// docs/architecture.md tells the same way function by function.
#include "base/base64.h"
#include "base/file_system.h"
#include "net/http_client.h"
#include "parquet/file_reader.h"
#include "server/config.h"
#include "server/server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {
namespace {

constexpr std::string_view settings = R"(
[[bucket]]
name = "garmin-hr-s3-bucket"

[[stream]]
name = "hr-kinesis-stream"

[[table]]
database = "hr_data"
name = "heart_rate"
columns = "timestamp string, heart_rate int"

[[delivery_stream]]
name = "hr_firehose"
source = "hr-kinesis-stream"
bucket = "garmin-hr-s3-bucket"
prefix = "heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/session_!{timestamp:HH-mm-ss}/"
buffer_size_mb = 64
buffer_interval_s = 60
time_zone = "Asia/Calcutta"
input_format = "openx-json"
output_format = "parquet"
table = "hr_data.heart_rate"
object_name = "part"
)";

class Journey : public testing::Test {
 protected:
  Journey()
      : directory_(std::filesystem::temp_directory_path() /
                   fmt::format("sluice-journey-{}",
                               testing::UnitTest::GetInstance()->random_seed() +
                                   static_cast<int>(::getpid()))) {}

  ~Journey() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<server::Server> start() {
    auto config = server::parse_config(settings, "journey.toml");
    EXPECT_TRUE(config.has_value());
    config->listen = "127.0.0.1:0";
    config->data_directory = directory_.string();
    config->on_stop = server::OnStop::drain;
    auto server = server::Server::start(*std::move(config), [](std::string_view) {});
    EXPECT_TRUE(server.has_value()) << server.error().message();
    return *std::move(server);
  }

  static int put_record(const std::string& address, std::string_view data) {
    net::HttpClient client;
    net::HttpClientRequest request;
    request.method = "POST";
    request.url = "http://" + address + "/";
    request.headers.add("Content-Type", "application/x-amz-json-1.1");
    request.headers.add("X-Amz-Target", "Kinesis_20131202.PutRecord");
    request.body =
        fmt::format(R"({{"StreamName":"hr-kinesis-stream","PartitionKey":"watch","Data":"{}"}})",
                    base64_encode(data));
    const auto answer = client.perform(request);
    EXPECT_TRUE(answer.has_value()) << answer.error().message();
    return answer ? answer->status : 0;
  }

  // Keys of the bucket's objects.
  std::vector<std::filesystem::path> landed() const {
    std::vector<std::filesystem::path> found;
    const auto bucket = directory_ / "buckets" / "garmin-hr-s3-bucket";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(bucket)) {
      if (entry.is_regular_file()) {
        found.push_back(std::filesystem::relative(entry.path(), bucket));
      }
    }
    return found;
  }

  std::filesystem::path directory_;
};

TEST_F(Journey, AHeartbeatSentWithPutRecordIsARowUnderTheSessionsFolder) {
  auto server = start();
  ASSERT_EQ(put_record(server->address(),
                       "{\"timestamp\": \"2025-07-13T15:55:19.123456\", \"heart_rate\": 89}\n"),
            200);
  EXPECT_TRUE(server->stop(server::OnStop::drain).not_drained.empty());

  const auto objects = landed();
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_THAT(objects.front().string(),
              testing::MatchesRegex("heart_rate_data/[0-9]{4}/[0-9]{2}/[0-9]{2}/"
                                    "session_[0-9]{2}-[0-9]{2}-[0-9]{2}/part-[0-9a-f-]{36}"
                                    ".parquet"));

  const auto files = make_posix_file_system();
  const auto path = directory_ / "buckets" / "garmin-hr-s3-bucket" / objects.front();
  const auto file = files->open(path.string(), OpenMode::read);
  ASSERT_TRUE(file.has_value());
  const auto reader = parquet::FileReader::open(**file);
  ASSERT_TRUE(reader.has_value()) << reader.error().message();
  ASSERT_EQ(reader->metadata().num_rows, 1);
  const auto time = reader->read_column(0, 0);
  const auto rate = reader->read_column(0, 1);
  ASSERT_TRUE(time.has_value());
  ASSERT_TRUE(rate.has_value());
  EXPECT_EQ(time->bytes(0), "2025-07-13T15:55:19.123456");
  EXPECT_EQ(rate->fixed<std::int32_t>()[0], 89);
}

TEST_F(Journey, AHeartbeatLeftInTheLogIsDeliveredByTheNextLife) {
  auto first = start();
  ASSERT_EQ(
      put_record(first->address(), R"({"timestamp": "2025-07-13T15:55:20", "heart_rate": 90})"),
      200);
  first->stop(server::OnStop::leave);
  first.reset();
  EXPECT_TRUE(landed().empty());

  auto second = start();
  EXPECT_TRUE(second->stop(server::OnStop::drain).not_drained.empty());
  EXPECT_EQ(landed().size(), 1U);
}

}  // namespace
}  // namespace sluice
