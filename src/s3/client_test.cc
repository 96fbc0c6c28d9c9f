#include "s3/client.h"

#include "base/memory_file_system.h"
#include "s3/multipart_upload.h"
#include "s3/remote_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

namespace sluice::s3 {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

struct Fixture {
  Fixture() {
    settings.store = {"http://store:9000", "eu-west-1", Addressing::path};
    settings.multipart_threshold_bytes = 3 * mebibyte;
    settings.part_bytes = mebibyte;
  }

  S3Client client() {
    return {settings,
            [this](const net::HttpClientRequest& request) { return remote(request); },
            [this]() -> Result<aws::Credentials> { return key; },
            clock};
  }

  ObjectUpload upload_of(const Bytes& bytes, std::string name = "a/b!.parquet") {
    SLUICE_CHECK(replace_file(files, "spool", bytes).has_value());
    auto file = files.open("spool", OpenMode::read);
    SLUICE_CHECK(file.has_value());
    return {.bucket = "landing",
            .key = std::move(name),
            .file = std::move(*file),
            .bytes = bytes.size(),
            .sha256 = sha256(bytes),
            .md5 = md5(bytes),
            .content_type = "application/octet-stream",
            .metadata = {{"sluice-plan", "7"}}};
  }

  // The part of each number has another content.
  static Bytes large(std::uint64_t bytes) {
    Bytes out(static_cast<std::size_t>(bytes), 'x');
    for (std::size_t at = 0; at < out.size(); at += 1000) {
      out[at] = static_cast<char>('a' + at / 1000 % 23);
    }
    return out;
  }

  std::size_t count(std::string_view method) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        remote.asked, [method](const auto& call) { return call.line.starts_with(method); }));
  }

  ManualClock clock{unix_millis(1'752'400'000'000)};
  MemoryFileSystem files;
  S3ClientSettings settings;
  aws::Credentials key{"AKID", "secret", {}};
  RemoteForTest remote{clock};
};

TEST(S3Client, HasTheStoreCheckByCrc32cWhereThatIsAskedFor) {
  Fixture fixture;
  fixture.settings.digest = UploadDigest::crc32c;
  ASSERT_TRUE(fixture.client().put(fixture.upload_of("123456789")));
  const net::HttpHeaders& whole = fixture.remote.asked.back().headers;
  EXPECT_EQ(whole.value_or("x-amz-checksum-crc32c", ""), "4waSgw==");
  EXPECT_FALSE(whole.contains("x-amz-checksum-sha256"));
}

TEST(S3Client, PutsAnObjectThatTheStoreCanCheck) {
  Fixture fixture;
  fixture.settings.storage_class = "STANDARD_IA";
  fixture.settings.server_side_encryption = "aws:kms";
  fixture.settings.kms_key_id = "key-1";
  fixture.settings.tags = {{"team", "a b"}, {"stage", "x=y"}};
  ObjectUpload upload = fixture.upload_of("content");
  upload.content_encoding = "gzip";
  const auto put = fixture.client().put(upload);
  ASSERT_TRUE(put.has_value()) << put.error().message();
  ASSERT_THAT(fixture.remote.lines(), ElementsAre("PUT /landing/a/b%21.parquet"));
  const auto& stored = fixture.remote.objects.at("/landing/a/b%21.parquet");
  EXPECT_EQ(stored.bytes, "content");
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"Host", "store:9000"},
           {"Content-Type", "application/octet-stream"},
           {"Content-Encoding", "gzip"},
           {"Content-MD5", "mgNkuembtIDdJeHwKEyFVQ=="},
           {"x-amz-checksum-sha256", "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M="},
           {"x-amz-content-sha256",
            "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"},
           {"x-amz-meta-sluice-plan", "7"},
           {"x-amz-storage-class", "STANDARD_IA"},
           {"x-amz-server-side-encryption", "aws:kms"},
           {"x-amz-server-side-encryption-aws-kms-key-id", "key-1"},
           {"x-amz-tagging", "stage=x%3Dy&team=a%20b"}}) {
    EXPECT_EQ(stored.headers.value_or(name, "none"), value) << name;
  }
  EXPECT_FALSE(stored.headers.contains("If-None-Match"));
}

