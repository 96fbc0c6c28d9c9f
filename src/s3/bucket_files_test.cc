// One bucket under many hands at once.
#include "s3/bucket_files.h"

#include "store/temporary_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace sluice::s3 {
namespace {

class BucketFilesTest : public testing::Test {
 protected:
  BucketFilesTest() {
    auto opened = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(opened.has_value());
    database_ = std::move(*opened);
    index_.emplace(*database_);
    auto files = BucketFiles::open(folder_.path(), "bucket", *index_, clock_);
    EXPECT_TRUE(files.has_value());
    files_ = std::move(*files);
  }

  // Puts `body` with an ETag that says what the body is.
  void put(const std::string& key, const std::string& body, const std::string& name) {
    const std::string path = folder_ / name;
    std::ofstream(path) << body;
    auto folder = RootedDirectory::open(folder_.path());
    ASSERT_TRUE(folder.has_value());
    const auto entry = folder->look_at(name);
    ASSERT_TRUE(entry.has_value() && entry->has_value());
    store::IndexedObject object;
    object.key = key;
    object.file = (*entry)->file;
    object.etag = body;
    const auto done = files_->put(std::move(object), AT_FDCWD, path, {});
    EXPECT_TRUE(done.has_value()) << done.error().message();
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(0)};
  std::unique_ptr<store::Database> database_;
  std::optional<store::ObjectIndex> index_;
  std::shared_ptr<BucketFiles> files_;
};

TEST_F(BucketFilesTest, ReadersNeverSeeTheHeadersOfAnotherVersion) {
  put("k", std::string(1, 'a'), "first");
  std::atomic<bool> is_done = false;
  std::thread writer([&] {
    for (int round = 2; round < 40; ++round) {
      put("k", std::string(static_cast<std::size_t>(round), 'a'), "spool");
    }
    is_done = true;
  });
  while (!is_done) {
    auto found = files_->find("k");
    ASSERT_TRUE(found.has_value()) << found.error().message();
    const auto file = make_object_file(std::move(found->file), "k");
    EXPECT_EQ(*file->size(), found->object.file.bytes);
    EXPECT_EQ(found->object.etag, std::string(found->object.file.bytes, 'a'));
  }
  writer.join();
}

TEST_F(BucketFilesTest, PutsAndRemovesBesideEachOtherLeaveWhatTheLastOneLeft) {
  constexpr int workers = 3;
  std::vector<std::thread> running;
  for (int worker = 0; worker < workers; ++worker) {
    running.emplace_back([&, worker] {
      const std::string name = std::to_string(worker);
      for (int round = 0; round < 15; ++round) {
        put("shared/" + name + "/k", name, "spool-" + name);
        EXPECT_TRUE(files_->find("shared/" + name + "/k").has_value());
        EXPECT_TRUE(files_->list({}).has_value());
        EXPECT_TRUE(files_->remove("shared/" + name + "/k").has_value());
      }
      put("kept/" + name, name, "spool-" + name);
    });
  }
  for (std::thread& thread : running) {
    thread.join();
  }
  const auto page = files_->list({});
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->objects.size(), 3u);
  EXPECT_EQ(page->objects[2].key, "kept/2");
  EXPECT_EQ(page->objects[2].etag, "2");
}

TEST_F(BucketFilesTest, AClosedBucketTakesNothingMore) {
  bool is_forgotten = false;
  ASSERT_TRUE(files_->close([&]() -> Result<void> {
    is_forgotten = true;
    return {};
  }));
  EXPECT_TRUE(is_forgotten);
  EXPECT_EQ(files_->find("k").error().code(), S3Code::no_such_bucket);
  EXPECT_EQ(files_->list({}).error().code(), S3Code::no_such_bucket);
  EXPECT_EQ(files_->remove("k").error().code(), S3Code::no_such_bucket);
}

TEST_F(BucketFilesTest, StaysOpenWhenItCannotBeForgotten) {
  EXPECT_FALSE(files_->close([] { return fail(Fault::throttled, "disk full"); }).has_value());
  put("k", "x", "spool");
  EXPECT_TRUE(files_->find("k").has_value());
}

}  // namespace
}  // namespace sluice::s3
