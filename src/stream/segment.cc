#include "stream/segment.h"

#include "base/check.h"
#include "base/crc32c.h"
#include "stream/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::stream {

namespace {

constexpr std::uint64_t header_magic = 0x3130474553434c53;   // "SLCSEG01"
constexpr std::uint64_t trailer_magic = 0x3130444e45434c53;  // "SLCEND01"
constexpr std::size_t crc_offset = 8;     // behind the magic, in header and trailer
constexpr std::size_t covered_from = 12;  // what the checksums cover begins here
constexpr std::size_t number_digits = 20;
constexpr std::string_view file_suffix = ".log";

void put_states(Bytes& out, const ShardStates& states) {
  for (const ShardState& state : states) {
    put_le(out, state.next.value);
    put_le(out, to_count(state.last_arrival));
  }
}

std::optional<ShardStates> take_states(ByteReader& reader, std::uint64_t count) {
  if (count > shards_max || reader.remaining() < count * shard_entry_bytes) {
    return std::nullopt;
  }
  ShardStates states;
  states.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto next = reader.le<std::uint64_t>();
    const auto arrival = reader.le<std::int64_t>();
    if (*next < first_ordinal.value) {
      return std::nullopt;
    }
    states.push_back({.next = Ordinal(*next), .last_arrival = unix_millis(*arrival)});
  }
  return states;
}

}  // namespace

std::string segment_file_name(std::uint64_t number) {
  return fmt::format("{:020}{}", number, file_suffix);
}

std::optional<std::uint64_t> parse_segment_file_name(std::string_view name) {
  if (name.size() != number_digits + file_suffix.size() || !name.ends_with(file_suffix)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + number_digits, number);
  if (fault != std::errc{} || end != name.data() + number_digits || number == 0) {
    return std::nullopt;
  }
  return number;
}

Bytes encode_segment_header(const SegmentHeader& header) {
  SLUICE_CHECK(header.start.size() <= shards_max);
  Bytes out;
  out.reserve(segment_header_bytes + header.start.size() * shard_entry_bytes);
  put_le(out, header_magic);
  put_le(out, std::uint32_t{0});
  put_le(out, segment_format);
  put_le(out, static_cast<std::uint16_t>(segment_header_bytes));
  put_le(out, header.stream.created_ms);
  put_le(out, header.stream.random);
  put_le(out, header.number);
  put_le(out, header.incarnation);
  put_le(out, header.base.value);
  put_le(out, to_count(header.created));
  put_le(out, header.predecessor.number);
  put_le(out, header.predecessor.incarnation);
  put_le(out, header.predecessor.end.value);
  put_le(out, header.predecessor.digest);
  put_le(out, static_cast<std::uint32_t>(header.start.size()));
  out.resize(segment_header_bytes, '\0');
  put_states(out, header.start);
  store_le(out.data() + crc_offset, crc32c(ByteView(out).substr(covered_from)));
  return out;
}

namespace {

constexpr std::size_t shard_count_offset = 92;

}  // namespace

std::optional<std::size_t> peek_segment_header_bytes(ByteView bytes) {
  if (bytes.size() < segment_header_bytes || load_le<std::uint64_t>(bytes.data()) != header_magic ||
      load_le<std::uint16_t>(bytes.data() + 12) != segment_format ||
      load_le<std::uint16_t>(bytes.data() + 14) != segment_header_bytes) {
    return std::nullopt;
  }
  const auto shards = load_le<std::uint32_t>(bytes.data() + shard_count_offset);
  if (shards > shards_max) {
    return std::nullopt;
  }
  return segment_header_bytes + shards * shard_entry_bytes;
}

