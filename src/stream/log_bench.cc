// How far the log is from the bare metal: appends against a plain write and fdatasync of as many
// bytes on the same disk, reads against memcpy.  Files go to a folder of their own below the
// working directory and are removed.
#include "base/check.h"
#include "base/file_system.h"
#include "base/freed_memory.h"
#include "stream/group_commit.h"
#include "stream/log.h"
#include "stream/sequence_number.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <latch>
#include <memory>
#include <string>
#include <vector>

namespace sluice::stream {
namespace {

constexpr std::size_t record_bytes = 200;

// A folder for one benchmark.
class Folder {
 public:
  Folder() : path_("log_bench." + std::to_string(::getpid())) {
    SLUICE_CHECK(files_->create_directories(path_).has_value());
  }

  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  ~Folder() { remove(path_); }

  FileSystem& files() { return *files_; }

  const std::string& path() const { return path_; }

 private:
  void remove(const std::string& folder) {
    if (const auto entries = files_->list(folder)) {
      for (const DirectoryEntry& entry : *entries) {
        const std::string path = join_path(folder, entry.name);
        entry.is_directory ? remove(path) : static_cast<void>(files_->remove(path));
      }
    }
    static_cast<void>(files_->remove_directory(folder));
  }

  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  std::string path_;
};

FrameDraft draft_of(std::size_t records) {
  static const std::string data(record_bytes, 'x');
  const std::vector<PutRecord> puts(records, {.data = data, .partition_key = "partition"});
  auto draft = FrameDraft::build(puts, std::vector<ShardIndex>(records), {});
  SLUICE_CHECK(draft.has_value());
  return std::move(*draft);
}

std::unique_ptr<StreamLog> open_log(Folder& folder,
                                    LogOptions options = {},
                                    const std::string& name = {}) {
  static SystemRandom random;
  auto log = StreamLog::open(folder.files(),
                             random,
                             join_path(folder.path(), name),
                             {.created_ms = 1, .random = 2},
                             unix_millis(1),
                             {.floors = {first_ordinal}},
                             options);
  SLUICE_CHECK(log.has_value());
  return std::move(*log);
}

void append(StreamLog& log, std::size_t records) {
  SLUICE_CHECK(log.prepare(unix_millis(1)).has_value());
  log.stage(draft_of(records), unix_millis(1));
  SLUICE_CHECK(log.write_staged().has_value());
  SLUICE_CHECK(log.sync_staged(unix_millis(1)).has_value());
}

void BM_AppendAndSync(benchmark::State& state) {
  Folder folder;
  const auto log = open_log(folder);
  const auto records = static_cast<std::size_t>(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    append(*log, records);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) *
                          static_cast<std::int64_t>(record_bytes));
}

BENCHMARK(BM_AppendAndSync)->Arg(1)->Arg(500)->Arg(20000)->UseRealTime();

// The reference of the above: the same bytes, nothing else.
void BM_PlainWriteAndSync(benchmark::State& state) {
  Folder folder;
  auto file = folder.files().open(join_path(folder.path(), "plain"), OpenMode::create);
  SLUICE_CHECK(file.has_value());
  const Bytes bytes(draft_of(static_cast<std::size_t>(state.range(0))).size(), 'x');
  std::uint64_t at = 0;
  for ([[maybe_unused]] auto _ : state) {
    SLUICE_CHECK((*file)->write_at(at, bytes).has_value());
    SLUICE_CHECK((*file)->sync().has_value());
    at += bytes.size();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0) *
                          static_cast<std::int64_t>(record_bytes));
}

BENCHMARK(BM_PlainWriteAndSync)->Arg(1)->Arg(500)->Arg(20000)->UseRealTime();

// A request to each of so many streams at once, until all are acknowledged.
void BM_RoundOverManyStreams(benchmark::State& state) {
  Folder folder;
  std::vector<std::shared_ptr<StreamLog>> logs;
  logs.reserve(static_cast<std::size_t>(state.range(0)));
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    logs.push_back(open_log(folder, {}, std::to_string(i)));
  }
  const SystemClock clock;
  LogWriter writer(folder.files(), clock, {});
  writer.start();
  for ([[maybe_unused]] auto _ : state) {
    std::latch acknowledged(state.range(0));
    writer.between_rounds([&] {
      for (const auto& log : logs) {
        const auto queued = writer.submit(log, draft_of(1), [&](const Result<AppendReceipt>& done) {
          SLUICE_CHECK(done.has_value());
          acknowledged.count_down();
        });
        SLUICE_CHECK(queued.has_value());
      }
    });
    acknowledged.wait();
  }
  state.counters["syncs/round"] =
      static_cast<double>(writer.totals().syncs) /
      static_cast<double>(std::max<std::uint64_t>(writer.totals().rounds, 1));
  writer.stop();
}

