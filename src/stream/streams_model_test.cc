// Random sequences of operations on a stream, with failing disks, kills, power cuts that leave any
// part of what was not synced, and bits that flip in what was, against a model that knows nothing
// but which requests were sent and how they were answered.
//
//   SLUICE_STREAM_SEEDS   how many sequences to run
//   SLUICE_STREAM_SEED    one sequence alone: what a failure prints
//
// Whatever happens: an answered record is there, once, where the answer said, and so is every
// record of its request; a record that was refused or never answered is there once or not at all;
// nothing else is there; a record lies in the shard that owned its hash key and was open; within a
// partition key the order is that of sending, through every split and merge.  A flipped bit is
// reported, and takes no more than records of one request, which a reader is told are lost; one
// that nobody reports has cost nothing (until another makes that frame header needed).
#include "base/check.h"
#include "base/memory_file_system.h"
#include "stream/streams.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;

constexpr std::uint64_t sequences_default = 20'000;

// Of one sequence.  A third may hit a header on which the two before it made recovery rely.
constexpr std::ptrdiff_t flips_max = 2;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// A record as its producer knows it.
struct Sent {
  std::string data;  // bears a number of its own
  std::string key;
};

struct Request {
  std::vector<Sent> records;
  RequestKey key;
  std::optional<std::vector<Placed>> answer;  // the last good one
  bool is_hit = false;                        // by a bit that flipped: some records are gone
};

struct Found {
  ShardIndex shard;
  Ordinal ordinal;
};

class Sequence {
 public:
  explicit Sequence(std::uint64_t seed) : random_(seed), disk_random_(seed + 1) {
    SLUICE_CHECK(files_.create_directories("data").has_value());
    open();
    const auto created =
        streams_->create({.name = "s", .shards = static_cast<std::uint32_t>(1 + below(3))});
    SLUICE_CHECK(created.has_value());
  }

  // The first thing that is wrong; empty if nothing is.
  std::string run() {
    const std::uint64_t steps = 10 + below(40);
    for (std::uint64_t step = 0; step < steps && wrong_.empty(); ++step) {
      step_once();
      if (below(8) == 0) {
        check();
      }
    }
    files_.set_fault_hook({});
    writer_->flush();
    check();
    restart(false);
    check();
    return wrong_;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }

  StreamHandle stream() const { return streams_->find("s"); }

  void open() {
    streams_.reset();
    writer_ = std::make_unique<LogWriter>(files_, clock_, LogWriterOptions{});
    auto opened =
        Streams::open({.files = files_,
                       .clock = clock_,
                       .random = disk_random_,
                       .definitions = definitions_,
                       .writer = *writer_},
                      "data",
                      {.segment_bytes = 1500, .marker_after = std::chrono::milliseconds(50)});
    SLUICE_CHECK(opened.has_value());
    streams_ = std::move(*opened);
    if (!streams_->report().failed.empty()) {
      wrong_ = "not opened: " + streams_->report().failed.front();
    }
  }

  // What was not answered by then never is.
  void restart(bool is_power_cut) {
    if (is_power_cut) {
      files_.crash(disk_random_);
    } else {
      files_.kill();
    }
    files_.set_fault_hook(
        [](Operation, const std::string&) -> Result<void> { return fail(Fault::io, "dead"); });
    streams_.reset();
    writer_.reset();
    files_.set_fault_hook({});
    open();
  }

  void step_once() {
    clock_.advance(std::chrono::milliseconds(below(100)));
    if (below(64) == 0 && flips_ < flips_max) {
      return rot();
    }
    switch (below(16)) {
      case 0:
        return reshard([&] { return streams_->split(stream(), any_shard(), any_hash_key()); });
      case 1:
        return reshard([&] { return streams_->merge(stream(), any_shard(), any_shard()); });
      case 2:
        return reshard(
            [&] { return streams_->scale(stream(), static_cast<std::uint32_t>(1 + below(5))); });
      case 3:
        return restart(true);
      case 4:
        return restart(false);
      case 5:
        return break_disk();
      case 6:
        return repeat();
      case 7:
      case 8:
        writer_->step();
        return;
      case 9:
        clock_.jump_to(clock_.now() - std::chrono::milliseconds(below(5000)));
        return;
      default:
        return put();
    }
  }

  ShardIndex any_shard() {
    return ShardIndex(static_cast<std::uint32_t>(below(stream()->definition()->shards.size() + 1)));
  }

  HashKey any_hash_key() { return HashKey{random_.next()} << 64 | random_.next(); }

  template <class Change>
  void reshard(Change change) {
    const auto before = *stream()->definition();
    const auto changed = change();
    if (!changed && *stream()->definition() != before) {
      wrong_ = "a reshard that failed has changed the shards: " + changed.error().message();
    }
  }

