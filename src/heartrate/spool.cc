#include "heartrate/spool.h"

#include "base/check.h"
#include "heartrate/spool_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::heartrate {
namespace {

constexpr std::string_view file_suffix = ".spool";
constexpr std::size_t number_digits = 12;

std::optional<std::uint64_t> parse_name(std::string_view name) {
  if (name.size() != number_digits + file_suffix.size() || !name.ends_with(file_suffix)) {
    return std::nullopt;
  }
  const std::string_view digits = name.substr(0, number_digits);
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.begin(), digits.end(), number);
  return error == std::errc() && stop == digits.end() ? std::optional(number) : std::nullopt;
}

}  // namespace

// What the files say, read in their order.
struct Spool::Recovery {
  Spool& spool;
  bool has_snapshot = false;
  std::uint64_t torn_bytes = 0;  // of the file read last

  void take_file(std::uint64_t number, ByteView bytes) {
    torn_bytes = 0;
    std::uint64_t at = 0;
    while (at < bytes.size()) {
      const auto entry = decode_entry(bytes.substr(at), number, at);
      if (entry && (at == 0) == (entry->kind == EntryKind::snapshot) &&
          take(*entry, {number, at + entry_header_bytes, 0})) {
        // What was passed over so far has something whole behind it: it is no torn end.
        spool.report_.damaged_bytes += std::exchange(torn_bytes, 0);
        at += entry->bytes;
      } else {
        ++torn_bytes;
        ++at;
      }
    }
  }

  bool take(const EntryView& entry, Place place) {
    place.bytes = static_cast<std::uint32_t>(entry.body.size());
    switch (entry.kind) {
      case EntryKind::snapshot:
        return take_snapshot(decode_snapshot_entry(entry.body));
      case EntryKind::record:
        return take_record(decode_record_entry(entry.body), place);
      case EntryKind::batch:
        return take_batch(decode_batch_entry(entry.body));
      case EntryKind::settled:
        return take_settled(decode_settled_entry(entry.body));
    }
    return false;
  }

  bool take_snapshot(std::optional<SnapshotEntry> snapshot) {
    if (!snapshot) {
      return false;
    }
    has_snapshot = true;
    spool.next_ordinal_ = std::max(spool.next_ordinal_, snapshot->next_ordinal);
    spool.settled_below_ = snapshot->settled_below;
    spool.settled_above_ = {snapshot->settled_above.begin(), snapshot->settled_above.end()};
    spool.memo_ = std::move(snapshot->memo);
    spool.batch_.reset();
    if (snapshot->batch) {
      take_batch(std::move(snapshot->batch));
    }
    return true;
  }

  bool take_record(const std::optional<RecordEntry>& record, const Place& place) {
    if (!record) {
      return false;
    }
    // Written again after a sync that failed, it counts where it stands last.
    spool.put_place(record->ordinal, place);
    spool.unsynced_[record->ordinal] = encode_record_entry(*record);
    spool.next_ordinal_ = std::max(spool.next_ordinal_, record->ordinal + 1);
    spool.memo_ = record->memo;
    return true;
  }

  bool take_batch(std::optional<BatchEntry> batch) {
    if (batch) {
      spool.batch_ = OpenBatch{std::move(batch->invocation), std::move(batch->ordinals), true};
    }
    return batch.has_value();
  }

  bool take_settled(const std::optional<std::vector<std::uint64_t>>& ordinals) {
    if (ordinals) {
      std::ranges::for_each(*ordinals, [this](auto ordinal) { spool.mark_settled(ordinal); });
      spool.batch_.reset();
    }
    return ordinals.has_value();
  }

  // What the parts say together.
  void finish() {
    spool.report_.torn_bytes = torn_bytes;
    std::vector<std::uint64_t> ordinals;
    ordinals.reserve(spool.waiting_.size());
    for (const auto& [ordinal, place] : spool.waiting_) {
      ordinals.push_back(ordinal);
    }
    if (!has_snapshot) {
      spool.settled_below_ = ordinals.empty() ? spool.next_ordinal_ : ordinals.front();
    }
    for (const std::uint64_t ordinal : ordinals) {
      if (spool.is_settled(ordinal)) {
        spool.drop_place(ordinal);
        spool.unsynced_.erase(ordinal);
      }
    }
    // Records between that are in no file any more.
    for (std::uint64_t ordinal = spool.settled_below_; ordinal < spool.next_ordinal_; ++ordinal) {
      if (!spool.is_settled(ordinal) && !spool.waiting_.contains(ordinal)) {
        ++spool.report_.lost_records;
        spool.mark_settled(ordinal);
      }
    }
    if (spool.batch_) {
      std::erase_if(spool.batch_->ordinals,
                    [this](std::uint64_t ordinal) { return !spool.waiting_.contains(ordinal); });
      if (spool.batch_->ordinals.empty()) {
        spool.batch_.reset();
      }
    }
    spool.counts_.waiting = spool.waiting_.size();
  }
};

