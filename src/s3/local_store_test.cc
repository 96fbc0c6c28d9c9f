// The local bucket as its users see it: objects, files, listings, crashes.
#include "s3/local_store.h"

#include "s3/key_mapping.h"
#include "store/temporary_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluice::s3 {
namespace {

using Keys = std::vector<std::string>;

std::string read_all(const File& file) {
  Bytes out;
  EXPECT_TRUE(file.read_at(0, std::size_t{1} << 20, out).has_value());
  return out;
}

class LocalStoreTest : public testing::Test {
 protected:
  LocalStoreTest() {
    reopen();
    EXPECT_TRUE(store_->create_bucket("bucket", "ap-south-1").has_value());
  }

  void reopen() {
    store_.reset();
    database_.reset();
    auto database = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(database.has_value()) << database.error().message();
    database_ = std::move(*database);
    auto opened = LocalStore::open(folder_.path(), *database_, clock_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    store_ = std::move(*opened);
  }

  PutResult put(const std::string& key, std::string_view body, const PutOptions& options = {}) {
    const auto done = store_->put("bucket", key, body, options);
    EXPECT_TRUE(done.has_value()) << key << ": " << done.error().message();
    return done.value_or(PutResult{});
  }

  // The body, or the code of the failure.
  std::string get(const std::string& key) {
    const auto found = store_->get("bucket", key);
    return found ? read_all(*found->file) : std::string(found.error().name());
  }

  Keys list(const ListRequest& request = {}) {
    Keys keys;
    const auto page = store_->list("bucket", request);
    EXPECT_TRUE(page.has_value()) << page.error().message();
    for (const ListEntry& entry : page->objects) {
      keys.push_back(entry.key);
    }
    for (const std::string& prefix : page->common_prefixes) {
      keys.push_back("P:" + prefix);
    }
    return keys;
  }

  std::string tree(const std::string& key) const { return folder_ / ("buckets/bucket/" + key); }

  // As a person with an editor would.
  void write_by_hand(const std::string& key, const std::string& body) {
    const std::filesystem::path path(tree(key));
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << body;
  }

  std::size_t temporary_files() const {
    const std::filesystem::directory_iterator entries(folder_ / "tmp");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1000)};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<LocalStore> store_;
};

TEST_F(LocalStoreTest, KeepsBucketsAcrossAReopen) {
  ASSERT_TRUE(store_->create_bucket("another", "").has_value());
  reopen();
  const auto all = store_->list_buckets();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "another");
  EXPECT_EQ(all[1].region, "ap-south-1");
  EXPECT_EQ(all[1].created, unix_millis(1000));
  EXPECT_EQ(store_->head_bucket("bucket")->name, "bucket");
  EXPECT_EQ(store_->head_bucket("none").error().code(), S3Code::no_such_bucket);
}

TEST_F(LocalStoreTest, RefusesBucketsByS3sRules) {
  EXPECT_EQ(store_->create_bucket("bucket", "").error().code(),
            S3Code::bucket_already_owned_by_you);
  EXPECT_EQ(store_->create_bucket("..", "").error().code(), S3Code::invalid_bucket_name);
  EXPECT_EQ(store_->delete_bucket("none").error().code(), S3Code::no_such_bucket);
  put("a/b", "x");
  EXPECT_EQ(store_->delete_bucket("bucket").error().code(), S3Code::bucket_not_empty);
  EXPECT_EQ(get("a/b"), "x");
}

TEST_F(LocalStoreTest, ADeletedBucketLeavesNothing) {
  put("a/b", "x");
  put("a//b", "x");
  std::filesystem::create_directories(tree("empty/folder"));
  ASSERT_TRUE(store_->remove("bucket", "a/b").has_value());
  ASSERT_TRUE(store_->remove("bucket", "a//b").has_value());
  ASSERT_TRUE(store_->delete_bucket("bucket").has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "buckets/bucket"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "escaped/bucket"));
  EXPECT_EQ(store_->get("bucket", "a").error().code(), S3Code::no_such_bucket);
  ASSERT_TRUE(store_->create_bucket("bucket", "").has_value());
  EXPECT_EQ(list(), Keys{});
}