BENCHMARK(BM_RoundOverManyStreams)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Everything of a 64 MiB log, from the page cache; `range` is records per request.
void BM_Read(benchmark::State& state) {
  // As in a process that serves.
  keep_freed_memory(
      {.largest_kept_bytes = std::size_t{1} << 20, .kept_bytes = std::size_t{8} << 20});
  Folder folder;
  const auto log = open_log(folder, {.segment_bytes = std::uint64_t{16} << 20, .cache_bytes = 0});
  const auto records = static_cast<std::size_t>(state.range(0));
  const std::size_t requests = (std::size_t{32} << 20) / (records * record_bytes);
  SLUICE_CHECK(log->prepare(unix_millis(1)).has_value());
  for (std::size_t i = 0; i < requests; ++i) {
    log->stage(draft_of(records), unix_millis(1));
    if (i % 64 == 63 || i + 1 == requests) {
      SLUICE_CHECK(log->write_staged().has_value());
      SLUICE_CHECK(log->sync_staged(unix_millis(1)).has_value());
      SLUICE_CHECK(log->prepare(unix_millis(1)).has_value());
    }
  }
  std::size_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) {
    Ordinal at = first_ordinal;
    while (true) {
      const auto batch = log->read(ShardIndex(0), at, std::uint64_t{4} << 20, 100'000);
      SLUICE_CHECK(batch.has_value());
      batch->for_each([&](const RecordView& record) { bytes += record.data.size(); });
      at = batch->next;
      if (batch->at_tip) {
        break;
      }
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK(BM_Read)->Arg(1)->Arg(500);

// The reference of the above: as many bytes from a file in the page cache, in pieces as large.
void BM_ReadFile(benchmark::State& state) {
  Folder folder;
  auto file = folder.files().open(join_path(folder.path(), "plain"), OpenMode::create);
  SLUICE_CHECK(file.has_value());
  const std::size_t size = std::size_t{32} << 20;
  const std::size_t piece = std::size_t{4} << 20;
  SLUICE_CHECK((*file)->write_at(0, Bytes(size, 'x')).has_value());
  Bytes bytes;
  bytes.reserve(piece);
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t at = 0; at < size; at += piece) {
      bytes.clear();
      SLUICE_CHECK((*file)->read_at(at, piece, bytes).has_value());
      benchmark::DoNotOptimize(bytes.data());
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

BENCHMARK(BM_ReadFile);

// The same from memory to memory.
void BM_Memcpy(benchmark::State& state) {
  const Bytes from(std::size_t{32} << 20, 'x');
  Bytes to(from.size(), 'y');
  for ([[maybe_unused]] auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(from.size()));
}

BENCHMARK(BM_Memcpy);

void BM_FormatSequenceNumber(benchmark::State& state) {
  SequenceParts parts{.shard_created_s = 1700000000,
                      .ordinal = first_ordinal,
                      .time_s = 1700000005,
                      .shard = ShardIndex(3)};
  char text[sequence_number_digits];
  for ([[maybe_unused]] auto _ : state) {
    ++parts.ordinal;
    format_sequence(encode_sequence(parts), text);
    benchmark::DoNotOptimize(text);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(BM_FormatSequenceNumber);

void BM_CountSequenceNumbers(benchmark::State& state) {
  SequenceTexts texts({.shard_created_s = 1700000000,
                       .ordinal = first_ordinal,
                       .time_s = 1700000005,
                       .shard = ShardIndex(3)});
  for ([[maybe_unused]] auto _ : state) {
    texts.advance();
    benchmark::DoNotOptimize(texts);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(BM_CountSequenceNumbers);

void BM_BuildDraft(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(draft_of(500));
  }
  state.SetItemsProcessed(state.iterations() * 500);
}

BENCHMARK(BM_BuildDraft);

}  // namespace
}  // namespace sluice::stream
