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

TEST(Gate, WithoutCredentialsTheServersOwnPagesPassAtTheirAddressOnly) {
  const Gate gate({}, "", {});
  const auto denial_of = [&](std::string_view host, std::string_view origin) {
    return gate.check_head(request({{"Host", host}, {"Origin", origin}}), "s3", now);
  };
  EXPECT_FALSE(denial_of("127.0.0.1:4566", "http://127.0.0.1:4566"));
  EXPECT_FALSE(denial_of("localhost:4566", "http://localhost:4566"));
  EXPECT_TRUE(denial_of("127.0.0.1:4566", "http://127.0.0.1:4567"));
  EXPECT_TRUE(denial_of("127.0.0.1:4566", "https://127.0.0.1:4566"));
  EXPECT_TRUE(denial_of("127.0.0.1:4566", "http://localhost:4566"));
  EXPECT_TRUE(denial_of("evil.example", "http://evil.example"));
}

TEST(Gate, WithoutCredentialsPagesThatCameOverTlsPassByTheirScheme) {
  const Gate gate({}, "", {});
  net::RequestHead head =
      request({{"Host", "localhost:4566"}, {"Origin", "https://localhost:4566"}});
  EXPECT_TRUE(gate.check_head(head, "s3", now));
  head.is_tls = true;
  EXPECT_FALSE(gate.check_head(head, "s3", now));
  head.headers.set("Origin", "http://localhost:4566");
  EXPECT_TRUE(gate.check_head(head, "s3", now));
}

TEST(Gate, OverHttp2AuthorityIsSignedInHostsPlace) {
  const Gate gate({key}, "", {});
  const std::vector<aws::Header> headers = {{":authority", "sluice.example:4566"}};
  net::RequestHead head = request({{"host", "sluice.example:4566"}});
  for (const auto& [name, value] : aws::sign(
           {"POST", "/", "", headers}, key, "us-east-1", "kinesis", to_hex(sha256("{}")), now)) {
    head.headers.add(name, value);
  }
  EXPECT_TRUE(gate.check_body(head, "kinesis", "{}", now));
  head.version = net::HttpVersion::http_2;
  EXPECT_FALSE(gate.check_head(head, "kinesis", now));
  EXPECT_FALSE(gate.check_body(head, "kinesis", "{}", now));
  head.headers.set("host", "evil.example");
  EXPECT_TRUE(gate.check_body(head, "kinesis", "{}", now));
}

TEST(Gate, WithoutCredentialsOnlyHttp10MayNameNoHost) {
  const Gate gate({}, "", {});
  net::RequestHead head = request({});
  EXPECT_TRUE(gate.check_head(head, "s3", now));
  head.version = net::HttpVersion::http_1_0;
  EXPECT_FALSE(gate.check_head(head, "s3", now));
  head.headers.add("Origin", "https://evil.example");
  EXPECT_TRUE(gate.check_head(head, "s3", now));
  head = request({{"Host", "evil.example"}});
  head.version = net::HttpVersion::http_1_0;
  EXPECT_TRUE(gate.check_head(head, "s3", now));
}

TEST(Gate, AnUnsignedPayloadIsForS3Only) {
  const Gate gate({key}, "", {});
  for (const std::string_view service : {"kinesis", "firehose", "s3"}) {
    net::RequestHead head =
        request({{"Host", "sluice.example:4566"}, {"x-amz-content-sha256", aws::unsigned_payload}});
    const std::vector<aws::Header> headers = {{"Host", "sluice.example:4566"},
                                              {"x-amz-content-sha256", aws::unsigned_payload}};
    for (const auto& [name, value] : aws::sign(
             {"POST", "/", "", headers}, key, "us-east-1", service, aws::unsigned_payload, now)) {
      head.headers.set(name, value);
    }
    EXPECT_EQ(gate.check_head(head, service, now).has_value(), service != "s3") << service;
  }
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