Result<std::unique_ptr<Spool>> Spool::open(FileSystem& files,
                                           std::string directory,
                                           const SpoolOptions& options) {
  std::unique_ptr<Spool> spool(new Spool(files, std::move(directory), options));
  if (auto recovered = spool->recover(); !recovered) {
    return std::unexpected(std::move(recovered).error().within("spool " + spool->directory_));
  }
  return spool;
}

std::string Spool::path_of(std::uint64_t number) const {
  return join_path(directory_, fmt::format("{:0{}}{}", number, number_digits, file_suffix));
}

Result<void> Spool::recover() {
  SLUICE_TRY_DO(files_.create_directories(directory_));
  SLUICE_TRY(entries, files_.list(directory_));
  Recovery recovery{*this};
  for (const DirectoryEntry& entry : entries) {
    const auto number = parse_name(entry.name);
    if (!number || entry.is_directory) {
      continue;
    }
    SLUICE_TRY(file, files_.open(path_of(*number), OpenMode::write));
    SLUICE_TRY(size, file->size());
    Bytes bytes;
    SLUICE_TRY_DO(file->read_at(0, static_cast<std::size_t>(size), bytes));
    spool_files_[*number].file = std::move(file);
    recovery.take_file(*number, bytes);
    active_ = *number;
  }
  recovery.finish();
  // Always another file, with all that waits: nothing is written behind what a crash has torn, and
  // nobody knows what of the old ones is durable (a sync may have failed in an earlier life).
  SLUICE_TRY_DO(begin_file());
  tidy();
  return {};
}

bool Spool::is_settled(std::uint64_t ordinal) const {
  return ordinal < settled_below_ || settled_above_.contains(ordinal);
}

void Spool::mark_settled(std::uint64_t ordinal) {
  if (ordinal < settled_below_) {
    return;
  }
  settled_above_.insert(ordinal);
  while (settled_above_.erase(settled_below_) > 0) {
    ++settled_below_;
  }
}

void Spool::put_place(std::uint64_t ordinal, const Place& place) {
  drop_place(ordinal);
  waiting_[ordinal] = place;
  ++spool_files_[place.file].waiting;
}

void Spool::drop_place(std::uint64_t ordinal) {
  const auto found = waiting_.find(ordinal);
  if (found != waiting_.end()) {
    --spool_files_[found->second.file].waiting;
    waiting_.erase(found);
  }
}

Bytes Spool::snapshot() const {
  SnapshotEntry entry{next_ordinal_,
                      settled_below_,
                      {settled_above_.begin(), settled_above_.end()},
                      std::nullopt,
                      memo_};
  if (batch_) {
    entry.batch = BatchEntry{batch_->invocation, batch_->ordinals};
  }
  return encode_snapshot_entry(entry);
}

Result<void> Spool::begin_file() {
  // A file that was begun and not finished may lie there with a snapshot that goes stale, and it
  // would be read behind the one before: so nothing more is written to that one.
  is_active_good_ = false;
  SLUICE_TRY_DO(begin_file_of(active_ + 1));
  is_active_good_ = true;
  is_synced_ = true;
  unsynced_.clear();
  return {};
}

// Durable with its snapshot and its name before it counts.  Records that no sync has covered yet
// are written again: the file before may have lost them.
Result<void> Spool::begin_file_of(std::uint64_t number) {
  const Bytes first = encode_entry(EntryKind::snapshot, snapshot(), number, 0);
  SLUICE_TRY(file, files_.open(path_of(number), OpenMode::write_or_create));
  SLUICE_TRY_DO(file->truncate(0));
  SLUICE_TRY_DO(file->write_at(0, first));
  std::uint64_t end = first.size();
  std::map<std::uint64_t, Place> moved;
  for (const auto& [ordinal, body] : unsynced_) {
    const Bytes entry = encode_entry(EntryKind::record, body, number, end);
    SLUICE_TRY_DO(file->write_at(end, entry));
    moved[ordinal] = {number, end + entry_header_bytes, static_cast<std::uint32_t>(body.size())};
    end += entry.size();
  }
  SLUICE_TRY_DO(file->sync());
  SLUICE_TRY_DO(files_.sync_directory(directory_));
  spool_files_[number].file = std::move(file);
  for (const auto& [ordinal, place] : moved) {
    put_place(ordinal, place);
  }
  active_ = number;
  end_ = end;
  return {};
}

// Removes files that nobody needs.  One that will not go is tried again later.
void Spool::tidy() {
  if (waiting_.empty() && end_ > options_.tidy_bytes) {
    static_cast<void>(begin_file());
  }
  for (auto file = spool_files_.begin(); file != spool_files_.end();) {
    // Without a good active file the old ones may be all there is.
    const bool is_needed = file->first == active_ || file->second.waiting > 0 || !is_active_good_;
    if (is_needed || !files_.remove(path_of(file->first))) {
      ++file;
    } else {
      file = spool_files_.erase(file);
    }
  }
}

