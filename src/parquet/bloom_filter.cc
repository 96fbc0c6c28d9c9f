// The blocks, their expected error, and the header before them.
#include "parquet/bloom_filter.h"

#include "base/check.h"
#include "parquet/thrift.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <array>
#include <bit>
#include <cmath>
#include <optional>

namespace sluice::parquet {

namespace {

constexpr std::size_t words = 8;  // of a block
constexpr unsigned word_bits = 32;

// From the specification: odd numbers that spread the hash over the bits of each word.
constexpr std::array<std::uint32_t, words> salt = {0x47b6137bU,
                                                   0x44974d91U,
                                                   0x8824ad5bU,
                                                   0xa2b7289dU,
                                                   0x705495c7U,
                                                   0x2df1424bU,
                                                   0x9efc4947U,
                                                   0x5c6bfb31U};

std::uint32_t mask(std::uint64_t hash, std::size_t word) {
  constexpr unsigned shift = 27;  // leaves five bits: one of 32
  return std::uint32_t{1} << ((static_cast<std::uint32_t>(hash) * salt[word]) >> shift);
}

struct Header {
  std::size_t filter_bytes = 0;
  std::size_t header_bytes = 0;
};

// A union with exactly the member 1, which is empty; its other members are kinds we do not know.
bool is_first_member(ThriftReader& in, ThriftReader::Field field) {
  in.structure(field);
  in.begin_struct();
  bool is_first = false;
  while (const std::optional<ThriftReader::Field> member = in.next_field()) {
    is_first = member->id == 1;
    in.skip(*member);
  }
  return is_first;
}

Result<Header> decode_header(ByteView bytes) {
  ThriftReader in(bytes);
  std::optional<std::int32_t> filter_bytes;
  bool is_block = false;
  bool is_xxhash = false;
  bool is_uncompressed = false;
  in.begin_struct();
  while (const std::optional<ThriftReader::Field> field = in.next_field()) {
    if (field->id == 1) {
      filter_bytes = in.i32(*field);
    } else if (field->id == 2) {
      is_block = is_first_member(in, *field);
    } else if (field->id == 3) {
      is_xxhash = is_first_member(in, *field);
    } else if (field->id == 4) {
      is_uncompressed = is_first_member(in, *field);
    } else {
      in.skip(*field);
    }
  }
  if (Result<void> status = in.status(); !status) {
    return std::unexpected<Error>(std::move(status).error().within("bloom filter"));
  }
  if (!is_block || !is_xxhash || !is_uncompressed) {
    return fail(Fault::unsupported,
                "a bloom filter other than split blocks by XXH64, uncompressed, cannot be read");
  }
  if (!filter_bytes || *filter_bytes <= 0 ||
      static_cast<std::size_t>(*filter_bytes) % bloom_block_bytes != 0 ||
      static_cast<std::size_t>(*filter_bytes) > bloom_filter_bytes_limit) {
    return fail(Fault::corrupt,
                fmt::format("a bloom filter of {} bytes", filter_bytes.value_or(0)));
  }
  return Header{.filter_bytes = static_cast<std::size_t>(*filter_bytes),
                .header_bytes = in.position()};
}

}  // namespace

std::uint64_t bloom_hash(ByteView plain) {
  return XXH64(plain.data(), plain.size(), 0);
}

double expected_false_positives(std::size_t bytes, std::uint64_t distinct) {
  SLUICE_CHECK(bytes >= bloom_block_bytes);
  // Above this many values a block has next to no free bit.
  constexpr double load_most = 600;
  const double load =
      static_cast<double>(distinct) / static_cast<double>(bytes / bloom_block_bytes);
  if (load > load_most) {
    return 1;
  }
  double share = 0;
  double likelihood = std::exp(-load);  // of a block with `values` values
  const double values_most = load + 12 * std::sqrt(load) + 12;
  for (double values = 0; values <= values_most; ++values) {
    const double is_set = 1 - std::pow(1 - 1.0 / word_bits, values);
    share += likelihood * std::pow(is_set, words);
    likelihood *= load / (values + 1);
  }
  return share;
}

std::size_t bloom_filter_bytes(std::uint64_t distinct,
                               double false_positives,
                               std::size_t bytes_max) {
  SLUICE_CHECK(std::has_single_bit(bytes_max));
  SLUICE_CHECK(bytes_max >= bloom_block_bytes);
  std::size_t bytes = bloom_block_bytes;
  while (bytes < bytes_max && expected_false_positives(bytes, distinct) > false_positives) {
    bytes *= 2;
  }
  return bytes;
}

BloomFilter::BloomFilter(std::size_t bytes) : bits_(bytes, '\0') {
  SLUICE_CHECK(bytes > 0);
  SLUICE_CHECK(bytes % bloom_block_bytes == 0);
  SLUICE_CHECK(bytes <= bloom_filter_bytes_limit);
}

std::size_t BloomFilter::block_of(std::uint64_t hash) const {
  const std::uint64_t blocks = bits_.size() / bloom_block_bytes;
  return static_cast<std::size_t>(((hash >> 32) * blocks) >> 32) * bloom_block_bytes;
}

void BloomFilter::insert(std::uint64_t hash) {
  char* block = bits_.data() + block_of(hash);
  for (std::size_t word = 0; word < words; ++word, block += sizeof(std::uint32_t)) {
    store_le(block, load_le<std::uint32_t>(block) | mask(hash, word));
  }
}

bool BloomFilter::may_contain(std::uint64_t hash) const {
  const char* block = bits_.data() + block_of(hash);
  for (std::size_t word = 0; word < words; ++word, block += sizeof(std::uint32_t)) {
    if ((load_le<std::uint32_t>(block) & mask(hash, word)) == 0) {
      return false;
    }
  }
  return true;
}

double BloomFilter::false_positives() const {
  double share = 0;
  for (std::size_t block = 0; block < bits_.size(); block += bloom_block_bytes) {
    double of_block = 1;
    for (std::size_t word = 0; word < words; ++word) {
      const auto bits = load_le<std::uint32_t>(bits_.data() + block + word * sizeof(std::uint32_t));
      of_block *= static_cast<double>(std::popcount(bits)) / word_bits;
    }
    share += of_block;
  }
  return share / static_cast<double>(bits_.size() / bloom_block_bytes);
}

void BloomFilter::encode(Bytes& bytes) const {
  ThriftWriter out(bytes);
  out.begin_struct();
  out.i32(1, static_cast<std::int32_t>(bits_.size()));
  for (const std::int16_t id : {std::int16_t{2}, std::int16_t{3}, std::int16_t{4}}) {
    out.begin_struct(id);
    out.empty_struct(1);
    out.end_struct();
  }
  out.end_struct();
  bytes.append(bits_);
}

Result<std::size_t> bloom_filter_length(ByteView bytes) {
  SLUICE_TRY(header, decode_header(bytes));
  return header.header_bytes + header.filter_bytes;
}

Result<BloomFilter> BloomFilter::decode(ByteView bytes) {
  SLUICE_TRY(header, decode_header(bytes));
  const ByteView bits = bytes.substr(header.header_bytes);
  if (bits.size() < header.filter_bytes) {
    return fail(
        Fault::corrupt,
        fmt::format(
            "a bloom filter of {} bytes where {} are left", header.filter_bytes, bits.size()));
  }
  BloomFilter filter(header.filter_bytes);
  filter.bits_ = bits.substr(0, header.filter_bytes);
  return filter;
}

}  // namespace sluice::parquet
