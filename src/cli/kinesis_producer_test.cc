// Tests of cli/kinesis_producer.h against answers made up on the spot; nothing waits or connects.
#include "cli/kinesis_producer.h"

#include "base/base64.h"
#include "base/digest.h"
#include "json/document.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace sluice::cli {
namespace {

net::HttpResponse answer(int status, Bytes body) {
  return net::make_response(status, "application/x-amz-json-1.1", std::move(body));
}

constexpr const char* accepted = "{\"SequenceNumber\":\"1\",\"ShardId\":\"shardId-000000000000\"}";
constexpr const char* throttled =
    "{\"__type\":\"ProvisionedThroughputExceededException\",\"message\":\"slow\"}";

// A server that answers by a list of functions, the last one for ever.
class KinesisProducerTest : public testing::Test {
 protected:
  using Answer = std::function<Result<net::HttpResponse>(const net::HttpClientRequest&)>;

  KinesisProducer producer(std::vector<Answer> answers) {
    answers_ = std::move(answers);
    auto created = KinesisProducer::create(
        settings_,
        {[this](const net::HttpClientRequest& request) {
           requests_.push_back(request);
           return answers_[std::min(requests_.size(), answers_.size()) - 1](request);
         },
         clock_,
         random_,
         [this](std::chrono::milliseconds wait) {
           waits_.push_back(wait);
           return !is_interrupted_;
         }});
    EXPECT_TRUE(created);
    return std::move(*created);
  }

  static Answer always(int status, const char* body) {
    return [=](const net::HttpClientRequest&) { return answer(status, body); };
  }

  static Answer no_server() {
    return [](const net::HttpClientRequest&) -> Result<net::HttpResponse> {
      return fail(Fault::unavailable, "connection refused");
    };
  }

  std::string header(std::size_t request, const char* name) const {
    return std::string(requests_[request].headers.value_or(name, ""));
  }

  ProducerSettings settings_{
      "http://localhost:4566", "us-east-1", "hr", "watch", {"id", "secret", ""}, 9, 3};
  ManualClock clock_{unix_millis(1'752'422'119'000)};
  SeededRandom random_{1};
  std::vector<Answer> answers_;
  std::vector<net::HttpClientRequest> requests_;
  std::vector<std::chrono::milliseconds> waits_;
  bool is_interrupted_ = false;
};

TEST_F(KinesisProducerTest, ARecordTravelsAsASignedPutRecord) {
  KinesisProducer sender = producer({always(200, accepted)});
  ASSERT_TRUE(sender.put_record("beat\n"));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].url, "http://localhost:4566/");
  EXPECT_EQ(header(0, "Host"), "localhost:4566");
  EXPECT_EQ(header(0, "X-Amz-Target"), "Kinesis_20131202.PutRecord");
  EXPECT_EQ(header(0, "Content-Type"), "application/x-amz-json-1.1");
  EXPECT_TRUE(header(0, "Authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=id/20250713/us-east-1/kinesis/"));
  const auto body = json::Document::parse(requests_[0].body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->root().find("StreamName").as_string(), "hr");
  EXPECT_EQ(body->root().find("PartitionKey").as_string(), "watch");
  EXPECT_EQ(base64_decode(*body->root().find("Data").as_string()), "beat\n");
}

TEST_F(KinesisProducerTest, TheServerCanCheckTheSignature) {
  KinesisProducer sender = producer({always(200, accepted)});
  ASSERT_TRUE(sender.put_record("beat\n"));
  std::vector<aws::Header> headers;
  for (const net::HttpHeader& one : requests_[0].headers) {
    headers.emplace_back(one.name, one.value);
  }
  const aws::Verifier verifier(
      [](std::string_view) { return aws::Credentials{"id", "secret", ""}; }, "us-east-1");
  const aws::RequestParts parts{"POST", "/", "", headers};
  const auto head = verifier.check_head(parts, "kinesis", clock_.now());
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_TRUE(verifier.check_body(*head, parts, to_hex(sha256(requests_[0].body))));
}

TEST_F(KinesisProducerTest, AThrottledCallIsTriedAgainUnderTheSameInvocationId) {
  KinesisProducer sender =
      producer({always(400, throttled), always(500, "oops"), always(200, accepted)});
  ASSERT_TRUE(sender.put_record("a"));
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(header(0, "amz-sdk-invocation-id"), header(2, "amz-sdk-invocation-id"));
  EXPECT_EQ(header(0, "amz-sdk-request"), "attempt=1; max=9");
  EXPECT_EQ(header(2, "amz-sdk-request"), "attempt=3; max=9");
  EXPECT_EQ(requests_[0].body, requests_[2].body);
  EXPECT_EQ(sender.retries(), 2U);
  ASSERT_TRUE(sender.put_record("b"));
  EXPECT_NE(header(3, "amz-sdk-invocation-id"), header(0, "amz-sdk-invocation-id"));
}