std::optional<SegmentHeader> decode_segment_header(ByteView bytes) {
  const auto size = peek_segment_header_bytes(bytes);
  if (!size || bytes.size() < *size) {
    return std::nullopt;
  }
  bytes = bytes.substr(0, *size);
  if (load_le<std::uint32_t>(bytes.data() + crc_offset) != crc32c(bytes.substr(covered_from))) {
    return std::nullopt;
  }
  const char* from = bytes.data();
  SegmentHeader header{.stream = {.created_ms = load_le<std::int64_t>(from + 16),
                                  .random = load_le<std::uint64_t>(from + 24)},
                       .number = load_le<std::uint64_t>(from + 32),
                       .incarnation = load_le<std::uint64_t>(from + 40),
                       .base = LogOffset(load_le<std::uint64_t>(from + 48)),
                       .created = unix_millis(load_le<std::int64_t>(from + 56)),
                       .predecessor = {.number = load_le<std::uint64_t>(from + 64),
                                       .incarnation = load_le<std::uint64_t>(from + 72),
                                       .end = LogOffset(load_le<std::uint64_t>(from + 80)),
                                       .digest = load_le<std::uint32_t>(from + 88)},
                       .start = {}};
  ByteReader reader(bytes.substr(segment_header_bytes));
  auto start = take_states(reader, load_le<std::uint32_t>(from + shard_count_offset));
  if (!start) {
    return std::nullopt;
  }
  header.start = std::move(*start);
  return header;
}

std::uint32_t frame_digest(std::uint32_t before, ByteView encoded_frame_header) {
  SLUICE_CHECK(encoded_frame_header.size() >= frame_header_bytes);
  return crc32c(encoded_frame_header.substr(4, 4), before);
}

void SegmentIndex::add(const Block& block) {
  SLUICE_CHECK(block.shard.value < shards_max);
  SLUICE_CHECK(block.records > 0);
  if (block.shard.value >= runs_.size()) {
    runs_.resize(block.shard.value + 1);
  }
  std::vector<IndexRun>& runs = runs_[block.shard.value];
  const Ordinal end = block.first + block.records;
  if (!runs.empty()) {
    IndexRun& last = runs.back();
    SLUICE_CHECK(last.end <= block.first);
    SLUICE_CHECK(last.begin + last.bytes <= block.begin);
    if (last.end == block.first && block.begin + block.bytes - last.begin <= run_bytes_max) {
      last.end = end;
      last.bytes = block.begin + block.bytes - last.begin;
      last.last_arrival = block.arrival;
      return;
    }
  }
  runs.push_back({.first = block.first,
                  .end = end,
                  .begin = block.begin,
                  .bytes = block.bytes,
                  .first_arrival = block.arrival,
                  .last_arrival = block.arrival});
}

void SegmentIndex::add_lost(const LostRange& lost) {
  SLUICE_CHECK(lost.first < lost.next);
  lost_.push_back(lost);
}

std::span<const IndexRun> SegmentIndex::runs(ShardIndex shard) const {
  return shard.value < runs_.size() ? std::span<const IndexRun>(runs_[shard.value])
                                    : std::span<const IndexRun>();
}

const IndexRun* SegmentIndex::find(ShardIndex shard, Ordinal at) const {
  const auto all = runs(shard);
  const auto run = std::ranges::upper_bound(all, at, {}, &IndexRun::end);
  return run == all.end() ? nullptr : &*run;
}

const IndexRun* SegmentIndex::find_time(ShardIndex shard, UnixMillis time) const {
  const auto all = runs(shard);
  const auto run = std::ranges::lower_bound(all, time, {}, &IndexRun::last_arrival);
  return run == all.end() ? nullptr : &*run;
}

const LostRange* SegmentIndex::find_lost(ShardIndex shard, Ordinal at) const {
  const auto hit = std::ranges::find_if(
      lost_, [&](const LostRange& lost) { return lost.shard == shard && at < lost.next; });
  return hit == lost_.end() ? nullptr : &*hit;
}

std::size_t SegmentIndex::memory_bytes() const {
  std::size_t bytes = sizeof(*this) + lost_.capacity() * sizeof(LostRange);
  for (const auto& runs : runs_) {
    bytes += sizeof runs + runs.capacity() * sizeof(IndexRun);
  }
  return bytes;
}

