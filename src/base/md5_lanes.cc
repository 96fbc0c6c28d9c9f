// MD5 (RFC 1321) in lanes: sixteen texts stand beside each other in vectors of sixteen words, and
// every step is done for all of them.  A step waits for the one before it, so one text alone leaves
// the machine idle most of the time.
#include "base/md5_lanes.h"

#include "base/check.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace sluice {

void md5_each_portable(std::span<const ByteView> texts, std::span<Md5Digest> digests) {
  SLUICE_CHECK(texts.size() == digests.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    digests[i] = md5(texts[i]);
  }
}

#if defined(__x86_64__) && defined(__clang__)

namespace {

constexpr std::size_t lanes = 16;
constexpr std::size_t words = 16;  // of a block
constexpr std::size_t one_block_bytes_max = 55;

using Vector = std::uint32_t __attribute__((vector_size(4 * lanes)));

// A block a lane, word by word: words_[w] holds word w of each.
class Blocks {
 public:
  void set(std::size_t lane, ByteView text) {
    std::array<char, 4 * words> block{};
    text.copy(block.data(), text.size());  // nothing, from nowhere, too
    block[text.size()] = static_cast<char>(0x80);
    for (std::size_t word = 0; word < words - 2; ++word) {
      words_[word][lane] = load_le<std::uint32_t>(block.data() + 4 * word);
    }
    words_[words - 2][lane] = static_cast<std::uint32_t>(8 * text.size());
    words_[words - 1][lane] = 0;
  }

  const std::uint32_t* word(std::size_t index) const { return words_[index].data(); }

 private:
  alignas(64) std::array<std::array<std::uint32_t, lanes>, words> words_{};
};

struct States {
  alignas(64) std::array<std::array<std::uint32_t, lanes>, 4> words;
};

constexpr std::array<std::uint32_t, 4> start = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

// The integer parts of 2^32 * |sin(i)|, i from 1 on (RFC 1321, 3.4).
constexpr std::array<std::uint32_t, 64> sines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

// How far the sum of a step is turned, by round and step modulo 4.
constexpr std::array<std::array<int, 4>, 4> turns = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

constexpr std::size_t word_of_step(std::size_t step) {
  switch (step / 16) {
    case 0:
      return step;
    case 1:
      return (5 * step + 1) % 16;
    case 2:
      return (3 * step + 5) % 16;
    default:
      return 7 * step % 16;
  }
}

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

template <std::size_t round>
[[gnu::always_inline]] inline void mix(const Vector& b,
                                       const Vector& c,
                                       const Vector& d,
                                       Vector& mixed) {
  if constexpr (round == 0) {
    mixed = d ^ (b & (c ^ d));
  } else if constexpr (round == 1) {
    mixed = c ^ (d & (b ^ c));
  } else if constexpr (round == 2) {
    mixed = b ^ c ^ d;
  } else {
    mixed = c ^ (b | ~d);
  }
}

template <std::size_t step>
[[gnu::always_inline]] inline void take_step(const Blocks& blocks, std::array<Vector, 4>& state) {
  constexpr std::size_t round = step / 16;
  constexpr int turn = turns[round][step % 4];
  // The four words change places with each step; instead of moving them, their names turn.
  Vector& a = state[(64 - step) % 4];
  const Vector& b = state[(65 - step) % 4];
  const Vector& c = state[(66 - step) % 4];
  const Vector& d = state[(67 - step) % 4];
  Vector word;
  std::memcpy(&word, blocks.word(word_of_step(step)), sizeof word);
  Vector mixed;
  mix<round>(b, c, d, mixed);
  const Vector sum = a + word + sines[step] + mixed;
  a = b + ((sum << turn) | (sum >> (32 - turn)));
}

template <std::size_t... steps>
[[gnu::always_inline]] inline void take_steps(const Blocks& blocks,
                                              std::array<Vector, 4>& state,
                                              std::index_sequence<steps...> /*of*/) {
  (take_step<steps>(blocks, state), ...);
}

void digest_blocks(const Blocks& blocks, States& out) {
  std::array<Vector, 4> state{};
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] = Vector{} + start[i];
  }
  take_steps(blocks, state, std::make_index_sequence<64>());
  for (std::size_t i = 0; i < state.size(); ++i) {
    state[i] += start[i];
    std::memcpy(out.words[i].data(), &state[i], sizeof state[i]);
  }
}

#pragma clang attribute pop

// Texts that wait until all lanes are taken.
class Lanes {
 public:
  explicit Lanes(std::span<Md5Digest> digests) : digests_(digests) {}

  void add(std::size_t index, ByteView text) {
    blocks_.set(used_, text);
    index_of_lane_[used_] = index;
    if (++used_ == lanes) {
      flush();
    }
  }

  // Digests what waits.
  void flush() {
    if (used_ == 0) {
      return;
    }
    States states{};
    digest_blocks(blocks_, states);
    for (std::size_t lane = 0; lane < used_; ++lane) {
      char digest[16];
      for (std::size_t word = 0; word < 4; ++word) {
        store_le(digest + 4 * word, states.words[word][lane]);
      }
      std::memcpy(digests_[index_of_lane_[lane]].data(), digest, sizeof digest);
    }
    used_ = 0;
  }

 private:
  Blocks blocks_;
  std::size_t used_ = 0;
  std::span<Md5Digest> digests_;
  std::array<std::size_t, lanes> index_of_lane_{};
};

}  // namespace

void md5_each(std::span<const ByteView> texts, std::span<Md5Digest> digests) {
  SLUICE_CHECK(texts.size() == digests.size());
  // A few texts are sooner done one by one.
  constexpr std::size_t texts_min = 4;
  if (texts.size() < texts_min || __builtin_cpu_supports("avx2") == 0) {
    return md5_each_portable(texts, digests);
  }
  Lanes waiting(digests);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() <= one_block_bytes_max) {
      waiting.add(i, texts[i]);
    } else {
      digests[i] = md5(texts[i]);
    }
  }
  waiting.flush();
}

#else

void md5_each(std::span<const ByteView> texts, std::span<Md5Digest> digests) {
  md5_each_portable(texts, digests);
}

#endif

}  // namespace sluice