TEST(S3Client, AddressesByPathOrByHost) {
  Fixture fixture;
  std::vector<std::string> urls;
  const auto ask = [&](Addressing addressing, const std::string& endpoint) {
    fixture.settings.store = {endpoint, "eu-west-1", addressing};
    const S3Client client(
        fixture.settings,
        [&](const net::HttpClientRequest& request) -> Result<net::HttpResponse> {
          urls.push_back(request.url + " " + std::string(request.headers.value_or("Host", "")));
          return net::make_response(404, "", "");
        },
        [&]() -> Result<aws::Credentials> { return fixture.key; },
        fixture.clock);
    EXPECT_EQ(client.head("landing", "a b/../c+ü?#").error().fault(), Fault::missing);
  };
  ask(Addressing::path, "https://s3.example");
  ask(Addressing::virtual_host, "http://s3.example:81");
  EXPECT_THAT(
      urls,
      ElementsAre("https://s3.example/landing/a%20b/../c%2B%C3%BC%3F%23 s3.example",
                  "http://landing.s3.example:81/a%20b/../c%2B%C3%BC%3F%23 landing.s3.example:81"));
}

TEST(S3Client, AcceptsOnlyAddressesOfServices) {
  for (const auto& [written, meant] : std::vector<std::pair<std::string, std::string>>{
           {"http://127.0.0.1:9000", "http://127.0.0.1:9000"},
           {"https://s3.eu-west-1.amazonaws.com/", "https://s3.eu-west-1.amazonaws.com"},
           {"http://[::1]:80//", "http://[::1]:80"},
           {"", ""},
           {"s3.example", ""},
           {"ftp://s3.example", ""},
           {"https://", ""},
           {"https://http://h", ""},
           {"https://h/base", ""},
           {"https://user@h", ""},
           {"https://h?x", ""},
           {"https://:80", ""},
           {"https://h h", ""}}) {
    const auto checked = checked_endpoint(written);
    EXPECT_EQ(checked.value_or(""), meant) << written;
  }
}

TEST(S3Client, RefusesAFileOfAnotherLength) {
  Fixture fixture;
  ObjectUpload upload = fixture.upload_of("content");
  upload.bytes = 8;
  EXPECT_EQ(fixture.client().put(upload).error().fault(), Fault::corrupt);
  EXPECT_TRUE(fixture.remote.asked.empty());
}

TEST(S3Client, AFileThatRottedDoesNotBecomeAnObject) {
  for (const std::uint64_t bytes : {std::uint64_t{7}, 5 * mebibyte}) {
    Fixture fixture;
    ObjectUpload upload = fixture.upload_of(Fixture::large(bytes));
    upload.sha256 = sha256("what it was");
    const auto put = fixture.client().put(upload);
    ASSERT_FALSE(put.has_value());
    EXPECT_EQ(put.error().fault(), Fault::corrupt) << put.error().message();
    EXPECT_TRUE(fixture.remote.objects.empty());
  }
}

TEST(S3Client, DoesNotReplaceWhereItIsToldSo) {
  Fixture fixture;
  fixture.settings.if_none_match = true;
  const ObjectUpload upload = fixture.upload_of("content");
  ASSERT_TRUE(fixture.client().put(upload).has_value());
  EXPECT_EQ(fixture.client().put(upload).error().fault(), Fault::conflict);
}