TEST_F(LocalStoreTest, AnObjectIsAFileAndComesBackWithItsHeaders) {
  PutOptions options;
  options.headers.content_type = "text/plain";
  options.headers.metadata = {{"answer", "42"}};
  const PutResult done = put("data/2025/07/x.txt", "hello", options);
  EXPECT_EQ(done.etag, "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(done.bytes, 5u);
  std::ostringstream content;
  content << std::ifstream(tree("data/2025/07/x.txt")).rdbuf();
  EXPECT_EQ(content.str(), "hello");
  reopen();
  const auto found = store_->get("bucket", "data/2025/07/x.txt");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(read_all(*found->file), "hello");
  EXPECT_EQ(found->info.headers, options.headers);
  EXPECT_EQ(found->info.etag, done.etag);
  EXPECT_EQ(found->info.quick_digest, "b5e9c1ad071b3e7fc779cfaa5e523818");
  EXPECT_EQ(store_->head("bucket", "data/2025/07/x.txt")->bytes, 5u);
  EXPECT_EQ(temporary_files(), 0u);
}

TEST_F(LocalStoreTest, AReaderKeepsTheVersionItOpened) {
  put("k", "old");
  const auto found = store_->get("bucket", "k");
  ASSERT_TRUE(found.has_value());
  put("k", "newer");
  EXPECT_EQ(read_all(*found->file), "old");
  EXPECT_EQ(get("k"), "newer");
  ASSERT_TRUE(store_->remove("bucket", "k").has_value());
  EXPECT_EQ(read_all(*found->file), "old");
  EXPECT_EQ(get("k"), "NoSuchKey");
}

TEST_F(LocalStoreTest, ChecksWhatTheSenderSaid) {
  struct Case {
    BodyExpectations expected;
    S3Code code;
  };

  BodyExpectations md5_differs;
  md5_differs.md5 = md5("other");
  BodyExpectations sha_differs;
  sha_differs.sha256 = sha256("other");
  BodyExpectations length_differs;
  length_differs.bytes = 6;
  for (const Case& row : {Case{md5_differs, S3Code::bad_digest},
                          Case{sha_differs, S3Code::content_sha256_mismatch},
                          Case{length_differs, S3Code::incomplete_body}}) {
    PutOptions options;
    options.expected = row.expected;
    const auto done = store_->put("bucket", "k", "hello", options);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), row.code);
  }
  EXPECT_EQ(get("k"), "NoSuchKey");
  EXPECT_EQ(temporary_files(), 0u);
  PutOptions options;
  options.expected = {5, md5("hello"), sha256("hello")};
  put("k", "hello", options);
}

TEST_F(LocalStoreTest, AnUploadComesInPiecesAndLeavesNothingWhenItIsGivenUp) {
  auto upload = store_->start_upload("bucket", "k");
  ASSERT_TRUE(upload.has_value());
  ASSERT_TRUE((*upload)->write("hel").has_value());
  ASSERT_TRUE((*upload)->write("lo").has_value());
  EXPECT_EQ((*upload)->bytes(), 5u);
  EXPECT_EQ(temporary_files(), 1u);
  EXPECT_EQ(get("k"), "NoSuchKey");
  EXPECT_EQ((*upload)->finish({})->etag, "5d41402abc4b2a76b9719d911017c592");
  EXPECT_EQ(get("k"), "hello");
  auto given_up = store_->start_upload("bucket", "k");
  ASSERT_TRUE((*given_up)->write("other").has_value());
  given_up->reset();
  EXPECT_EQ(temporary_files(), 0u);
  EXPECT_EQ(get("k"), "hello");
}

TEST_F(LocalStoreTest, AnUploadToABucketThatIsGoneFails) {
  EXPECT_EQ(store_->start_upload("none", "k").error().code(), S3Code::no_such_bucket);
  auto upload = store_->start_upload("bucket", "k");
  ASSERT_TRUE(upload.has_value());
  ASSERT_TRUE(store_->delete_bucket("bucket").has_value());
  EXPECT_EQ((*upload)->finish({}).error().code(), S3Code::no_such_bucket);
}