  // The next operations of the disk fail with some chance, until the next restart or repair.
  void break_disk() {
    if (below(2) == 0) {
      files_.set_fault_hook({});
      return;
    }
    const auto kind = below(2) == 0 ? Operation::write : Operation::sync;
    files_.set_fault_hook([this, kind](Operation operation, const std::string&) -> Result<void> {
      return operation == kind && disk_random_.next() % 3 == 0 ? fail(Fault::io, "bad sector")
                                                               : Result<void>();
    });
  }

  void put() {
    auto request = std::make_shared<Request>();
    const std::uint64_t count = 1 + below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
      request->records.push_back(
          {.data = fmt::format("{:06}", sent_++), .key = fmt::format("key-{}", below(4))});
    }
    request->key.invocation[0] = 1;
    const std::uint64_t number = requests_.size();
    std::memcpy(request->key.body_digest.data(), &number, sizeof number);
    requests_.push_back(request);
    is_last_hit_ = false;
    send(request);
  }

  // A bit flips while the stream stands still, with a marker at the end of its log: what counts is
  // decided by that marker, or by what comes before it.
  void rot() {
    files_.set_fault_hook({});
    writer_->flush();
    clock_.advance(std::chrono::seconds(1));
    writer_->step();
    if (stream()->log().needs_mark(clock_.now(), true)) {
      return;
    }
    is_last_hit_ = true;  // perhaps
    const auto before = find_records();
    const auto bit = files_.rot("data/streams", disk_random_);
    if (!bit || !wrong_.empty()) {
      return;
    }
    restart(false);
    const auto after = find_records();
    ++flips_;
    const bool is_back = !flipped_.emplace(bit->path, bit->offset * 8 + bit->bit).second;
    bool is_hit = false;
    for (const auto& request : requests_) {
      for (const Sent& record : request->records) {
        if (before.contains(record.data) && !after.contains(record.data)) {
          request->is_hit = true;
          is_hit = true;
        }
      }
    }
    const auto& log = stream()->log();
    const bool is_reported =
        !log.recovery().torn.empty() || !log.recovery().damages.empty() || !log.damages().empty();
    const bool is_all_read = bit->path == newest_segment() && !is_sealed(bit->path);
    const auto hits =
        std::ranges::count_if(requests_, [](const auto& request) { return request->is_hit; });
    if (wrong_.empty() && hits > flips_) {
      wrong_ = fmt::format("{} bits took {} requests, the last one is that of {} at {}",
                           flips_,
                           hits,
                           bit->path,
                           bit->offset);
    } else if (wrong_.empty() && !is_reported && !is_back && (is_all_read || is_hit)) {
      wrong_ = fmt::format("nobody reports bit {} of {} at {}", bit->bit, bit->path, bit->offset);
    }
  }

  std::string newest_segment() const {
    const std::string folder = "data/streams/" + to_hex(stream()->incarnation());
    const auto entries = files_.list(folder);
    SLUICE_CHECK(entries.has_value());
    std::string newest;
    for (const DirectoryEntry& entry : *entries) {
      newest = entry.name.ends_with(".log") ? entry.name : newest;
    }
    return join_path(folder, newest);
  }

  // Of sealed segments the blocks are read, but not every frame header between them.
  bool is_sealed(const std::string& path) {
    const auto bytes = read_file(files_, path);
    SLUICE_CHECK(bytes.has_value());
    return bytes->size() >= segment_trailer_bytes &&
           decode_trailer(ByteView(*bytes).substr(bytes->size() - segment_trailer_bytes));
  }

  // The last request once more, as a client does that has heard nothing or a failure.
  void repeat() {
    // What the disk has damaged is no answer, even where it hit the header alone: a repetition
    // stores it again, beside what is left.
    if (!requests_.empty() && !is_last_hit_) {
      send(requests_.back());
    }
  }

  void send(const std::shared_ptr<Request>& request) {
    std::vector<PutRecord> records;
    for (const Sent& record : request->records) {
      records.push_back({.data = record.data, .partition_key = record.key});
    }
    const auto queued = streams_->put(
        stream(), records, request->key, [this, request](Result<AppendReceipt> receipt) {
          if (!receipt) {
            return;
          }
          if (request->answer && !is_same(*request->answer, receipt->records)) {
            wrong_ = "a repetition was answered otherwise than the first try";
          }
          request->answer = receipt->records;
        });
    SLUICE_CHECK(queued.has_value());
  }

  static bool is_same(const std::vector<Placed>& left, const std::vector<Placed>& right) {
    return std::ranges::equal(left, right, [](const Placed& one, const Placed& other) {
      return one.shard == other.shard && one.ordinal == other.ordinal;
    });
  }

  // ---- what is there

  void check() {
    const auto found = find_records();
    for (const auto& request : requests_) {
      check_request(*request, found);
    }
    check_order(*stream()->definition(), found);
  }

  std::map<std::string, Found> find_records() {
    key_of_.clear();
    for (const auto& request : requests_) {
      for (const Sent& record : request->records) {
        key_of_[record.data] = record.key;
      }
    }
    std::map<std::string, Found> found;
    for (const ShardDefinition& shard : stream()->definition()->shards) {
      read_shard(shard, found);
    }
    return found;
  }

  // From end to end, over what is told to be lost.
  void read_shard(const ShardDefinition& shard, std::map<std::string, Found>& found) {
    Ordinal from = first_ordinal;
    for (bool is_at_tip = false; !is_at_tip;) {
      const auto batch = stream()->log().read(shard.index, from, 1 << 30, 1 << 30);
      if (batch) {
        batch->for_each([&](const RecordView& record) { take(shard, record, found); });
        from = batch->next;
        is_at_tip = batch->at_tip;
        continue;
      }
      const auto lost = batch.error().fault() == Fault::corrupt
                            ? stream()->log().skip_damaged(shard.index, from)
                            : Result<LostRange>(std::unexpected(batch.error()));
      if (!lost || lost->next <= from) {
        wrong_ = "unreadable: " + (lost ? batch.error() : lost.error()).message();
        return;
      }
      from = lost->next;
    }
  }

  void take(const ShardDefinition& shard,
            const RecordView& record,
            std::map<std::string, Found>& found) {
    const std::string data(record.data);
    const auto key = key_of_.find(data);
    if (key == key_of_.end() || key->second != record.partition_key) {
      wrong_ = "a record that nobody sent: " + data;
    } else if (!shard.range.contains(hash_of_partition_key(record.partition_key))) {
      wrong_ = "a record in a shard that does not own its hash key: " + data;
    } else if (flips_ < 2 && shard.closed && record.ordinal >= shard.closed->end) {
      // Where a segment's header and the next one's are both hit, what was refused may come back.
      wrong_ = "a record behind the end of a closed shard: " + data;
    } else if (!found.emplace(data, Found{shard.index, record.ordinal}).second) {
      wrong_ = "a record twice: " + data;
    }
  }

  void check_request(const Request& request, const std::map<std::string, Found>& found) {
    std::size_t there = 0;
    for (std::size_t i = 0; i < request.records.size(); ++i) {
      const auto record = found.find(request.records[i].data);
      there += record == found.end() ? 0 : 1;
      if (request.answer) {
        const Placed& placed = (*request.answer)[i];
        const bool is_where_told = record != found.end() && record->second.shard == placed.shard &&
                                   record->second.ordinal == placed.ordinal;
        if (!is_where_told && (record != found.end() || !request.is_hit)) {
          wrong_ = "an answered record is not where the answer said: " + request.records[i].data;
        }
      }
    }
    if (there != 0 && there != request.records.size() && !request.is_hit) {
      wrong_ = "half a request, from " + request.records[0].data;
    }
  }

  // Shards are read after their parents, which have lower indexes.
  void check_order(const StreamDefinition& definition, const std::map<std::string, Found>& found) {
    // A request that failed and was sent again later may stand behind those sent in between; only
    // the last one is ever sent again, so there are none.
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> in_reading_order;
    for (const auto& [data, where] : found) {
      in_reading_order[{where.shard.value, where.ordinal.value}] = data;
    }
    for (const ShardDefinition& shard : definition.shards) {
      SLUICE_CHECK(!shard.parent || *shard.parent < shard.index);
    }
    std::map<std::string, std::string> last_of_key;
    for (const auto& [place, data] : in_reading_order) {
      std::string& last = last_of_key[key_of_.at(data)];
      if (data <= last) {
        wrong_ = fmt::format("{} was sent before {} under the same key", data, last);
      }
      last = data;
    }
  }

  SeededRandom random_;       // of the sequence
  SeededRandom disk_random_;  // of what it meets
  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1'700'000'000'000)};
  MemoryDefinitionStore definitions_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<Streams> streams_;
  std::vector<std::shared_ptr<Request>> requests_;
  std::map<std::string, std::string> key_of_;  // of every record ever sent
  bool is_last_hit_ = false;                   // the last request, by a bit that flipped
  std::ptrdiff_t flips_ = 0;
  std::set<std::pair<std::string, std::uint64_t>> flipped_;  // files and bits
  std::uint64_t sent_ = 0;
  std::string wrong_;
};

TEST(StreamModel, EverySequenceOfOperationsKeepsWhatItPromised) {
  if (const char* const one = std::getenv("SLUICE_STREAM_SEED")) {
    EXPECT_EQ(Sequence(std::strtoull(one, nullptr, 10)).run(), "");
    return;
  }
  const std::uint64_t count = number_from_environment("SLUICE_STREAM_SEEDS", sequences_default);
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    ASSERT_EQ(Sequence(seed).run(), "") << "repeat it: SLUICE_STREAM_SEED=" << seed
                                        << " stream_test --gtest_filter='StreamModel.*'";
  }
}

}  // namespace
}  // namespace sluice::stream