TEST_F(KinesisProducerTest, WaitsGrowAndAreCapped) {
  settings_.attempts_max = 12;
  KinesisProducer sender = producer({always(400, throttled)});
  EXPECT_EQ(sender.put_record("a").error().fault(), Fault::throttled);
  ASSERT_EQ(waits_.size(), 11U);
  for (std::size_t index = 0; index < waits_.size(); ++index) {
    const auto longest = std::min<std::int64_t>(5000, std::int64_t{50} << index);
    EXPECT_GE(waits_[index].count(), longest / 2) << index;
    EXPECT_LE(waits_[index].count(), longest) << index;
  }
}

TEST_F(KinesisProducerTest, ARefusalForGoodIsNotRepeated) {
  KinesisProducer sender = producer(
      {always(400, "{\"__type\":\"com.amazonaws#ValidationException\",\"message\":\"bad\"}")});
  const auto sent = sender.put_record("a");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault(), Fault::invalid);
  EXPECT_NE(sent.error().message().find("ValidationException: bad"), std::string::npos);
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(KinesisProducerTest, AnUnknownStreamIsSaidInOurWords) {
  KinesisProducer sender =
      producer({always(400, "{\"__type\":\"ResourceNotFoundException\",\"message\":\"x\"}")});
  const auto sent = sender.put_record("a");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().fault(), Fault::missing);
  EXPECT_TRUE(sent.error().message().starts_with("there is no stream hr at"));
}

TEST_F(KinesisProducerTest, AServerThatNeverAnsweredIsGivenUpSoon) {
  KinesisProducer sender = producer({no_server()});
  EXPECT_EQ(sender.put_record("a").error().fault(), Fault::unavailable);
  EXPECT_EQ(requests_.size(), 3U);
}

TEST_F(KinesisProducerTest, AServerThatAnsweredBeforeIsWaitedFor) {
  KinesisProducer sender = producer(
      {always(200, accepted), no_server(), no_server(), no_server(), always(200, accepted)});
  ASSERT_TRUE(sender.put_record("a"));
  ASSERT_TRUE(sender.put_record("b"));
  EXPECT_EQ(requests_.size(), 5U);
}

TEST_F(KinesisProducerTest, AnInterruptionEndsTheWaiting) {
  is_interrupted_ = true;
  KinesisProducer sender = producer({always(400, throttled)});
  EXPECT_EQ(sender.put_record("a").error().fault(), Fault::cancelled);
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(KinesisProducerTest, RecordsRefusedForNowAreSentAgainByThemselves) {
  const char* partial =
      "{\"FailedRecordCount\":1,\"Records\":[{\"SequenceNumber\":\"1\",\"ShardId\":\"s\"},"
      "{\"ErrorCode\":\"ProvisionedThroughputExceededException\",\"ErrorMessage\":\"slow\"}]}";
  const char* whole = "{\"FailedRecordCount\":0,\"Records\":[{\"SequenceNumber\":\"2\"}]}";
  KinesisProducer sender = producer({always(200, partial), always(200, whole)});
  const std::vector<ByteView> records = {"first", "second"};
  ASSERT_TRUE(sender.put_records(records));
  ASSERT_EQ(requests_.size(), 2U);
  const auto again = json::Document::parse(requests_[1].body);
  ASSERT_EQ(again->root().find("Records").size(), 1U);
  EXPECT_EQ((*again->root().find("Records").elements().begin()).find("Data").as_string(),
            base64_encode("second"));
  EXPECT_NE(header(0, "amz-sdk-invocation-id"), header(1, "amz-sdk-invocation-id"));
  EXPECT_EQ(sender.retries(), 1U);
}

TEST_F(KinesisProducerTest, AnEndpointMustBeAnHttpAddress) {
  const auto create = [this](const std::string& endpoint) {
    settings_.endpoint = endpoint;
    return KinesisProducer::create(settings_, {nullptr, clock_, random_, nullptr}).has_value();
  };
  EXPECT_TRUE(create("http://127.0.0.1:4566"));
  EXPECT_TRUE(create("https://kinesis.example/path/"));
  EXPECT_FALSE(create("127.0.0.1:4566"));
  EXPECT_FALSE(create("http://"));
  EXPECT_FALSE(create("ftp://x"));
  EXPECT_FALSE(create(""));
}

TEST(RecordBatch, ClosesAtItsNumberOfRecords) {
  RecordBatch batch(2);
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.add("a", 1));
  EXPECT_TRUE(batch.add("b", 1));
  EXPECT_FALSE(batch.add("c", 1));
  ASSERT_EQ(batch.records().size(), 2U);
  EXPECT_EQ(batch.records()[1], "b");
  batch.clear();
  EXPECT_TRUE(batch.add("c", 1));
  EXPECT_EQ(batch.records()[0], "c");
}

TEST(RecordBatch, ClosesAtFiveMebibytesKeysIncluded) {
  RecordBatch batch(500);
  const Bytes record(record_bytes_max - 10, 'x');
  for (int index = 0; index < 5; ++index) {
    EXPECT_TRUE(batch.add(record, 10));
  }
  EXPECT_FALSE(batch.add("", 1));
}

}  // namespace
}  // namespace sluice::cli