TEST_F(LocalStoreTest, RefusesKeysAndMetadataThatAreTooLong) {
  EXPECT_EQ(store_->put("bucket", std::string(1025, 'k'), "", {}).error().code(),
            S3Code::key_too_long);
  EXPECT_EQ(store_->get("bucket", "").error().code(), S3Code::invalid_uri);
  PutOptions options;
  options.headers.metadata = {{"a", std::string(3000, 'x')}};
  EXPECT_EQ(store_->put("bucket", "k", "", options).error().code(), S3Code::metadata_too_large);
}

TEST_F(LocalStoreTest, ConditionsHoldAtTheMomentOfThePut) {
  PutOptions only_new;
  only_new.conditions.if_none_match = "*";
  const PutResult first = put("k", "one", only_new);
  EXPECT_EQ(store_->put("bucket", "k", "two", only_new).error().code(),
            S3Code::precondition_failed);
  PutOptions only_this;
  only_this.conditions.if_match = first.etag;
  put("k", "two", only_this);
  EXPECT_EQ(store_->put("bucket", "k", "three", only_this).error().code(),
            S3Code::precondition_failed);
  EXPECT_EQ(store_->put("bucket", "none", "x", only_this).error().code(), S3Code::no_such_key);
  EXPECT_EQ(get("k"), "two");
}

TEST_F(LocalStoreTest, AnyKeyIsStoredSomewhere) {
  const Keys keys = {std::string("\0", 1),
                     "/",
                     "//",
                     "../../etc/passwd",
                     "..",
                     "a",
                     "a/",
                     "a//b",
                     "a/b",
                     "a/b/c",
                     std::string(1024, 'x'),
                     "\xff"};
  for (const std::string& key : keys) {
    put(key, "body of " + key);
  }
  Keys sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(list(), sorted);
  reopen();
  EXPECT_EQ(list(), sorted);
  for (const std::string& key : keys) {
    EXPECT_EQ(get(key), "body of " + key);
    ASSERT_TRUE(store_->remove("bucket", key).has_value());
    ASSERT_TRUE(store_->remove("bucket", key).has_value());
    EXPECT_EQ(get(key), "NoSuchKey");
  }
  EXPECT_EQ(list(), Keys{});
  EXPECT_TRUE(store_->delete_bucket("bucket").has_value());
}

TEST_F(LocalStoreTest, AKeyThatIsAFolderOfAnotherLiesInTheEscapedTree) {
  put("a/b", "file");
  put("a", "beside a folder");
  EXPECT_TRUE(std::filesystem::is_directory(tree("a")));
  EXPECT_EQ(get("a"), "beside a folder");
  EXPECT_EQ(get("a/b"), "file");
  put("c", "file");
  put("c/d", "beside a file");
  EXPECT_TRUE(std::filesystem::is_regular_file(tree("c")));
  EXPECT_EQ(get("c/d"), "beside a file");
  EXPECT_EQ(list(), (Keys{"a", "a/b", "c", "c/d"}));
  // Once the way is free the next put goes into the tree, and the escaped file goes.
  ASSERT_TRUE(store_->remove("bucket", "c").has_value());
  put("c/d", "again");
  EXPECT_TRUE(std::filesystem::is_regular_file(tree("c/d")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / ("escaped/bucket/" + escaped_path("c/d"))));
  EXPECT_EQ(list(), (Keys{"a", "a/b", "c/d"}));
}

TEST_F(LocalStoreTest, RemovingTheLastObjectOfAFolderRemovesTheFolder) {
  put("a/b/c", "x");
  put("a/d", "x");
  ASSERT_TRUE(store_->remove("bucket", "a/b/c").has_value());
  EXPECT_FALSE(std::filesystem::exists(tree("a/b")));
  EXPECT_TRUE(std::filesystem::exists(tree("a/d")));
  put("a/b/c", "again");
  EXPECT_EQ(get("a/b/c"), "again");
}

