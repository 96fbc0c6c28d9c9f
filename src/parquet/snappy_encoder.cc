// One look at each border, the place where two values meet: which earlier border has the most
// equal bytes around it?  Asked are the one before and the last ones with the same two or three
// bytes around; what is equal there becomes a copy, what lies between copies a literal.
//
//   2025-07-15T17:10:33.123456 | 1a 00 00 00 2025-07-15T17:10:33.131278 | ...
//                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
//                           copied from a border with 56 before it, of the same second
//
// Where values end in bytes that never change (a zone behind a time), the border is put before
// those.
#include "parquet/snappy_encoder.h"

#include "base/check.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace sluice::parquet {

namespace {

// What is read and written beyond the place at hand.
constexpr std::size_t reach = 32;

constexpr std::size_t offset_max = 65'535;
constexpr std::size_t copy_bytes_min = 4;
constexpr std::size_t copy_bytes_max = 64;

// A copy in two bytes; any other takes three.
constexpr std::size_t short_copy_bytes_max = 11;
constexpr std::size_t short_copy_offset_max = 2'047;

// Literals up to here have their length in the tag.
constexpr std::size_t short_literal_bytes_max = 60;

// The two low bits of a tag.
constexpr unsigned tag_copy_short = 1;
constexpr unsigned tag_copy = 2;

// So much is tried before the whole body is.
constexpr std::size_t sample_bytes = 4'096;

// So many values show where they change.
constexpr std::size_t values_looked_at = 32;

std::uint64_t word_at(const char* at) {
  return load_le<std::uint64_t>(at);
}

// All ones if `left` < `right`, which are small.  For choices that are as good as random: the
// compiler makes a branch of what it recognises as one, so it is kept from looking at the mask.
std::uint64_t mask_less(std::size_t left, std::size_t right) {
  auto mask = static_cast<std::uint64_t>(static_cast<std::int64_t>(left - right) >> 63);
  asm("" : "+r"(mask));
  return mask;
}

std::size_t select(std::uint64_t mask, std::size_t if_set, std::size_t if_not) {
  return if_not ^ ((if_not ^ if_set) & mask);
}

// Bytes of two words that are equal at their beginning, by their difference.
std::size_t equal_start(std::uint64_t difference) {
  return static_cast<std::size_t>(std::countr_zero(difference)) / 8;
}

// At their end.
std::size_t equal_end(std::uint64_t difference) {
  return equal_start(__builtin_bswap64(difference));
}

// How many of the next `reach` bytes are equal.
std::size_t equal_reach(const char* left, const char* right) {
#if defined(__SSE2__)
  const auto half = [&](std::size_t at) {
    const __m128i one = _mm_loadu_si128(reinterpret_cast<const __m128i*>(left + at));
    const __m128i other = _mm_loadu_si128(reinterpret_cast<const __m128i*>(right + at));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(one, other)));
  };
  static_assert(reach == 2 * sizeof(__m128i));
  return static_cast<std::size_t>(std::countr_one(half(0) | half(sizeof(__m128i)) << 16));
#else
  std::size_t length = 0;
  std::size_t equal = 0;
  do {
    equal = equal_start(word_at(left + length) ^ word_at(right + length));
    length += equal;
  } while (equal == sizeof(std::uint64_t) && length < reach);
  return length;
#endif
}

bool is_small(std::size_t out_bytes, std::size_t in_bytes) {
  return out_bytes * 4 <= in_bytes * snappy_quarters_max;
}

char* put_literal_length(std::size_t length, char* out) {
  const std::size_t coded = length - 1;
  if (length <= short_literal_bytes_max) {
    *out++ = static_cast<char>(coded << 2);
    return out;
  }
  const std::size_t bytes = (static_cast<std::size_t>(std::bit_width(coded)) + 7) / 8;
  *out++ = static_cast<char>((short_literal_bytes_max + bytes - 1) << 2);
  for (std::size_t i = 0; i < bytes; ++i) {
    *out++ = static_cast<char>(coded >> (8 * i));
  }
  return out;
}

