// Signatures: vectors published with the specification, then every way a request can be wrong.
#include "aws/sigv4.h"

#include "base/digest.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

const std::string empty_hash = to_hex(sha256(""));
const Credentials suite = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const Credentials s3_example = {
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

UnixMillis at(std::string_view date) {
  return *parse_amz_date(date);
}

std::string authorization_of(const std::vector<std::pair<std::string, std::string>>& headers) {
  for (const auto& [name, value] : headers) {
    if (name == "Authorization") {
      return value;
    }
  }
  return {};
}

TEST(SigV4, SignsTheVanillaRequestOfThePublishedSuite) {
  const std::vector<Header> headers = {{"Host", "example.amazonaws.com"}};
  const auto added = sign(
      {"GET", "/", "", headers}, suite, "us-east-1", "service", empty_hash, at("20150830T123600Z"));
  EXPECT_EQ(authorization_of(added),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(SigV4, SignsTheObjectRequestOfTheS3Documentation) {
  const std::vector<Header> headers = {{"Host", "examplebucket.s3.amazonaws.com"},
                                       {"Range", "bytes=0-9"},
                                       {"x-amz-content-sha256", empty_hash}};
  const auto added = sign({"GET", "/test.txt", "", headers},
                          s3_example,
                          "us-east-1",
                          "s3",
                          empty_hash,
                          at("20130524T000000Z"));
  EXPECT_TRUE(authorization_of(added).ends_with(
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
      << authorization_of(added);
}

Authorization authorization_of(std::string seed) {
  Authorization authorization;
  authorization.date = "20130524";
  authorization.timestamp = "20130524T000000Z";
  authorization.region = "us-east-1";
  authorization.service = "s3";
  authorization.signature = std::move(seed);
  return authorization;
}

const Credentials documented_key{
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}};

TEST(SigV4, SignsTheChunksOfTheS3Documentation) {
  ChunkSigner signer(
      authorization_of("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"),
      documented_key);
  EXPECT_EQ(signer.chunk(sha256(std::string(65'536, 'a'))),
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
  EXPECT_EQ(signer.chunk(sha256(std::string(1'024, 'a'))),
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  EXPECT_EQ(signer.chunk(sha256({})),
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
}

TEST(SigV4, SignsTheTrailerOfTheS3Documentation) {
  ChunkSigner signer(
      authorization_of("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"),
      documented_key);
  EXPECT_EQ(signer.chunk(sha256(std::string(65'536, 'a'))),
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2");
  EXPECT_EQ(signer.chunk(sha256(std::string(1'024, 'a'))),
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7");
  EXPECT_EQ(signer.chunk(sha256({})),
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992");
  EXPECT_EQ(signer.trailer("x-amz-checksum-crc32c:sOO8/Q==\n"),
            "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
}

TEST(SigV4, TheCanonicalQueryIsSortedAndStrictlyEncoded) {
  const std::vector<Header> headers = {{"host", "h"}};
  const std::vector<std::string> names = {"host"};
  EXPECT_EQ(canonical_request(
                {"GET", "/a!b", "b=2&a=x!&a=1&uploads", headers}, names, "H", PathStyle::s3),
            "GET\n/a%21b\na=1&a=x%21&b=2&uploads=\nhost:h\n\nhost\nH");
}

TEST(SigV4, OnlyS3PathsKeepTheirDots) {
  const std::vector<Header> headers = {{"host", "h"}};
  const std::vector<std::string> names = {"host"};
  EXPECT_EQ(canonical_request({"GET", "/a/../b//c", "", headers}, names, "H", PathStyle::s3)
                .substr(4, 10),
            "/a/../b//c");
  EXPECT_EQ(canonical_request({"GET", "/a/../b//c", "", headers}, names, "H", PathStyle::plain)
                .substr(4, 5),
            "/b/c\n");
}

// A request to be signed, then spoilt.
struct Signed {
  std::vector<std::pair<std::string, std::string>> owned;
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  std::vector<Header> view;

  RequestParts parts() {
    view.assign(owned.begin(), owned.end());
    return {method, path, query, view};
  }

  std::string& header(std::string_view name) {
    for (auto& [key, value] : owned) {
      if (key == name) {
        return value;
      }
    }
    owned.emplace_back(name, "");
    return owned.back().second;
  }
};

const UnixMillis noon = at("20250713T120000Z");

Signed signed_request(std::string_view body,
                      bool declares_hash,
                      std::string_view service = "kinesis") {
  Signed request;
  request.owned = {{"Host", "localhost:4566"}, {"X-Amz-Target", "Kinesis_20131202.ListStreams"}};
  if (declares_hash) {
    request.owned.emplace_back("X-Amz-Content-Sha256", to_hex(sha256(body)));
  }
  const auto added =
      sign(request.parts(), suite, "ap-south-1", service, to_hex(sha256(body)), noon);
  request.owned.insert(request.owned.end(), added.begin(), added.end());
  return request;
}

Verifier verifier(std::string region = "") {
  return Verifier(
      [](std::string_view id) -> std::optional<Credentials> {
        return id == suite.access_key_id ? std::optional(suite) : std::nullopt;
      },
      std::move(region));
}

std::optional<AuthFault> fault_of(Signed& request,
                                  std::string_view body,
                                  UnixMillis now = noon,
                                  std::string region = "") {
  const Verifier checks = verifier(std::move(region));
  const auto head = checks.check_head(request.parts(), "kinesis", now);
  if (!head) {
    return head.error().fault;
  }
  const auto whole = checks.check_body(*head, request.parts(), to_hex(sha256(body)));
  return whole ? std::nullopt : std::optional(whole.error().fault);
}

TEST(SigV4, AcceptsWhatItSigned) {
  for (const bool declares_hash : {false, true}) {
    Signed request = signed_request("{}", declares_hash);
    EXPECT_EQ(fault_of(request, "{}"), std::nullopt) << declares_hash;
  }
}

TEST(SigV4, ADeclaredPayloadHashIsCheckedBeforeTheBodyIsRead) {
  Signed request = signed_request("{}", true);
  const auto head = verifier().check_head(request.parts(), "kinesis", noon);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->is_signature_checked);
}

TEST(SigV4, AnS3RequestMustDeclareItsPayloadSoThatTheHeadSettlesTheSignature) {
  Signed request = signed_request("", false, "s3");
  const auto undeclared = verifier().check_head(request.parts(), "s3", noon);
  ASSERT_FALSE(undeclared);
  EXPECT_EQ(undeclared.error().fault, AuthFault::incomplete);

  Signed declared = signed_request("", true, "s3");
  const auto head = verifier().check_head(declared.parts(), "s3", noon);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->is_signature_checked);
}

TEST(SigV4, RefusesAnotherBody) {
  for (const bool declares_hash : {false, true}) {
    Signed request = signed_request("{}", declares_hash);
    EXPECT_EQ(fault_of(request, "{ }"), AuthFault::mismatch);
  }
}

TEST(SigV4, RefusesEachWayOfTampering) {
  struct Case {
    const char* name;
    void (*spoil)(Signed&);
    AuthFault fault;
  };

  const Case cases[] = {
      {"method", [](Signed& r) { r.method = "GET"; }, AuthFault::mismatch},
      {"path", [](Signed& r) { r.path = "/x"; }, AuthFault::mismatch},
      {"query", [](Signed& r) { r.query = "a=1"; }, AuthFault::mismatch},
      {"a signed header",
       [](Signed& r) { r.header("X-Amz-Target") = "Kinesis_20131202.DeleteStream"; },
       AuthFault::mismatch},
      {"host", [](Signed& r) { r.header("Host") = "evil"; }, AuthFault::mismatch},
      {"an x-amz header that is not signed",
       [](Signed& r) { r.header("X-Amz-Extra") = "1"; },
       AuthFault::unsigned_header},
      {"signature", [](Signed& r) { r.header("Authorization").back() ^= 1; }, AuthFault::mismatch},
      {"no signature",
       [](Signed& r) {
         r.header("Authorization") = "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request";
       },
       AuthFault::incomplete},
      {"no header",
       [](Signed& r) {
         std::erase_if(r.owned, [](auto& h) { return h.first == "Authorization"; });
       },
       AuthFault::missing_token},
      {"both forms",
       [](Signed& r) { r.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256"; },
       AuthFault::both_forms},
      {"another day's scope",
       [](Signed& r) { r.header("X-Amz-Date") = "20250714T120000Z"; },
       AuthFault::incomplete},
  };
  for (const Case& c : cases) {
    Signed request = signed_request("{}", true);
    c.spoil(request);
    EXPECT_EQ(fault_of(request, "{}"), c.fault) << c.name;
  }
}

TEST(SigV4, RefusesAnUnknownKeyAndAForeignScope) {
  Signed request = signed_request("{}", true);
  EXPECT_EQ(fault_of(request, "{}", noon, "eu-west-1"), AuthFault::wrong_scope);
  Signed firehose = signed_request("{}", true, "firehose");
  EXPECT_EQ(fault_of(firehose, "{}"), AuthFault::wrong_scope);
  request.header("Authorization")
      .replace(request.header("Authorization").find("AKIDEXAMPLE"), 11, "AKIDEXAMPLF");
  EXPECT_EQ(fault_of(request, "{}"), AuthFault::unknown_key);
}

TEST(SigV4, TheClockMayDifferByAQuarterOfAnHour) {
  Signed request = signed_request("{}", true);
  EXPECT_EQ(fault_of(request, "{}", noon + clock_skew_max), std::nullopt);
  EXPECT_EQ(fault_of(request, "{}", noon + clock_skew_max + 1s), AuthFault::expired);
  EXPECT_EQ(fault_of(request, "{}", noon - clock_skew_max), std::nullopt);
  EXPECT_EQ(fault_of(request, "{}", noon - clock_skew_max - 1s), AuthFault::not_yet_current);
}

TEST(SigV4, DatesRoundTrip) {
  for (const std::string_view date : {"19700101T000000Z", "20240229T235959Z", "99991231T000001Z"}) {
    EXPECT_EQ(amz_date(*parse_amz_date(date)), date);
  }
  for (const std::string_view wrong :
       {"", "20250713", "20250713T250000Z", "20230229T000000Z", "2025071xT000000Z"}) {
    EXPECT_EQ(parse_amz_date(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace sluice::aws