TEST(S3Client, LooksAtAnObject) {
  Fixture fixture;
  ASSERT_TRUE(fixture.client().put(fixture.upload_of("content")).has_value());
  const auto object = fixture.client().head("landing", "a/b!.parquet");
  ASSERT_TRUE(object.has_value()) << object.error().message();
  EXPECT_EQ(object->bytes, 7u);
  EXPECT_EQ(object->etag, "\"9a0364b9e99bb480dd25e1f0284c8555\"");
  EXPECT_EQ(object->metadata, (std::map<std::string, std::string>{{"sluice-plan", "7"}}));
  EXPECT_EQ(fixture.client().head("landing", "other").error().fault(), Fault::missing);
}

TEST(S3Client, HasNoKeyWithoutCredentials) {
  Fixture fixture;
  const S3Client client(
      fixture.settings,
      [&](const net::HttpClientRequest& request) { return fixture.remote(request); },
      []() -> Result<aws::Credentials> { return fail(Fault::missing, "no profile"); },
      fixture.clock);
  const auto put = client.put(fixture.upload_of("content"));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().message(), "no credentials for http://store:9000: no profile");
  EXPECT_TRUE(fixture.remote.asked.empty());
}

TEST(S3Client, SignsWithTheSessionsToken) {
  Fixture fixture;
  fixture.key.session_token = "token";
  ASSERT_TRUE(fixture.client().put(fixture.upload_of("content")).has_value());
  EXPECT_EQ(fixture.remote.asked.back().headers.value_or("X-Amz-Security-Token", ""), "token");
}

struct SaidCase {
  std::string name;
  net::HttpResponse (*answer)();
  Fault fault;
  std::string line;  // a part of it
};

class S3ClientSays : public testing::TestWithParam<SaidCase> {};

TEST_P(S3ClientSays, WhatIsWrongAndWhatToDo) {
  Fixture fixture;
  fixture.remote.instead = [](const auto&) { return std::optional(GetParam().answer()); };
  const auto put = fixture.client().put(fixture.upload_of("content"));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().fault(), GetParam().fault) << put.error().message();
  EXPECT_THAT(put.error().message(),
              AllOf(StartsWith("PUT s3://landing/a/b!.parquet at http://store:9000: "),
                    HasSubstr(GetParam().line)));
  EXPECT_THAT(put.error().message(), Not(HasSubstr("\n")));
}

net::HttpResponse with_region(net::HttpResponse answer) {
  answer.headers.add("x-amz-bucket-region", "ap-south-1");
  return answer;
}

net::HttpResponse dated(net::HttpResponse answer) {
  answer.headers.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
  return answer;
}

using Remote = RemoteForTest;

