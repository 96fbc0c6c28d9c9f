// Uploads in parts: what becomes an object, what is refused, what a crash leaves.
#include "s3/multipart.h"

#include "s3/object_parts.h"
#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::s3 {
namespace {

using namespace std::chrono_literals;

class MultipartTest : public testing::Test {
 protected:
  MultipartTest() {
    reopen();
    EXPECT_TRUE(store_->create_bucket("bucket", ""));
  }

  void reopen() {
    uploads_.reset();
    store_.reset();
    database_.reset();
    database_ = store::Database::open(folder_ / "sluice.db").value();
    store_ = LocalStore::open(folder_.path(), *database_, clock_).value();
    uploads_ = MultipartUploads::open(folder_.path(), *store_, clock_, random_).value();
  }

  UploadName begin(const std::string& key = "key", const ObjectHeaders& headers = {}) {
    return {"bucket", key, uploads_->create("bucket", key, headers).value()};
  }

  CompletedPart put(const UploadName& name, std::uint32_t number, ByteView body) {
    auto part = uploads_->start_part(name, number);
    EXPECT_TRUE(part) << part.error().message();
    EXPECT_TRUE((*part)->write(body));
    auto made = (*part)->finish({});
    EXPECT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->etag, to_hex(md5(body)));
    return {number, made->etag, made->checksum};
  }

  S3Code refusal(const UploadName& name, const std::vector<CompletedPart>& parts) {
    const auto done = uploads_->complete(name, {.parts = parts});
    EXPECT_FALSE(done);
    return done ? S3Code::internal_error : done.error().code();
  }

  Bytes object(const std::string& key = "key") {
    Bytes out;
    const auto found = store_->get("bucket", key);
    EXPECT_TRUE(found) << found.error().message();
    EXPECT_TRUE(found->file->read_at(0, found->info.bytes, out));
    return out;
  }

  std::size_t folders() const {
    const std::filesystem::directory_iterator entries(folder_ / "multipart");
    return static_cast<std::size_t>(std::distance(begin_of(entries), end(entries)));
  }

  static std::filesystem::directory_iterator begin_of(std::filesystem::directory_iterator entries) {
    return entries;
  }

  const Bytes large = Bytes(part_bytes_min, 'a');
  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1000)};
  SeededRandom random_{1};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<LocalStore> store_;
  std::unique_ptr<MultipartUploads> uploads_;
};

// A whole one of bytes as they lie in the object, a composite one of the parts' checksums.
TEST_F(MultipartTest, UploadsHaveTheChecksumThatTheyWereBegunWith) {
  const UploadChecksum rules[] = {{ChecksumAlgorithm::crc32c, ChecksumType::full_object},
                                  {ChecksumAlgorithm::sha256, ChecksumType::composite}};
  for (const UploadChecksum& rule : rules) {
    UploadName name{"bucket", "key", uploads_->create("bucket", "key", {}, rule).value()};
    const CompletedPart last = put(name, 7, "end");
    put(name, 2, "another body first");
    const CompletedPart first = put(name, 2, large);
    reopen();
    const auto listed = uploads_->list_parts(name, 0, 10);
    ASSERT_EQ(listed->parts.size(), 2u);
    EXPECT_EQ(listed->checksum, rule);
    EXPECT_EQ(listed->parts[0].checksum, first.checksum->text);
    EXPECT_EQ(uploads_->list("bucket", {})->uploads.at(0).checksum, rule);

    Checksum expected;
    if (rule.type == ChecksumType::full_object) {
      RunningChecksum running(rule.algorithm);
      running.update(large + "end");
      expected = running.finish();
    } else {
      const std::vector<std::string> parts = {first.checksum->text, last.checksum->text};
      expected = composite_checksum(rule.algorithm, parts);
    }
    CompletedPart wrong = first;
    wrong.checksum->text = last.checksum->text;
    EXPECT_EQ(refusal(name, {wrong, last}), S3Code::invalid_part);
    const auto bad = uploads_->complete(
        name, {.parts = {first, last}, .checksum = Checksum{rule.algorithm, "AAAA"}});
    EXPECT_EQ(bad.error().code(), S3Code::bad_digest);
    const auto long_one = uploads_->complete(name, {.parts = {first, last}, .bytes = 1});
    EXPECT_EQ(long_one.error().code(), S3Code::invalid_request);

    const auto made = uploads_->complete(
        name, {.parts = {first, last}, .checksum = expected, .bytes = large.size() + 3});
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->checksum, expected);
    const auto info = store_->head("bucket", "key");
    EXPECT_EQ(info->headers.checksum, expected);
    const auto parts = parse_parts(info->headers.parts);
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[1].bytes, 3u);
    EXPECT_EQ(parts[1].checksum,
              rule.type == ChecksumType::composite ? last.checksum->text : std::string());
    const auto again = uploads_->complete(name, {.parts = {first, last}});
    EXPECT_EQ(again->checksum, expected);

    const auto copy = store_->copy("bucket", "key", "bucket", "copy", {});
    ASSERT_TRUE(copy);
    RunningChecksum whole(rule.algorithm);
    whole.update(large + "end");
    EXPECT_EQ(copy->headers.checksum, whole.finish());
    EXPECT_TRUE(copy->headers.parts.empty());
  }
}

