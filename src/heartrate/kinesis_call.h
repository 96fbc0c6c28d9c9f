// One try of a call to Kinesis: AWS JSON 1.1, signed.  When and how often to try is the caller's.
#pragma once

#include "aws/sigv4.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/http_client.h"

#include <cstddef>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::heartrate {

struct KinesisTarget {
  std::string endpoint;  // "http://127.0.0.1:4566", a path behind it is kept
  std::string region = "us-east-1";
  std::string stream;
  aws::Credentials credentials;

  // Of another service that speaks the same protocol.
  std::string_view service = "kinesis";       // in signatures
  std::string_view api = "Kinesis_20131202";  // in X-Amz-Target
};

struct KinesisTry {
  std::string_view operation;   // "PutRecords"
  ByteView body;                // the same for every try of a call
  std::string_view invocation;  // likewise: by it a server knows a call it has answered already
  int attempt = 1;
  int attempts_max = 1;
};

// An answer that says no.  The texts are the server's: not safe to show as they are.
struct KinesisRefusal {
  std::string code;  // "ResourceNotFoundException", "HTTP 502"
  std::string message;
  bool is_retryable = false;  // the same call may succeed later
};

using KinesisAnswer = std::expected<Bytes, KinesisRefusal>;

// Not thread-safe.
class KinesisCaller {
 public:
  using Exchange = std::function<Result<net::HttpResponse>(const net::HttpClientRequest&)>;

  // Fault::invalid for an endpoint that is no http:// or https:// address.  `clock` must outlive
  // it.
  static Result<KinesisCaller> create(KinesisTarget target, Exchange exchange, const Clock& clock);

  const KinesisTarget& target() const { return target_; }

  // The error is that of the exchange: Fault::unavailable when no server answers.
  Result<KinesisAnswer> attempt(const KinesisTry& one) const;

 private:
  KinesisCaller(KinesisTarget target, Exchange exchange, const Clock& clock)
      : target_(std::move(target)), exchange_(std::move(exchange)), clock_(&clock) {}

  net::HttpClientRequest request(const KinesisTry& one) const;

  KinesisTarget target_;
  Exchange exchange_;
  const Clock* clock_;
  std::string host_;  // with the port
  std::string path_;
};

// What an exchange's error says without naming the request:
// "POST http://...: connection refused" -> "connection refused"
std::string without_call(const std::string& message);

struct KinesisRecord {
  ByteView data;
  ByteView partition_key;
};

// The body of a PutRecord or PutRecords call: the same for the same arguments, to the byte.
Bytes put_record_body(std::string_view stream, const KinesisRecord& record);
Bytes put_records_body(std::string_view stream, std::span<const KinesisRecord> records);

// The indices of the records that a PutRecords answer refused, all of them for now; or the error of
// an answer that is none (Fault::invalid), or that refuses a record for good, in the server's
// words.
Result<std::vector<std::size_t>> refused_records(ByteView answer, std::size_t records);

}  // namespace sluice::heartrate
