#include "server/gate.h"

#include "base/digest.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

const UnixMillis now = unix_millis(1'752'400'000'000);
const aws::Credentials key = {"AKIDEXAMPLE", "secret", ""};

net::RequestHead request(net::HttpHeaders headers) {
  net::RequestHead head;
  head.method = "POST";
  head.target = "/";
  head.headers = std::move(headers);
  return head;
}

net::RequestHead signed_request(std::string_view body) {
  net::RequestHead head = request({{"Host", "sluice.example:4566"}});
  const std::vector<aws::Header> headers = {{"Host", "sluice.example:4566"}};
  for (const auto& [name, value] : aws::sign(
           {"POST", "/", "", headers}, key, "us-east-1", "kinesis", to_hex(sha256(body)), now)) {
    head.headers.add(name, value);
  }
  return head;
}

TEST(Gate, WithoutCredentialsLoopbackNamesPass) {
  const Gate gate({}, "", {});
  for (const std::string_view host :
       {"localhost", "localhost:4566", "127.0.0.1:80", "127.1.2.3", "[::1]:4566"}) {
    EXPECT_FALSE(gate.check_head(request({{"Host", host}}), "s3", now)) << host;
  }
}

TEST(Gate, WithoutCredentialsForeignNamesAndPagesAreRefused) {
  const Gate gate({}, "", {"http://localhost:3000"});
  for (const std::string_view host :
       {"evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "[::2]"}) {
    const auto denial = gate.check_head(request({{"Host", host}}), "s3", now);
    ASSERT_TRUE(denial) << host;
    EXPECT_TRUE(denial->is_foreign);
  }
  EXPECT_TRUE(gate.check_head(
      request({{"Host", "localhost"}, {"Origin", "https://evil.example"}}), "s3", now));
  EXPECT_TRUE(gate.check_head(request({{"Host", "localhost"}, {"Origin", "null"}}), "s3", now));
  EXPECT_FALSE(gate.check_head(
      request({{"Host", "localhost"}, {"Origin", "http://localhost:3000"}}), "s3", now));
}

TEST(Gate, WithCredentialsASignatureIsNeededAndTheBodyIsPartOfIt) {
  const Gate gate({key}, "", {});
  EXPECT_TRUE(gate.check_head(request({{"Host", "localhost"}}), "kinesis", now));
  const net::RequestHead head = signed_request("{}");
  EXPECT_FALSE(gate.check_head(head, "kinesis", now));
  EXPECT_FALSE(gate.check_body(head, "kinesis", "{}", now));
  EXPECT_TRUE(gate.check_body(head, "kinesis", "{ }", now));
  EXPECT_TRUE(gate.check_head(head, "firehose", now));
}

}  // namespace
}  // namespace sluice::server