TEST_F(MultipartTest, AChecksumThatOnlyTheCompletionNamesIsOfTheWholeObject) {
  RunningChecksum running(ChecksumAlgorithm::crc64nvme);
  running.update(large + "end");
  const Checksum right = running.finish();
  const UploadName name = begin();
  const std::vector<CompletedPart> parts = {put(name, 1, large), put(name, 2, "end")};
  const auto wrong = uploads_->complete(
      name, {.parts = parts, .checksum = Checksum{right.algorithm, "AAAAAAAAAAA="}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), S3Code::bad_digest);
  EXPECT_EQ(uploads_->complete(name, {.parts = parts, .checksum = right})->checksum, right);
  EXPECT_EQ(store_->head("bucket", "key")->headers.checksum, right);
}

TEST_F(MultipartTest, PartsBecomeOneObjectInTheOrderOfTheirNumbers) {
  ObjectHeaders headers;
  headers.content_type = "x/y";
  headers.metadata = {{"m", "1"}};
  const UploadName name = begin("a/b", headers);
  const CompletedPart last = put(name, 7, "end");
  const CompletedPart first = put(name, 2, large);
  const auto made = uploads_->complete(name, {.parts = {first, last}});
  ASSERT_TRUE(made) << made.error().message();
  Bytes digests;
  for (const ByteView body : {ByteView(large), ByteView("end")}) {
    const Md5Digest digest = md5(body);
    digests.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  }
  EXPECT_EQ(made->etag, to_hex(md5(digests)) + "-2");
  EXPECT_EQ(object("a/b"), large + "end");
  const auto info = store_->head("bucket", "a/b");
  EXPECT_EQ(info->etag, made->etag);
  EXPECT_EQ(info->headers.content_type, "x/y");
  EXPECT_EQ(info->headers.metadata.at("m"), "1");
  EXPECT_EQ(folders(), 0u);
}

TEST_F(MultipartTest, ARestartChangesNothing) {
  const UploadName name = begin();
  const CompletedPart first = put(name, 1, large);
  reopen();
  const CompletedPart last = put(name, 2, "x");
  reopen();
  EXPECT_TRUE(uploads_->complete(name, {.parts = {first, last}}));
  EXPECT_EQ(object(), large + "x");
}

TEST_F(MultipartTest, ThePartSentLastCounts) {
  const UploadName name = begin();
  const CompletedPart before = put(name, 1, "old");
  const CompletedPart after = put(name, 1, "new");
  EXPECT_EQ(refusal(name, {before}), S3Code::invalid_part);
  EXPECT_TRUE(uploads_->complete(name, {.parts = {after}}));
  EXPECT_EQ(object(), "new");
}

TEST_F(MultipartTest, RefusesPartsThatDoNotFit) {
  const UploadName name = begin();
  const CompletedPart one = put(name, 1, "small");
  const CompletedPart two = put(name, 2, large);
  EXPECT_EQ(refusal(name, {two, one}), S3Code::invalid_part_order);
  EXPECT_EQ(refusal(name, {two, two}), S3Code::invalid_part_order);
  EXPECT_EQ(refusal(name, {one, two}), S3Code::entity_too_small);
  EXPECT_EQ(refusal(name, {{3, two.etag}}), S3Code::invalid_part);
  EXPECT_EQ(refusal(name, {{2, one.etag}}), S3Code::invalid_part);
  EXPECT_EQ(refusal(name, {{2, "zz"}}), S3Code::invalid_part);
  EXPECT_TRUE(uploads_->complete(name, {.parts = {two}}));  // not all of them need be taken
  EXPECT_EQ(object(), large);
}

TEST_F(MultipartTest, TheBodyIsComparedWithWhatWasSaidOfIt) {
  const UploadName name = begin();
  auto part = uploads_->start_part(name, 1);
  ASSERT_TRUE(part);
  EXPECT_TRUE((*part)->write("body"));
  EXPECT_EQ((*part)->finish({.bytes = 4, .md5 = md5("other"), .sha256 = {}}).error().code(),
            S3Code::bad_digest);
  part->reset();
  EXPECT_TRUE(uploads_->list_parts(name, 0, 10)->parts.empty());
}

TEST_F(MultipartTest, AnUploadIsKnownByAllOfItsName) {
  const UploadName name = begin();
  EXPECT_EQ(uploads_->abort({"bucket", "other", name.id}).error().code(), S3Code::no_such_upload);
  EXPECT_EQ(uploads_->abort({"none", "key", name.id}).error().code(), S3Code::no_such_bucket);
  for (const char* id : {"", "..", "../tmp", "00000000000000000000000000000000"}) {
    EXPECT_EQ(uploads_->abort({"bucket", "key", id}).error().code(), S3Code::no_such_upload) << id;
  }
  EXPECT_EQ(uploads_->create("none", "key", {}).error().code(), S3Code::no_such_bucket);
}