TEST_F(LocalStoreTest, ListsByPrefixAndDelimiterInPages) {
  for (const char* key : {"d/2025/07/1", "d/2025/07/2", "d/2025/08/1", "e"}) {
    put(key, "x");
  }
  ListRequest folders;
  folders.delimiter = "/";
  EXPECT_EQ(list(folders), (Keys{"e", "P:d/"}));
  folders.prefix = "d/2025/";
  EXPECT_EQ(list(folders), (Keys{"P:d/2025/07/", "P:d/2025/08/"}));
  ListRequest request;
  request.max_keys = 3;
  const auto page = store_->list("bucket", request);
  ASSERT_TRUE(page.has_value());
  EXPECT_TRUE(page->is_truncated);
  EXPECT_EQ(page->objects[0].etag, to_hex(md5("x")));
  EXPECT_EQ(page->objects[0].bytes, 1u);
  request.continuation_token = page->next_continuation_token;
  EXPECT_EQ(list(request), Keys{"e"});
  EXPECT_EQ(store_->list("none", {}).error().code(), S3Code::no_such_bucket);
}

TEST_F(LocalStoreTest, FilesPutThereByHandAreObjects) {
  put("known", "x");
  write_by_hand("deep/by/hand", "hello");
  EXPECT_EQ(list(), (Keys{"deep/by/hand", "known"}));
  EXPECT_EQ(get("deep/by/hand"), "hello");
  const auto info = store_->head("bucket", "deep/by/hand");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->bytes, 5u);
  EXPECT_TRUE(info->etag.ends_with("-1"));
  write_by_hand("not/listed/yet", "y");
  EXPECT_EQ(get("not/listed/yet"), "y");
}

TEST_F(LocalStoreTest, FilesChangedOrRemovedByHandAreSeenSo) {
  put("a", "x");
  put("b", "y");
  put("c/d", "z");
  write_by_hand("a", "longer");
  std::filesystem::remove(tree("b"));
  std::filesystem::remove_all(tree("c"));
  EXPECT_EQ(list(), Keys{"a"});
  const auto page = store_->list("bucket", {});
  EXPECT_EQ(page->objects[0].bytes, 6u);
  EXPECT_TRUE(page->objects[0].etag.ends_with("-1"));
  EXPECT_EQ(get("b"), "NoSuchKey");
  put("c/d", "again");
  EXPECT_EQ(list(), (Keys{"a", "c/d"}));
}

TEST_F(LocalStoreTest, AFileMadeByHandGoesBeforeAnEscapedOne) {
  put("a", "file");
  put("a/b", "escaped");
  std::filesystem::remove(tree("a"));
  write_by_hand("a/b", "by hand");
  EXPECT_EQ(get("a/b"), "by hand");
  EXPECT_EQ(list(), Keys{"a/b"});
  ASSERT_TRUE(store_->remove("bucket", "a/b").has_value());
  EXPECT_EQ(get("a/b"), "NoSuchKey");
  EXPECT_TRUE(store_->delete_bucket("bucket").has_value());
}

// Restored from a copy that keeps times, as rsync and cp -a make: the inodes are others.
TEST_F(LocalStoreTest, TheFirstWholeReadLeavesAQuickDigestWithTheObject) {
  const std::string spool = folder_ / "spool";
  std::ofstream(spool) << "hello";
  ASSERT_TRUE(store_->adopt("bucket", "a", {spool, 5, md5("hello"), sha256("hello"), {}}));
  EXPECT_EQ(store_->head("bucket", "a")->quick_digest, "");
  EXPECT_EQ(get("a"), "hello");
  EXPECT_EQ(store_->head("bucket", "a")->quick_digest, "b5e9c1ad071b3e7fc779cfaa5e523818");
  EXPECT_EQ(get("a"), "hello");
  ASSERT_TRUE(store_->set_tags("bucket", "a", "b=c"));
  EXPECT_EQ(store_->head("bucket", "a")->quick_digest, "b5e9c1ad071b3e7fc779cfaa5e523818");
  put("a", "other", {});
  EXPECT_EQ(store_->head("bucket", "a")->quick_digest, "f1a1ded183edeef2cabd112d58b4f1e9");
}