namespace {

void put_index(Bytes& out, const SegmentIndex& index) {
  put_varint(out, index.shards());
  for (std::uint32_t shard = 0; shard < index.shards(); ++shard) {
    const auto runs = index.runs(ShardIndex(shard));
    put_varint(out, runs.size());
    IndexRun last{};
    for (const IndexRun& run : runs) {
      put_varint(out, run.first - last.end);
      put_varint(out, run.end - run.first);
      put_varint(out, run.begin - (last.begin + last.bytes));
      put_varint(out, run.bytes);
      put_varint(out, zigzag(to_count(run.first_arrival) - to_count(last.last_arrival)));
      put_varint(out, zigzag(to_count(run.last_arrival) - to_count(run.first_arrival)));
      last = run;
    }
  }
  put_varint(out, index.lost().size());
  for (const LostRange& lost : index.lost()) {
    put_varint(out, lost.shard.value);
    put_varint(out, lost.first.value);
    put_varint(out, lost.next - lost.first);
    put_varint(out, lost.file_offset);
  }
}

// Sums of untrusted numbers wrap; what comes out is checked for order instead.
std::int64_t wrapping_add(std::int64_t left, std::int64_t right) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) +
                                   static_cast<std::uint64_t>(right));
}

// Reads varints until one is missing; then every further one is 0 and is_good() says false.
class VarintReader {
 public:
  explicit VarintReader(ByteReader& reader) : reader_(reader) {}

  std::uint64_t next() {
    const auto value = reader_.varint();
    good_ = good_ && value.has_value();
    return value.value_or(0);
  }

  bool is_good() const { return good_; }

 private:
  ByteReader& reader_;
  bool good_ = true;
};

// The runs of one shard; std::nullopt unless they are in order and lie within the frames.
std::optional<std::vector<IndexRun>> take_runs(VarintReader& numbers, std::uint64_t frames_end) {
  const std::uint64_t count = numbers.next();
  std::vector<IndexRun> runs;
  IndexRun last{};
  for (std::uint64_t i = 0; i < count; ++i) {
    IndexRun run;
    run.first = last.end + numbers.next();
    run.end = run.first + numbers.next();
    run.begin = last.begin + last.bytes + numbers.next();
    run.bytes = numbers.next();
    run.first_arrival =
        unix_millis(wrapping_add(to_count(last.last_arrival), unzigzag(numbers.next())));
    run.last_arrival =
        unix_millis(wrapping_add(to_count(run.first_arrival), unzigzag(numbers.next())));
    const bool ordered = last.end <= run.first && run.first < run.end &&
                         run.first >= first_ordinal && last.begin + last.bytes <= run.begin &&
                         run.begin <= frames_end && run.bytes <= frames_end - run.begin &&
                         run.bytes > block_header_bytes;
    if (!numbers.is_good() || !ordered) {
      return std::nullopt;
    }
    runs.push_back(run);
    last = run;
  }
  return runs;
}

std::optional<SegmentIndex> take_index(ByteReader& reader, std::uint64_t frames_end) {
  VarintReader numbers(reader);
  SegmentIndex index;
  const std::uint64_t shards = numbers.next();
  if (shards > shards_max) {
    return std::nullopt;
  }
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    auto runs = take_runs(numbers, frames_end);
    if (!runs) {
      return std::nullopt;
    }
    index.restore(ShardIndex(shard), std::move(*runs));
  }
  const std::uint64_t lost_count = numbers.next();
  for (std::uint64_t i = 0; i < lost_count; ++i) {
    const std::uint64_t shard = numbers.next();
    LostRange lost;
    lost.first = Ordinal(numbers.next());
    lost.next = lost.first + numbers.next();
    lost.file_offset = numbers.next();
    if (!numbers.is_good() || shard >= shards_max || lost.next <= lost.first) {
      return std::nullopt;
    }
    lost.shard = ShardIndex(static_cast<std::uint32_t>(shard));
    index.add_lost(lost);
  }
  return numbers.is_good() ? std::optional(std::move(index)) : std::nullopt;
}

}  // namespace