TEST_F(MultipartTest, NothingIsLeftOfWhatWasAborted) {
  const UploadName name = begin();
  const CompletedPart part = put(name, 1, "x");
  auto open = uploads_->start_part(name, 2);
  ASSERT_TRUE(open);
  EXPECT_TRUE(uploads_->abort(name));
  EXPECT_EQ(refusal(name, {part}), S3Code::no_such_upload);
  EXPECT_EQ(uploads_->start_part(name, 3).error().code(), S3Code::no_such_upload);
  EXPECT_TRUE((*open)->write("late"));
  EXPECT_EQ((*open)->finish({}).error().code(), S3Code::no_such_upload);
  open->reset();
  EXPECT_EQ(folders(), 0u);
}

TEST_F(MultipartTest, ACompletionThatIsSentAgainSucceedsOnce) {
  const UploadName name = begin();
  const CompletedPart part = put(name, 1, "x");
  const auto first = uploads_->complete(name, {.parts = {part}});
  const auto again = uploads_->complete(name, {.parts = {part}});
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->etag, first->etag);
  ASSERT_TRUE(store_->put("bucket", "key", "something else", {}));
  EXPECT_EQ(refusal(name, {part}), S3Code::no_such_upload);
}

TEST_F(MultipartTest, ConditionsAreJudgedWhenTheObjectIsMade) {
  const UploadName name = begin();
  const CompletedPart part = put(name, 1, "new");
  ASSERT_TRUE(store_->put("bucket", "key", "there", {}));
  Conditions conditions;
  conditions.if_none_match = "*";
  EXPECT_EQ(uploads_->complete(name, {.parts = {part}, .conditions = conditions}).error().code(),
            S3Code::precondition_failed);
  EXPECT_EQ(object(), "there");
  EXPECT_TRUE(uploads_->complete(name, {.parts = {part}}));
  EXPECT_EQ(object(), "new");
}

TEST_F(MultipartTest, APartThatTheDiskHasChangedIsNoticed) {
  const UploadName name = begin();
  const CompletedPart part = put(name, 1, "body");
  const std::string path = folder_ / ("multipart/" + name.id + "/1-" + part.etag);
  std::ofstream(path) << "bodY";
  EXPECT_EQ(refusal(name, {part}), S3Code::internal_error);
}

TEST_F(MultipartTest, PartsAndUploadsAreListedInPages) {
  const UploadName b = begin("b");
  const UploadName a = begin("a");
  const UploadName c = begin("c");
  put(b, 3, "x");
  put(b, 1, "yy");
  const auto parts = uploads_->list_parts(b, 0, 1);
  ASSERT_EQ(parts->parts.size(), 1u);
  EXPECT_EQ(parts->parts[0].number, 1u);
  EXPECT_EQ(parts->parts[0].bytes, 2u);
  EXPECT_TRUE(parts->is_truncated);
  EXPECT_EQ(uploads_->list_parts(b, 1, 10)->parts[0].number, 3u);
  const auto page = uploads_->list("bucket", {.limit = 2});
  ASSERT_EQ(page->uploads.size(), 2u);
  EXPECT_EQ(page->uploads[0].id, a.id);
  EXPECT_EQ(page->uploads[1].key, "b");
  EXPECT_TRUE(page->is_truncated);
  const auto rest = uploads_->list("bucket", {.key_marker = "b", .id_marker = b.id});
  ASSERT_EQ(rest->uploads.size(), 1u);
  EXPECT_EQ(rest->uploads[0].id, c.id);
  EXPECT_EQ(uploads_->list("bucket", {.prefix = "b"})->uploads.size(), 1u);
}

TEST_F(MultipartTest, OldUploadsAndThoseOfADeletedBucketGo) {
  begin("old");
  clock_.advance(multipart_expiry);
  const UploadName young = begin("young");
  clock_.advance(1ms);
  EXPECT_EQ(uploads_->expire(), 1u);
  EXPECT_EQ(uploads_->list("bucket", {})->uploads.size(), 1u);
  clock_.advance(multipart_expiry);
  const UploadName newest = begin("newest");
  EXPECT_EQ(uploads_->list("bucket", {})->uploads.size(), 1u);
  ASSERT_TRUE(store_->delete_bucket("bucket"));
  ASSERT_TRUE(uploads_->forget_bucket("bucket"));
  ASSERT_TRUE(store_->create_bucket("bucket", ""));
  for (const UploadName& gone : {young, newest}) {
    EXPECT_EQ(uploads_->abort(gone).error().code(), S3Code::no_such_upload);
  }
  EXPECT_EQ(folders(), 0u);
}

TEST_F(MultipartTest, WhatACrashLeftHalfWrittenIsRemoved) {
  const UploadName name = begin();
  put(name, 1, "x");
  const std::string upload = folder_ / ("multipart/" + name.id);
  std::ofstream(upload + "/new-99") << "half";
  std::filesystem::create_directory(folder_ / "multipart/00000000000000000000000000000000");
  reopen();
  EXPECT_FALSE(std::filesystem::exists(upload + "/new-99"));
  EXPECT_EQ(uploads_->list_parts(name, 0, 10)->parts.size(), 1u);
  EXPECT_EQ(folders(), 1u);
}

}  // namespace
}  // namespace sluice::s3