TEST_F(LocalStoreTest, ARestoredTreeKeepsItsHeaders) {
  PutOptions options;
  options.headers.content_type = "text/plain";
  const PutResult done = put("a/b", "hello", options);
  std::filesystem::rename(folder_ / "buckets/bucket", folder_ / "old");
  write_by_hand("a/b", "hello");
  struct stat status = {};
  ASSERT_EQ(stat((folder_ / "old/a/b").c_str(), &status), 0);
  const timespec times[2] = {status.st_atim, status.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, tree("a/b").c_str(), times, 0), 0);
  std::filesystem::remove_all(folder_ / "old");
  EXPECT_EQ(get("a/b"), "hello");
  EXPECT_EQ(list(), Keys{"a/b"});
  EXPECT_EQ(store_->head("bucket", "a/b")->etag, done.etag);
  EXPECT_EQ(store_->head("bucket", "a/b")->headers, options.headers);
}

TEST_F(LocalStoreTest, ATreeMovedInKeepsWhatTheIndexKnows) {
  PutOptions options;
  options.headers.content_type = "text/plain";
  put("a/b", "hello", options);
  std::filesystem::rename(folder_ / "buckets/bucket", folder_ / "moved");
  std::filesystem::rename(folder_ / "moved", folder_ / "buckets/bucket");
  EXPECT_EQ(store_->head("bucket", "a/b")->headers, options.headers);
}

TEST_F(LocalStoreTest, NoLinkLeadsOutOfTheBucket) {
  std::filesystem::create_directories(folder_ / "outside");
  std::ofstream(folder_ / "outside/secret") << "secret";
  std::filesystem::create_directory_symlink(folder_ / "outside", tree("link"));
  std::filesystem::create_symlink(folder_ / "outside/secret", tree("file"));
  EXPECT_EQ(get("link/secret"), "NoSuchKey");
  EXPECT_EQ(get("file"), "NoSuchKey");
  EXPECT_EQ(list(), Keys{});
  put("link/secret", "mine");
  put("link/new", "mine");
  put("file", "mine");
  EXPECT_EQ(get("link/secret"), "mine");
  EXPECT_EQ(get("file"), "mine");
  ASSERT_TRUE(store_->remove("bucket", "link/secret").has_value());
  std::ostringstream content;
  content << std::ifstream(folder_ / "outside/secret").rdbuf();
  EXPECT_EQ(content.str(), "secret");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "outside/new"));
  EXPECT_TRUE(std::filesystem::is_symlink(tree("file")));
}

TEST_F(LocalStoreTest, AFifoIsNoObject) {
  ASSERT_EQ(mkfifo(tree("fifo").c_str(), 0600), 0);
  EXPECT_EQ(get("fifo"), "NoSuchKey");
  EXPECT_EQ(list(), Keys{});
}

TEST_F(LocalStoreTest, AdoptMovesTheFileAndConfirmRecognisesIt) {
  const std::string spool = folder_ / "spooled";
  std::ofstream(spool) << "hello";
  Adoption adoption{spool, 5, md5("hello"), sha256("hello"), {}};
  adoption.headers.content_type = "text/plain";
  EXPECT_EQ(store_->confirm("bucket", "a/k", adoption).error().code(), S3Code::no_such_key);
  const auto done = store_->adopt("bucket", "a/k", adoption);
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_EQ(done->etag, to_hex(md5("hello")));
  EXPECT_FALSE(std::filesystem::exists(spool));
  EXPECT_EQ(get("a/k"), "hello");
  EXPECT_EQ(store_->adopt("bucket", "a/k", adoption).error().code(), S3Code::no_such_key);
  EXPECT_TRUE(store_->confirm("bucket", "a/k", adoption).has_value());
  adoption.sha256 = sha256("other");
  EXPECT_EQ(store_->confirm("bucket", "a/k", adoption).error().code(), S3Code::precondition_failed);
}

TEST_F(LocalStoreTest, ConfirmRestoresWhatTheIndexLost) {
  Adoption adoption{folder_ / "gone", 5, md5("hello"), sha256("hello"), {}};
  adoption.headers.content_type = "text/plain";
  write_by_hand("k", "hello");
  ASSERT_TRUE(store_->confirm("bucket", "k", adoption).has_value());
  const auto info = store_->head("bucket", "k");
  EXPECT_EQ(info->etag, to_hex(md5("hello")));
  EXPECT_EQ(info->headers.content_type, "text/plain");
}