// Any length, none too.
char* put_literal(ByteView bytes, char* out) {
  if (bytes.empty()) {
    return out;
  }
  out = put_literal_length(bytes.size(), out);
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

// The two bytes of a copy.
std::uint16_t short_copy(std::size_t offset, std::size_t length) {
  return static_cast<std::uint16_t>(tag_copy_short | (length - copy_bytes_min) << 2 |
                                    offset >> 8 << 5 | (offset & 0xff) << 8);
}

// Up to copy_bytes_max; writes four bytes.
char* put_copy(std::size_t offset, std::size_t length, char* out) {
  const bool is_short = length <= short_copy_bytes_max && offset <= short_copy_offset_max;
  const auto full = static_cast<std::uint32_t>(tag_copy | (length - 1) << 2 | offset << 8);
  store_le(out, is_short ? short_copy(offset, length) : full);
  return out + (is_short ? 2 : 3);
}

// Any length of at least copy_bytes_min: what is left for the last must be so much too.
char* put_copies(std::size_t offset, std::size_t length, char* out) {
  while (length > copy_bytes_max) {
    const std::size_t part =
        length < copy_bytes_max + copy_bytes_min ? length - copy_bytes_min : copy_bytes_max;
    out = put_copy(offset, part, out);
    length -= part;
  }
  return put_copy(offset, length, out);
}

char* put_size(std::size_t size, char* out) {
  for (; size >= 0x80; size >>= 7) {
    *out++ = static_cast<char>(size | 0x80);
  }
  *out++ = static_cast<char>(size);
  return out;
}

// How far a body is in its compressed form.
struct Progress {
  std::size_t border;  // the next one
  std::size_t taken;   // bytes of the body that are in the form
  char* out;
};

// Bytes around a border that stand around an earlier one too.
struct Match {
  std::size_t offset;
  std::size_t before;
  std::size_t after;

  std::size_t length() const { return before + after; }

  // Bytes in the form are what counts, and those that are far away take one more.
  std::size_t worth() const { return length() - (offset > short_copy_offset_max ? 1 : 0); }
};

// Compares bytes around two borders of a body, the first words of which are given.
class Around {
 public:
  Around(ByteView body, std::size_t earlier, std::size_t border)
      : left_(body.data() + earlier),
        right_(body.data() + border),
        earlier_(earlier),
        rest_(body.size() - border) {}

  // At most `room`, or eight if that is less.
  std::size_t before(std::size_t room) const {
    std::uint64_t difference = word_at(left_ - 8) ^ word_at(right_ - 8);
    std::size_t length = 0;
    if (difference == 0) [[unlikely]] {
      room = std::min(room, earlier_);
      while (difference == 0 && length + 16 <= room) {
        length += 8;
        difference = word_at(left_ - 8 - length) ^ word_at(right_ - 8 - length);
      }
    }
    return length + equal_end(difference);
  }

  // Looks `reach` bytes ahead each time.
  std::size_t after() const {
    for (std::size_t length = 0;;) {
      const std::size_t equal = equal_reach(left_ + length, right_ + length);
      length += equal;
      if (equal < reach || length + reach > rest_) {
        return length;
      }
    }
  }

 private:
  const char* left_;
  const char* right_;
  std::size_t earlier_;
  std::size_t rest_;
};

Match match(ByteView body, std::size_t earlier, std::size_t border, std::size_t taken) {
  const Around around(body, earlier, border);
  return {
      .offset = border - earlier, .before = around.before(border - taken), .after = around.after()};
}

Match better(const Match& one, const Match& other) {
  const std::uint64_t is_other = mask_less(one.worth(), other.worth());
  return {.offset = select(is_other, other.offset, one.offset),
          .before = select(is_other, other.before, one.before),
          .after = select(is_other, other.after, one.after)};
}

// Puts what has not been taken up to the match, and the match.
[[gnu::always_inline]] inline Progress put(ByteView body, Progress at, Match match) {
  match.before = std::min(match.before, at.border - at.taken);
  const std::size_t length = match.length();
  if (length < copy_bytes_min) {
    return at;
  }
  const std::size_t literal = at.border - match.before - at.taken;
  const char* const from = body.data() + at.taken;
  constexpr std::size_t copied = 16;
  if (literal <= copied) [[likely]] {
    *at.out = static_cast<char>((literal - 1) << 2);
    std::memcpy(at.out + 1, from, copied);
    at.out += literal + (literal > 0 ? 1 : 0);
  } else {
    at.out = put_literal({from, literal}, at.out);
  }
  if (length <= copy_bytes_max) [[likely]] {
    at.out = put_copy(match.offset, length, at.out);
  } else {
    at.out = put_copies(match.offset, length, at.out);
  }
  at.taken = at.border + match.after;
  return at;
}

// The first border behind `border` that has not been taken.
std::size_t next_border(std::size_t border, std::size_t width, std::size_t taken) {
  if (taken <= border + width) [[likely]] {
    return border + width;
  }
  return border + (taken - border + width - 1) / width * width;
}

// The place kept for the bytes at `key`, which from now on is `border`.
std::size_t exchange(SnappyEncoder::Places& places, std::uint32_t key, std::size_t border) {
  constexpr int key_bits = std::countr_zero(SnappyEncoder::places_count);
  std::uint32_t& place = places[key * 0x9e37'79b1U >> (32 - key_bits)];
  return std::exchange(place, static_cast<std::uint32_t>(border));
}

// Where values end their changes, counted back from where they end; 0 for those that change in
// their first byte, as little-endian numbers do.
std::size_t still_bytes(ByteView body, ValueLayout layout) {
  std::size_t still = layout.width;
  const char* value = body.data() + layout.offset;
  for (std::size_t i = 0; i < values_looked_at; ++i, value += layout.width) {
    const char* const next = value + layout.width;
    if (*value != *next) {
      return 0;
    }
    std::size_t same = 0;
    while (same < still && value[layout.width - 1 - same] == next[layout.width - 1 - same]) {
      ++same;
    }
    still = same;
  }
  return still == layout.width ? 0 : still;
}

// The same as equal_start() and equal_end(), but seven of eight equal bytes, which need no branch.
std::size_t mostly_equal_start(std::uint64_t difference) {
  return equal_start(difference | std::uint64_t{1} << 63);
}

std::size_t mostly_equal_end(std::uint64_t difference) {
  return mostly_equal_start(__builtin_bswap64(difference));
}

// Takes, in a loop with all registers to itself, the borders before `limit`, behind each of which a
// body has `reach` bytes.
[[gnu::noinline]] Progress take(ByteView body,
                                Progress at,
                                std::size_t width,
                                std::size_t limit,
                                SnappyEncoder::Places& near,
                                SnappyEncoder::Places& far) {
  for (; at.border < limit; at.border = next_border(at.border, width, at.taken)) {
    const std::size_t border = at.border;
    const auto around = load_le<std::uint32_t>(body.data() + border - 2);
    const auto look = [&](std::size_t earlier) {
      return match(
          body, border - earlier > offset_max ? border - width : earlier, border, at.taken);
    };
    Match best = match(body, border - width, border, at.taken);
    best = better(best, look(exchange(near, around >> 8 << 8, border)));
    best = better(best, look(exchange(far, around << 8, border)));
    at = put(body, at, best);
  }
  return at;
}

// The same for values of a word, without a branch that depends on where they change: what stands
// around a border is in two words, and copies have the short form.  Equal values are for put().
[[gnu::noinline]] Progress take_words(ByteView body,
                                      Progress at,
                                      std::size_t limit,
                                      SnappyEncoder::Places& places) {
  constexpr std::size_t width = sizeof(std::uint64_t);
  const char* const bytes = body.data();
  std::size_t taken = at.taken;
  char* out = at.out;
  std::size_t border = at.border;
  while (border < limit) {
    const std::uint64_t last = word_at(bytes + border - width);
    const std::uint64_t next = word_at(bytes + border);
    const auto key = static_cast<std::uint32_t>(last >> 48 | next << 16);
    const std::size_t kept = exchange(places, key << 8, border);
    const std::size_t other =
        select(mask_less(short_copy_offset_max, border - kept), border - width, kept);
    const std::size_t before = mostly_equal_end(last ^ word_at(bytes + border - 2 * width));
    const std::size_t after = mostly_equal_start(next ^ last);
    const std::size_t other_before = mostly_equal_end(last ^ word_at(bytes + other - width));
    const std::size_t other_after = mostly_equal_start(next ^ word_at(bytes + other));
    const std::uint64_t is_other = mask_less(before + after, other_before + other_after);
    const std::size_t start = border - select(is_other, other_before, before);
    const std::size_t end = border + select(is_other, other_after, after);
    const std::size_t offset = select(is_other, border - other, width);
    const std::size_t length = end - start;
    const std::size_t literal = start - taken;
    // Also false where the match begins among bytes that are taken.
    if (literal <= width && length - copy_bytes_min <= short_copy_bytes_max - copy_bytes_min)
        [[likely]] {
      *out = static_cast<char>((literal - 1) << 2);
      store_le(out + 1, word_at(bytes + taken));
      out += literal + (literal > 0 ? 1 : 0);
      store_le(out, short_copy(offset, length));
      out += 2;
      taken = end;
      border += width;
    } else {
      const Progress put_one = put(body,
                                   {.border = border, .taken = taken, .out = out},
                                   match(body, border - offset, border, taken));
      taken = put_one.taken;
      out = put_one.out;
      border = next_border(border, width, taken);
    }
  }
  return {.border = border, .taken = taken, .out = out};
}

}  // namespace

std::optional<std::size_t> SnappyEncoder::encode(ByteView body, ValueLayout layout, char* out) {
  const std::size_t width = layout.width;
  SLUICE_CHECK(layout.offset <= body.size());
  if (body.size() < snappy_body_bytes_min || width < snappy_value_bytes_min ||
      width > snappy_value_bytes_max ||
      width > (body.size() - layout.offset) / (values_looked_at + 1)) {
    return std::nullopt;
  }
  // The first border with a word before the one with which it is compared.
  const std::size_t first = layout.offset + 3 * width - still_bytes(body, layout);
  near_.fill(static_cast<std::uint32_t>(first - width));
  far_.fill(static_cast<std::uint32_t>(first - width));
  Progress at{.border = first, .taken = 0, .out = put_size(body.size(), out)};
  const auto size = [&] { return static_cast<std::size_t>(at.out - out); };
  const auto take_until = [&](std::size_t limit) {
    at = width == sizeof(std::uint64_t) ? take_words(body, at, limit, far_)
                                        : take(body, at, width, limit, near_, far_);
  };
  const std::size_t end = body.size() - reach;
  take_until(std::min(end, first + sample_bytes));
  if (!is_small(size() + at.border - std::min(at.border, at.taken), at.border)) {
    return std::nullopt;
  }
  take_until(end);
  at.out = put_literal(body.substr(at.taken), at.out);
  if (!is_small(size(), body.size())) {
    return std::nullopt;
  }
  return size();
}

}  // namespace sluice::parquet