INSTANTIATE_TEST_SUITE_P(
    S3Client,
    S3ClientSays,
    testing::Values(
        SaidCase{"WrongKey",
                 [] { return Remote::error(403, "InvalidAccessKeyId"); },
                 Fault::invalid,
                 "403 InvalidAccessKeyId: so it is (request 4F); the store does not know the "
                 "access key"},
        SaidCase{"WrongSecret",
                 [] { return Remote::error(403, "SignatureDoesNotMatch"); },
                 Fault::invalid,
                 "check the secret key"},
        SaidCase{"NoRight",
                 [] { return Remote::error(403, "AccessDenied"); },
                 Fault::invalid,
                 "allow it s3:PutObject"},
        SaidCase{"NoBucket",
                 [] { return Remote::error(404, "NoSuchBucket"); },
                 Fault::missing,
                 "bucket landing does not exist: create it and delivery goes on"},
        SaidCase{"OtherRegion",
                 [] { return with_region(Remote::error(301, "PermanentRedirect")); },
                 Fault::invalid,
                 "set region = \"ap-south-1\""},
        SaidCase{"OtherRegionInTheDocument",
                 [] {
                   return Remote::error(
                       400, "AuthorizationHeaderMalformed", "<Region>us-west-2</Region>");
                 },
                 Fault::invalid,
                 "set region = \"us-west-2\""},
        SaidCase{"UnknownRegion",
                 [] { return net::make_response(301, "", ""); },
                 Fault::invalid,
                 "eu-west-1 may not be the bucket's region"},
        SaidCase{"Clock",
                 [] { return dated(Remote::error(403, "RequestTimeTooSkewed")); },
                 Fault::invalid,
                 "the store's says Sun, 06 Nov 1994 08:49:37 GMT"},
        SaidCase{"Quota",
                 [] { return Remote::error(403, "QuotaExceeded"); },
                 Fault::too_large,
                 "quota reached"},
        SaidCase{"Overload",
                 [] { return Remote::error(503, "SlowDown"); },
                 Fault::throttled,
                 "overloaded"},
        SaidCase{"OverloadWithoutADocument",
                 [] { return net::make_response(503, "text/html", "<html>"); },
                 Fault::throttled,
                 "503; the store is overloaded"},
        SaidCase{"Failure",
                 [] { return Remote::error(500, "InternalError"); },
                 Fault::unavailable,
                 "500 InternalError"},
        SaidCase{"Gateway",
                 [] { return net::make_response(502, "text/html", "\x01\xff"); },
                 Fault::unavailable,
                 "502"},
        SaidCase{"Unknown",
                 [] { return Remote::error(400, "NewRule\n"); },
                 Fault::invalid,
                 "400 NewRule?: so it is"},
        SaidCase{"StorageClass",
                 [] { return Remote::error(400, "InvalidStorageClass"); },
                 Fault::invalid,
                 "look at storage_class"},
        SaidCase{"NotImplemented",
                 [] { return net::make_response(501, "", ""); },
                 Fault::unsupported,
                 "server_side_encryption"},
        SaidCase{"Kms",
                 [] { return Remote::error(400, "KMS.DisabledException"); },
                 Fault::invalid,
                 "kms_key_id"},
        SaidCase{"ErrorUnderSuccess",
                 [] { return Remote::error(200, "InternalError"); },
                 Fault::unavailable,
                 "200 InternalError"}),
    [](const auto& info) { return info.param.name; });

TEST(S3Client, PutsALargeObjectInParts) {
  Fixture fixture;
  fixture.settings.storage_class = "STANDARD_IA";
  fixture.settings.if_none_match = true;
  const Bytes content = Fixture::large(4 * mebibyte + 17);
  const auto put = fixture.client().put(fixture.upload_of(content));
  ASSERT_TRUE(put.has_value()) << put.error().message();
  const auto& stored = fixture.remote.objects.at("/landing/a/b%21.parquet");
  EXPECT_TRUE(stored.bytes == content);
  EXPECT_EQ(stored.headers.value_or("x-amz-meta-sluice-plan", ""), "7");
  EXPECT_EQ(stored.headers.value_or("x-amz-storage-class", ""), "STANDARD_IA");
  EXPECT_TRUE(fixture.remote.uploads.empty());
  EXPECT_EQ(fixture.count("PUT"), 5u);
  EXPECT_THAT(fixture.remote.lines().front(),
              StartsWith("GET /landing?prefix=a%2Fb%21.parquet&uploads="));
  EXPECT_EQ(fixture.remote.asked.back().headers.value_or("If-None-Match", ""), "*");
}

TEST(S3Client, AnObjectAtTheThresholdGoesWhole) {
  Fixture fixture;
  ASSERT_TRUE(fixture.client().put(fixture.upload_of(Fixture::large(3 * mebibyte))).has_value());
  EXPECT_EQ(fixture.remote.asked.size(), 1u);
}