Result<Spool::Place> Spool::write_entry(std::uint8_t kind, ByteView body) {
  if (!is_active_good_ || end_ >= options_.file_bytes) {
    SLUICE_TRY_DO(begin_file());
  }
  const Bytes entry = encode_entry(static_cast<EntryKind>(kind), body, active_, end_);
  // What a failed write leaves behind the end is overwritten by the next, or is a torn end.
  SLUICE_TRY_DO(spool_files_[active_].file->write_at(end_, entry));
  is_synced_ = false;
  const Place place{active_, end_ + entry_header_bytes, static_cast<std::uint32_t>(body.size())};
  end_ += entry.size();
  return place;
}

Bytes Spool::memo() const {
  const std::lock_guard lock(mutex_);
  return memo_;
}

Result<void> Spool::append(const SpoolRecord& record, ByteView memo) {
  if (record.data.size() + record.partition_key.size() > options_.batch_bytes_max) {
    return fail(Fault::too_large,
                fmt::format("a record of {} bytes is more than goes into one call ({})",
                            record.data.size(),
                            options_.batch_bytes_max));
  }
  const std::lock_guard lock(mutex_);
  Bytes body = encode_record_entry({next_ordinal_, record.partition_key, record.data, memo});
  SLUICE_TRY(place, write_entry(static_cast<std::uint8_t>(EntryKind::record), body));
  put_place(next_ordinal_, place);
  unsynced_[next_ordinal_] = std::move(body);
  ++next_ordinal_;
  memo_ = memo;
  ++counts_.appended;
  counts_.waiting = waiting_.size();
  return {};
}

Result<void> Spool::sync() {
  const std::lock_guard lock(mutex_);
  return sync_locked();
}

Result<void> Spool::sync_locked() {
  if (is_active_good_ && is_synced_) {
    return {};
  }
  if (is_active_good_ && spool_files_[active_].file->sync()) {
    is_synced_ = true;
    unsynced_.clear();
    return {};
  }
  // A sync that failed is final for its file, whatever it says next.
  return begin_file();
}

Result<SpoolRecord> Spool::read_record(const Place& place) const {
  const std::uint64_t at = place.offset - entry_header_bytes;
  Bytes bytes;
  SLUICE_TRY_DO(
      spool_files_.at(place.file).file->read_at(at, entry_header_bytes + place.bytes, bytes));
  const auto entry = decode_entry(bytes, place.file, at);
  const auto record = entry ? decode_record_entry(entry->body) : std::nullopt;
  if (!record) {
    return fail(Fault::corrupt, fmt::format("{} has wrong bytes at {}", path_of(place.file), at));
  }
  return SpoolRecord{Bytes(record->partition_key), Bytes(record->data)};
}

Result<SpoolBatch> Spool::read_batch(const OpenBatch& open) const {
  SpoolBatch batch{open.invocation, open.ordinals, {}, open.is_given_out};
  for (const std::uint64_t ordinal : batch.ordinals) {
    SLUICE_TRY(record, read_record(waiting_.at(ordinal)));
    batch.records.push_back(std::move(record));
  }
  return batch;
}

// The oldest records that fit one call.
Spool::OpenBatch Spool::choose_batch(Random& random) const {
  OpenBatch batch{uuid_v4(random), {}, false};
  std::size_t bytes = 0;
  for (const auto& [ordinal, place] : waiting_) {
    bytes += place.bytes;  // no less than data and key
    if (batch.ordinals.size() == options_.batch_records_max ||
        (!batch.ordinals.empty() && bytes > options_.batch_bytes_max)) {
      break;
    }
    batch.ordinals.push_back(ordinal);
  }
  return batch;
}

Result<std::optional<SpoolBatch>> Spool::next_batch(Random& random) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    return std::optional<SpoolBatch>();
  }
  if (!batch_) {
    OpenBatch chosen = choose_batch(random);
    SLUICE_TRY_DO(write_entry(static_cast<std::uint8_t>(EntryKind::batch),
                              encode_batch_entry({chosen.invocation, chosen.ordinals})));
    // Before the sync: where that fails, the next file's snapshot has to name it.
    batch_ = std::move(chosen);
  }
  SLUICE_TRY_DO(sync_locked());
  SLUICE_TRY(batch, read_batch(*batch_));
  batch_->is_given_out = true;
  return std::optional(std::move(batch));
}

Result<void> Spool::settle(const SpoolBatch& batch, std::span<const std::size_t> refused) {
  const std::lock_guard lock(mutex_);
  SLUICE_CHECK(batch_.has_value());
  SLUICE_CHECK(batch_->invocation == batch.invocation);
  std::vector<std::uint64_t> stored;
  for (std::size_t i = 0; i < batch.ordinals.size(); ++i) {
    if (std::ranges::find(refused, i) == refused.end()) {
      stored.push_back(batch.ordinals[i]);
    }
  }
  SLUICE_TRY_DO(
      write_entry(static_cast<std::uint8_t>(EntryKind::settled), encode_settled_entry(stored)));
  for (const std::uint64_t ordinal : stored) {
    mark_settled(ordinal);
    drop_place(ordinal);
    unsynced_.erase(ordinal);
  }
  batch_.reset();
  counts_.settled += stored.size();
  counts_.waiting = waiting_.size();
  static_cast<void>(sync_locked());
  tidy();
  return {};
}

SpoolCounts Spool::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace sluice::heartrate
