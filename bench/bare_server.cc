// References of the stream's benchmark.
#include "bare_server.h"

#include "base/check.h"
#include "base/file_system.h"
#include "base/freed_memory.h"
#include "server/server.h"
#include "stream/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <vector>

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Knows how long it is, and nothing else.
class ForgottenFile final : public File {
 public:
  Result<void> read_at(std::uint64_t /*offset*/,
                       std::size_t /*count*/,
                       Bytes& /*out*/) const override {
    return fail(Fault::io, "nothing of this file was kept");
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    size_ = std::max(size_, offset + bytes.size());
    return {};
  }

  Result<void> sync() override { return {}; }

  Result<void> truncate(std::uint64_t size) override {
    size_ = size;
    return {};
  }

  Result<std::uint64_t> size() const override { return size_; }

 private:
  std::uint64_t size_ = 0;
};

// The disk, but for the segments of logs.
class ForgetfulFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    if (is_segment(path)) {
      return std::make_unique<ForgottenFile>();
    }
    return disk_->open(path, mode);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }

  Result<void> remove(const std::string& path) override {
    return is_segment(path) ? Result<void>() : disk_->remove(path);
  }

  Result<void> remove_directory(const std::string& path) override {
    return disk_->remove_directory(path);
  }

  Result<void> create_directories(const std::string& path) override {
    return disk_->create_directories(path);
  }

  Result<void> sync_directory(const std::string& path) override {
    return disk_->sync_directory(path);
  }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override {
    return disk_->list(path);
  }

  bool exists(const std::string& path) const override { return disk_->exists(path); }

  Result<std::uint64_t> free_bytes(const std::string& path) const override {
    return disk_->free_bytes(path);
  }

 private:
  static bool is_segment(const std::string& path) {
    return path.ends_with(".log") && path.find("/streams/") != std::string::npos;
  }

  std::unique_ptr<FileSystem> disk_ = make_posix_file_system();
};

Result<Bytes> make_frame(std::size_t records) {
  std::vector<std::string> texts;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < records; ++i) {
    texts.push_back(
        fmt::format("{{\"timestamp\": \"2025-07-15T17:10:33.{:06}\", \"heart_rate\": {}}}\n",
                    i * 1999 % 1'000'000,
                    60 + i % 100));
    keys.push_back(fmt::format("watch-{}", i % 64));
  }
  std::vector<stream::PutRecord> puts;
  std::vector<stream::ShardIndex> shards;
  for (std::size_t i = 0; i < records; ++i) {
    puts.push_back({.data = texts[i], .partition_key = keys[i]});
    shards.emplace_back(static_cast<std::uint32_t>(i % 4));
  }
  SLUICE_TRY(draft, stream::FrameDraft::build(puts, shards, {}));
  for (std::size_t i = 0; i < draft.blocks().size(); ++i) {
    draft.set_block(i, stream::first_ordinal, unix_millis(1));
  }
  return std::move(draft).finish({});
}

}  // namespace

Result<void> serve_without_log(const std::string& data_directory, std::uint32_t shards) {
  keep_freed_memory(server::freed_memory);
  server::Config config;
  config.listen = "127.0.0.1:0";
  config.data_directory = data_directory;
  config.streams.push_back({.name = "s", .shards = shards});
  SLUICE_TRY(server,
             server::Server::start(
                 std::move(config), [](std::string_view) {}, std::make_unique<ForgetfulFiles>()));
  std::cout << server->address() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  server->stop(server::OnStop::leave);
  return {};
}

Result<PlainWrites> write_plainly(const std::string& path,
                                  std::size_t records,
                                  std::size_t requests,
                                  std::chrono::milliseconds duration) {
  SLUICE_TRY(frame, make_frame(records));
  Bytes round;
  for (std::size_t i = 0; i < requests; ++i) {
    round += frame;
  }
  const auto files = make_posix_file_system();
  SLUICE_TRY(file, files->open(path, OpenMode::create));
  PlainWrites done;
  const auto start = Clock::now();
  while (Clock::now() - start < duration) {
    SLUICE_TRY_DO(file->write_at(done.bytes, round));
    SLUICE_TRY_DO(file->sync());
    done.bytes += round.size();
    done.records += records * requests;
  }
  done.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return done;
}

}  // namespace sluice::bench