TEST(S3Client, PartsGrowSoThatThereAreNotTooMany) {
  EXPECT_EQ(part_bytes_for(64 * mebibyte, 16 * mebibyte), 16 * mebibyte);
  EXPECT_EQ(part_bytes_for(160'000 * mebibyte, 16 * mebibyte), 16 * mebibyte);
  EXPECT_EQ(part_bytes_for(160'001 * mebibyte, 16 * mebibyte), 17 * mebibyte);
}

TEST(S3Client, AbortsAnUploadThatFails) {
  for (const std::string what :
       {"PUT /landing/a/b%21.parquet?partNumber=3", "POST /landing/a/b%21.parquet?uploadId"}) {
    Fixture fixture;
    fixture.remote.instead = [&](const auto& call) -> std::optional<Remote::Answer> {
      return call.line.starts_with(what)
                 ? std::optional<Remote::Answer>(Remote::error(500, "InternalError"))
                 : std::nullopt;
    };
    const auto put = fixture.client().put(fixture.upload_of(Fixture::large(5 * mebibyte)));
    ASSERT_FALSE(put.has_value());
    EXPECT_EQ(put.error().fault(), Fault::unavailable);
    EXPECT_THAT(put.error().message(), HasSubstr("InternalError"));
    EXPECT_TRUE(fixture.remote.uploads.empty()) << what;
    EXPECT_THAT(fixture.remote.lines().back(), StartsWith("DELETE "));
    EXPECT_TRUE(fixture.remote.objects.empty());
  }
}

TEST(S3Client, AnErrorUnderStatus200DoesNotCompleteAnUpload) {
  Fixture fixture;
  fixture.remote.instead = [](const auto& call) -> std::optional<Remote::Answer> {
    return call.line.starts_with("POST /landing/a/b%21.parquet?uploadId")
               ? std::optional<Remote::Answer>(Remote::error(200, "InternalError"))
               : std::nullopt;
  };
  EXPECT_FALSE(fixture.client().put(fixture.upload_of(Fixture::large(4 * mebibyte))).has_value());
}

TEST(S3Client, TidiesWhatAnEarlierLifeLeftOfTheSameKey) {
  Fixture fixture;
  bool is_dead = true;
  fixture.remote.instead = [&](const auto& call) -> std::optional<Remote::Answer> {
    const bool is_late = call.line.contains("partNumber=4") || call.line.starts_with("DELETE");
    return is_dead && is_late ? std::optional<Remote::Answer>(fail(Fault::unavailable, "killed"))
                              : std::nullopt;
  };
  const Bytes content = Fixture::large(5 * mebibyte);
  ASSERT_FALSE(fixture.client().put(fixture.upload_of(content)).has_value());
  ASSERT_FALSE(fixture.client().put(fixture.upload_of(content, "a/b!.parquet.x")).has_value());
  ASSERT_EQ(fixture.remote.uploads.size(), 2u);
  is_dead = false;
  ASSERT_TRUE(fixture.client().put(fixture.upload_of(content)).has_value());
  EXPECT_EQ(fixture.remote.uploads.size(), 1u) << "another key's is not ours";
}

TEST(S3Client, PutsInPartsWithoutTheRightToListUploads) {
  Fixture fixture;
  fixture.remote.instead = [](const auto& call) -> std::optional<Remote::Answer> {
    return call.line.starts_with("GET")
               ? std::optional<Remote::Answer>(Remote::error(403, "AccessDenied"))
               : std::nullopt;
  };
  EXPECT_TRUE(fixture.client().put(fixture.upload_of(Fixture::large(4 * mebibyte))).has_value());
}

TEST(S3Client, BreaksOffWhenItIsToldTo) {
  Fixture fixture;
  std::atomic<bool> is_stopped = false;
  fixture.settings.patience.is_stopped = [&] { return is_stopped.load(); };
  fixture.remote.afterwards = [&](const auto& call) -> std::optional<Remote::Answer> {
    is_stopped = is_stopped || call.line.contains("partNumber=2");
    return std::nullopt;
  };
  const auto put = fixture.client().put(fixture.upload_of(Fixture::large(12 * mebibyte)));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().fault(), Fault::cancelled);
  EXPECT_LT(fixture.count("PUT"), 12u);
}

}  // namespace
}  // namespace sluice::s3
