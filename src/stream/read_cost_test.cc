// What reading costs, in bytes from the disk: a reader of old records, by number or by time, reads
// what it is given and a step of the index, however long the log is; a reader of the newest reads
// nothing.
#include "stream/log_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace sluice::stream {
namespace {

// A disk that counts the bytes that are read.
class CountingFiles final : public FileSystem {
 public:
  explicit CountingFiles(FileSystem& files) : files_(files) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    SLUICE_TRY(file, files_.open(path, mode));
    return std::make_unique<CountingFile>(std::move(file), bytes_);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }

  Result<void> remove(const std::string& path) override { return files_.remove(path); }

  Result<void> remove_directory(const std::string& path) override {
    return files_.remove_directory(path);
  }

  Result<void> create_directories(const std::string& path) override {
    return files_.create_directories(path);
  }

  Result<void> sync_directory(const std::string& path) override {
    return files_.sync_directory(path);
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override {
    return files_.list(path);
  }

  bool exists(const std::string& path) const override { return files_.exists(path); }

  Result<std::uint64_t> free_bytes(const std::string& path) const override {
    return files_.free_bytes(path);
  }

  // Since the last call.
  std::uint64_t take_bytes() { return std::exchange(bytes_, 0); }

 private:
  class CountingFile final : public File {
   public:
    CountingFile(std::unique_ptr<File> file, std::uint64_t& bytes)
        : file_(std::move(file)), bytes_(bytes) {}

    Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
      const std::size_t before = out.size();
      auto done = file_->read_at(offset, count, out);
      bytes_ += out.size() - before;
      return done;
    }

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
      return file_->write_at(offset, bytes);
    }

    Result<void> sync() override { return file_->sync(); }

    Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }

    Result<std::uint64_t> size() const override { return file_->size(); }

   private:
    std::unique_ptr<File> file_;
    std::uint64_t& bytes_;
  };

  FileSystem& files_;
  std::uint64_t bytes_ = 0;
};

constexpr std::uint64_t step = SegmentIndex::run_bytes_max;
constexpr std::uint64_t segment_bytes = std::uint64_t{1} << 20;
constexpr std::uint64_t records = 40'000;  // of a hundred bytes and more: eight segments or so
constexpr std::int64_t start_ms = 1'700'000'000'000;

// Records one by one over `shards` shards, a millisecond apart.
class ReadCostTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  ReadCostTest() {
    SLUICE_CHECK(memory_.create_directories("data").has_value());
    open();
    for (std::uint64_t i = 0; i < records; ++i) {
      const UnixMillis now = unix_millis(start_ms + static_cast<std::int64_t>(i));
      SLUICE_CHECK(log_->prepare(now).has_value());
      const auto shard = static_cast<std::uint32_t>(i % GetParam());
      auto draft = draft_of({{shard, std::string(20, 'x')}});
      log_->stage(std::move(*draft), now);
      SLUICE_CHECK(log_->write_staged().has_value());
      SLUICE_CHECK(log_->sync_staged(now).has_value());
    }
  }

  void open() {
    log_.reset();
    auto opened = StreamLog::open(files_,
                                  random_,
                                  "data/log",
                                  {.created_ms = start_ms, .random = 7},
                                  unix_millis(start_ms),
                                  {.floors = {GetParam(), first_ordinal}},
                                  {.segment_bytes = segment_bytes});
    SLUICE_CHECK(opened.has_value());
    log_ = std::move(*opened);
    files_.take_bytes();
  }

  std::uint64_t cost_of_read(std::uint64_t ordinal) {
    const auto batch = log_->read(ShardIndex(0), Ordinal(ordinal), 1 << 20, 1);
    SLUICE_CHECK(batch.has_value() && batch->records > 0);
    return files_.take_bytes();
  }

  std::uint64_t cost_of_time(std::uint64_t record) {
    const auto found = log_->find_by_time(
        ShardIndex(0), unix_millis(start_ms + static_cast<std::int64_t>(record)));
    SLUICE_CHECK(found.has_value());
    EXPECT_EQ(found->value, (record + GetParam() - 1) / GetParam() + 1);
    return files_.take_bytes();
  }

  MemoryFileSystem memory_;
  CountingFiles files_{memory_};
  SeededRandom random_{3};
  std::unique_ptr<StreamLog> log_;
};

TEST_P(ReadCostTest, AnOldPositionCostsAStepOfTheIndexAndOnceItsSegmentsFooter) {
  const std::uint64_t per_shard = records / GetParam();
  open();
  ASSERT_GE(log_->totals().segments, 5U);
  for (const std::uint64_t place : {10U, 3U, 7U, 5U}) {
    const std::uint64_t ordinal = per_shard * place / 12 + 1;
    EXPECT_LE(cost_of_read(ordinal), segment_bytes / 10 + 2 * step) << "with the footer";
    EXPECT_LE(cost_of_read(ordinal + 1), 2 * step);
    EXPECT_LE(cost_of_read(ordinal + 2), 2 * step);
  }
}

TEST_P(ReadCostTest, AnOldTimeCostsAStepOfTheIndexAndOnceItsSegmentsFooter) {
  open();
  for (const std::uint64_t place : {10U, 3U, 7U, 5U}) {
    const std::uint64_t record = records * place / 12;
    EXPECT_LE(cost_of_time(record), segment_bytes / 10 + 2 * step) << "with the footer";
    EXPECT_LE(cost_of_time(record + 1), 2 * step);
  }
}

TEST_P(ReadCostTest, TheNewestRecordsAreReadFromMemory) {
  EXPECT_EQ(cost_of_read(records / GetParam() - 5), 0U);
}

INSTANTIATE_TEST_SUITE_P(OneShardAndMany, ReadCostTest, testing::Values(1, 50));

}  // namespace
}  // namespace sluice::stream
