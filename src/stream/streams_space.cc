// Room for logs: who may still write, and which records go before their time where the rules say
// so.  Everything here runs on the writing thread.
#include "stream/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::stream {

namespace {

// At a cap a log has about so many segments, so that trimming frees it in small pieces.
constexpr std::uint64_t segments_per_cap = 8;

// A log that may be trimmed for the data directory's bound has no segment above this share of it.
constexpr std::uint64_t segments_per_total = 64;

// One part of the data directory's bound is kept free where records may go early.
constexpr std::uint64_t parts_of_total = 16;

// What makes room in a stream whose rule is this.
std::string remedy(const StreamDefinition& definition, const SpaceRule& rule) {
  return rule.trims_early
             ? std::string("room comes when its delivery streams have delivered the oldest ones")
             : fmt::format(
                   "room comes when records are older than its {} hours of retention and "
                   "delivered; on_full = \"trim\" lets delivered ones go earlier",
                   definition.retention_hours);
}

}  // namespace

void Streams::report(const std::string& line) const {
  if (world_.report) {
    world_.report(line);
  }
}

Result<void> Streams::admit(const StreamLog& log, std::uint64_t bytes) {
  const StreamHandle stream = find(log.stream());
  if (stream == nullptr) {
    return {};  // deleted: the log says so itself
  }
  SLUICE_TRY_DO(admit_to_stream(*stream, bytes));
  return admit_to_total(bytes);
}

Result<void> Streams::admit_to_stream(Stream& stream, std::uint64_t bytes) {
  const SpaceRule& rule = stream.rule_;
  const auto lacks_room = [&] {
    return rule.bytes_max > 0 && stream.log_->bytes_with_staged() + bytes > rule.bytes_max;
  };
  while (rule.trims_early && lacks_room() && trim_oldest(stream)) {
  }
  if (!lacks_room()) {
    return {};
  }
  const auto definition = stream.definition();
  std::string text = fmt::format(
      "the records of stream {} have {} bytes of the {} they may have (max_mb or stream_max_mb): "
      "{}, or "
      "raise the cap",
      definition->name,
      stream.log_->file_bytes(),
      rule.bytes_max,
      remedy(*definition, rule));
  if (stream.shortage_.refuse(bytes)) {
    report("producers are held back: " + text);
  }
  return fail(Fault::throttled, std::move(text));
}

Result<void> Streams::admit_to_total(std::uint64_t bytes) {
  const std::uint64_t bytes_max = world_.space.total_bytes_max;
  if (bytes_max == 0) {
    return {};
  }
  if (total_bytes_ + bytes <= bytes_max) {
    total_bytes_ += bytes;  // until it is counted again
    return {};
  }
  std::string text = fmt::format(
      "the data directory has {} bytes of the {} it may have (data_max_mb): remove objects or "
      "streams, or raise the cap",
      total_bytes_.load(),
      bytes_max);
  if (total_shortage_.refuse(bytes)) {
    report("producers are held back: " + text);
  }
  return fail(Fault::throttled, std::move(text));
}

bool Streams::trim_oldest(Stream& stream) {
  if (!trimming_) {
    return false;
  }
  const auto trimmed = stream.log_->trim(UnixMillis::max(), stream.holders(), 1);
  return trimmed && *trimmed == 1;
}

// Keeps a log that may be trimmed at a cap in small segments and, where records may go early, one
// of them free.
void Streams::keep_room(Stream& stream, UnixMillis now) {
  const SpaceRule& rule = stream.rule_;
  StreamLog& log = *stream.log_;
  if (rule.trims_early && world_.space.total_bytes_max > 0) {
    static_cast<void>(log.roll_if_larger(world_.space.total_bytes_max / segments_per_total, now));
  }
  if (rule.bytes_max == 0) {
    return;
  }
  const std::uint64_t piece = rule.bytes_max / segments_per_cap;
  static_cast<void>(log.roll_if_larger(piece, now));
  while (rule.trims_early && log.file_bytes() > rule.bytes_max - piece && trim_oldest(stream)) {
  }
  const std::uint64_t used = log.file_bytes();
  if (stream.shortage_.ends_with(rule.bytes_max - std::min(rule.bytes_max, used), rule.bytes_max)) {
    report(
        fmt::format("producers go on: the records of stream {} have {} bytes of the {} they "
                    "may have",
                    stream.definition()->name,
                    used,
                    rule.bytes_max));
  }
}

void Streams::count_total() {
  if (world_.space.total_bytes_max == 0) {
    return;
  }
  std::uint64_t bytes = world_.space.beside ? world_.space.beside() : 0;
  for (const StreamHandle& stream : all()) {
    bytes += stream->log().file_bytes();
  }
  total_bytes_ = bytes;
}

// Of all records that may go early, those of the oldest segment.
bool Streams::trim_oldest_of_all() {
  StreamHandle oldest;
  UnixMillis oldest_end = UnixMillis::max();
  for (const StreamHandle& stream : all()) {
    const auto end = stream->rule_.trims_early ? stream->log_->trimmable(stream->holders())
                                               : std::optional<UnixMillis>();
    if (end && *end < oldest_end) {
      oldest = stream;
      oldest_end = *end;
    }
  }
  return oldest != nullptr && trim_oldest(*oldest);
}

// Trims for the whole data directory's bound, and a little at a time for the disk's floor.
void Streams::keep_total_room() {
  if (world_.writer.is_disk_short()) {
    trim_oldest_of_all();
  }
  const std::uint64_t bytes_max = world_.space.total_bytes_max;
  if (bytes_max == 0) {
    return;
  }
  count_total();
  while (total_bytes_ > bytes_max - bytes_max / parts_of_total && trim_oldest_of_all()) {
    count_total();
  }
  const std::uint64_t used = total_bytes_;
  if (total_shortage_.ends_with(bytes_max - std::min(bytes_max, used), bytes_max)) {
    report(fmt::format(
        "producers go on: the data directory has {} bytes of the {} it may have", used, bytes_max));
  }
}

}  // namespace sluice::stream