void SegmentIndex::restore(ShardIndex shard, std::vector<IndexRun> runs) {
  if (shard.value >= runs_.size()) {
    runs_.resize(shard.value + 1);
  }
  SLUICE_CHECK(runs_[shard.value].empty());
  runs_[shard.value] = std::move(runs);
}

Bytes encode_footer(const SegmentFooter& footer) {
  Bytes out;
  put_index(out, footer.index);
  put_varint(out, footer.finish.size());
  put_states(out, footer.finish);
  const auto footer_bytes = static_cast<std::uint32_t>(out.size());
  const std::size_t trailer_at = out.size();
  put_le(out, trailer_magic);
  put_le(out, std::uint32_t{0});
  put_le(out, segment_format);
  put_le(out, static_cast<std::uint16_t>(segment_trailer_bytes));
  put_le(out, footer.trailer.stream.created_ms);
  put_le(out, footer.trailer.stream.random);
  put_le(out, footer.trailer.number);
  put_le(out, footer.trailer.place.incarnation);
  put_le(out, footer.trailer.place.base.value);
  put_le(out, footer.trailer.place.data_start);
  put_le(out, footer.trailer.end.value);
  put_le(out, footer.trailer.digest);
  put_le(out, footer_bytes);
  put_le(out, crc32c(ByteView(out).substr(0, footer_bytes)));
  out.resize(trailer_at + segment_trailer_bytes, '\0');
  store_le(out.data() + trailer_at + crc_offset,
           crc32c(ByteView(out).substr(trailer_at + covered_from)));
  return out;
}

namespace {

constexpr std::size_t footer_crc_offset = 80;

}  // namespace

std::optional<SegmentTrailer> decode_trailer(ByteView bytes) {
  if (bytes.size() != segment_trailer_bytes) {
    return std::nullopt;
  }
  const char* from = bytes.data();
  if (load_le<std::uint64_t>(from) != trailer_magic ||
      load_le<std::uint32_t>(from + crc_offset) != crc32c(bytes.substr(covered_from)) ||
      load_le<std::uint16_t>(from + 12) != segment_format) {
    return std::nullopt;
  }
  const SegmentTrailer trailer{.stream = {.created_ms = load_le<std::int64_t>(from + 16),
                                          .random = load_le<std::uint64_t>(from + 24)},
                               .number = load_le<std::uint64_t>(from + 32),
                               .place = {.incarnation = load_le<std::uint64_t>(from + 40),
                                         .base = LogOffset(load_le<std::uint64_t>(from + 48)),
                                         .data_start = load_le<std::uint64_t>(from + 56)},
                               .end = LogOffset(load_le<std::uint64_t>(from + 64)),
                               .digest = load_le<std::uint32_t>(from + 72),
                               .footer_bytes = load_le<std::uint32_t>(from + 76)};
  if (trailer.end < trailer.place.base) {
    return std::nullopt;
  }
  return trailer;
}

std::optional<SegmentFooter> decode_footer(ByteView bytes) {
  if (bytes.size() < segment_trailer_bytes) {
    return std::nullopt;
  }
  const ByteView tail = bytes.substr(bytes.size() - segment_trailer_bytes);
  const ByteView body = bytes.substr(0, bytes.size() - segment_trailer_bytes);
  const auto trailer = decode_trailer(tail);
  if (!trailer || trailer->footer_bytes != body.size() ||
      load_le<std::uint32_t>(tail.data() + footer_crc_offset) != crc32c(body)) {
    return std::nullopt;
  }
  ByteReader reader(body);
  auto index = take_index(reader, trailer->place.file_offset(trailer->end));
  const auto shards = reader.varint();
  auto finish = index && shards ? take_states(reader, *shards) : std::nullopt;
  if (!finish || reader.remaining() != 0) {
    return std::nullopt;
  }
  return SegmentFooter{
      .trailer = *trailer, .index = std::move(*index), .finish = std::move(*finish)};
}

}  // namespace sluice::stream