TEST_F(LocalStoreTest, AdoptRefusesAFileOfAnotherSize) {
  const std::string spool = folder_ / "spooled";
  std::ofstream(spool) << "hello!";
  const auto done = store_->adopt("bucket", "k", {spool, 5, md5("hello"), sha256("hello"), {}});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), S3Code::invalid_argument);
  EXPECT_TRUE(std::filesystem::exists(spool));
}

TEST_F(LocalStoreTest, ACrashBeforeTheRenameKeepsTheOldObject) {
  PutOptions options;
  options.headers.content_type = "text/plain";
  const PutResult old = put("k", "old", options);
  // What a put leaves that ended between staging and renaming.
  std::ofstream(folder_ / "tmp/9") << "new";
  store::IndexedObject next;
  next.key = "k";
  next.file = {1, 3, 5};
  next.etag = "next";
  ASSERT_TRUE(store::ObjectIndex(*database_).stage("bucket", next).has_value());
  reopen();
  const auto info = store_->head("bucket", "k");
  EXPECT_EQ(info->etag, old.etag);
  EXPECT_EQ(info->headers, options.headers);
  EXPECT_EQ(temporary_files(), 0u);
  EXPECT_TRUE(store::ObjectIndex(*database_).staged()->empty());
}

TEST_F(LocalStoreTest, ACrashAfterTheRenameKeepsTheNewObjectWhole) {
  put("k", "old");
  write_by_hand("k", "new!");
  struct stat status = {};
  ASSERT_EQ(stat(tree("k").c_str(), &status), 0);
  store::IndexedObject next;
  next.key = "k";
  next.file = {status.st_ino, 4, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
  next.etag = to_hex(md5("new!"));
  next.headers = {{"content-type", "text/new"}};
  ASSERT_TRUE(store::ObjectIndex(*database_).stage("bucket", next).has_value());
  reopen();
  const auto info = store_->head("bucket", "k");
  EXPECT_EQ(info->etag, next.etag);
  EXPECT_EQ(info->headers.content_type, "text/new");
}

TEST_F(LocalStoreTest, ADamagedBucketDefinitionStopsTheStart) {
  store::Definitions definitions(*database_);
  ASSERT_TRUE(definitions.save(store::kind_bucket, "bucket", "{}"));
  const auto opened = LocalStore::open(folder_.path(), *database_, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault(), Fault::corrupt);
}

TEST_F(LocalStoreTest, ACopyHasTheBytesAndHeadersOfItsSource) {
  PutOptions options;
  options.headers.content_type = "x/y";
  options.headers.metadata = {{"m", "1"}};
  const PutResult source = put("from", "body", options);
  const auto copied = store_->copy("bucket", "from", "bucket", "to/here", {});
  ASSERT_TRUE(copied) << copied.error().message();
  EXPECT_EQ(copied->etag, source.etag);
  EXPECT_EQ(copied->headers, options.headers);
  EXPECT_EQ(get("to/here"), "body");
  CopyOptions replaced;
  replaced.headers.emplace().content_type = "z";
  EXPECT_EQ(store_->copy("bucket", "from", "bucket", "from", replaced)->headers.content_type, "z");
  EXPECT_TRUE(store_->head("bucket", "from")->headers.metadata.empty());
}

TEST_F(LocalStoreTest, ACopyIsMadeUnderItsConditionsOnly) {
  put("from", "body");
  put("to", "other");
  CopyOptions options;
  options.source.if_match = "\"x\"";
  EXPECT_EQ(store_->copy("bucket", "from", "bucket", "to", options).error().code(),
            S3Code::precondition_failed);
  options.source = {};
  options.conditions.if_none_match = "*";
  EXPECT_EQ(store_->copy("bucket", "from", "bucket", "to", options).error().code(),
            S3Code::precondition_failed);
  EXPECT_EQ(get("to"), "other");
  EXPECT_EQ(store_->copy("bucket", "none", "bucket", "to", {}).error().code(), S3Code::no_such_key);
  EXPECT_EQ(store_->copy("none", "from", "bucket", "to", {}).error().code(),
            S3Code::no_such_bucket);
}

}  // namespace
}  // namespace sluice::s3
