// The text of an input, decompressed where its first bytes say that it is compressed.
#include "cli/input_text.h"

#include "base/bytes.h"
#include "base/check.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

// What is read of a compressed input at once.
constexpr std::size_t input_bytes = std::size_t{256} << 10;

constexpr std::size_t magic_bytes = 4;

Compression compression_of(ByteView beginning) {
  // RFC 8878, 3.1.1 and 3.1.2: the low four bits of a skippable frame's magic are free.
  constexpr std::uint32_t frame = 0xFD2FB528;
  constexpr std::uint32_t skippable_frame = 0x184D2A50;
  constexpr std::uint32_t free_bits = 0xF;
  if (beginning.starts_with("\x1f\x8b")) {  // RFC 1952, 2.3.1
    return Compression::gzip;
  }
  if (beginning.size() < magic_bytes) {
    return Compression::none;
  }
  const auto magic = load_le<std::uint32_t>(beginning.data());
  return magic == frame || (magic & ~free_bits) == skippable_frame ? Compression::zstd
                                                                   : Compression::none;
}

std::string_view name_of(Compression compression) {
  return compression == Compression::gzip ? "gzip" : "zstd";
}

}  // namespace

// Compressed bytes lie in buffer[begin, end); a stream is a gzip member or a zstd frame.
struct InputText::State {
  State(ReadBytes source, std::string its_name)
      : read(std::move(source)), name(std::move(its_name)) {
    buffer.resize(input_bytes);
  }

  ~State() {
    if (compression == Compression::gzip) {
      ::inflateEnd(&inflater);
    }
    ZSTD_freeDCtx(zstd);
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> fill();
  Result<void> look_at_beginning();
  Result<std::size_t> decompress(char* to, std::size_t count);
  Result<bool> begin_stream();
  Result<std::size_t> inflate(char* to, std::size_t count);
  Result<std::size_t> decode_zstd(char* to, std::size_t count);
  std::unexpected<Error> damaged(std::string_view why) const;

  ReadBytes read;
  std::string name;
  std::vector<char> buffer;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t bytes_before = 0;  // of the input, ahead of the buffer
  bool is_at_end = false;
  bool is_known = false;
  Compression compression = Compression::none;
  bool is_in_stream = false;
  z_stream inflater{};
  ZSTD_DCtx* zstd = nullptr;
};

// Behind what is there.
Result<void> InputText::State::fill() {
  if (begin == end) {
    bytes_before += end;
    begin = 0;
    end = 0;
  }
  SLUICE_TRY(count, read(buffer.data() + end, buffer.size() - end));
  end += count;
  is_at_end = count == 0;
  return {};
}

Result<void> InputText::State::look_at_beginning() {
  while (end < magic_bytes && !is_at_end) {
    SLUICE_TRY_DO(fill());
  }
  compression = compression_of(ByteView(buffer.data(), end));
  is_known = true;
  if (compression == Compression::gzip) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    SLUICE_CHECK(::inflateInit2(&inflater, gzip_only) == Z_OK);
    is_in_stream = true;
  } else if (compression == Compression::zstd) {
    zstd = ZSTD_createDCtx();
    SLUICE_CHECK(zstd != nullptr);
    is_in_stream = true;
  }
  return {};
}

std::unexpected<Error> InputText::State::damaged(std::string_view why) const {
  return fail(Fault::corrupt,
              fmt::format("cannot read {}: its {} data is damaged near byte {}: {}",
                          name,
                          name_of(compression),
                          bytes_before + begin,
                          why));
}

Result<std::size_t> InputText::State::decompress(char* to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    if (begin == end && !is_at_end) {
      SLUICE_TRY_DO(fill());
    }
    if (!is_in_stream) {
      SLUICE_TRY(has_begun, begin_stream());
      if (!has_begun && is_at_end) {
        break;
      }
      continue;
    }
    const bool is_all_in = begin == end;
    SLUICE_TRY(got,
               compression == Compression::gzip ? inflate(to + done, count - done)
                                                : decode_zstd(to + done, count - done));
    done += got;
    if (is_all_in && got == 0 && is_in_stream) {
      return fail(Fault::corrupt,
                  fmt::format("cannot read {}: it is cut off: its {} data ends at byte {} before "
                              "it is complete",
                              name,
                              name_of(compression),
                              bytes_before + end));
    }
  }
  return done;
}

// Between two streams.  False when nothing is at hand that could be one.
Result<bool> InputText::State::begin_stream() {
  // Tapes and block devices fill up what they hold; gzip itself takes it so too.
  while (compression == Compression::gzip && begin < end && buffer[begin] == '\0') {
    ++begin;
  }
  if (begin == end) {
    return false;
  }
  if (compression == Compression::gzip) {
    SLUICE_CHECK(::inflateReset(&inflater) == Z_OK);
  }
  is_in_stream = true;
  return true;
}

Result<std::size_t> InputText::State::inflate(char* to, std::size_t count) {
  constexpr std::size_t count_max = std::numeric_limits<uInt>::max();
  const std::size_t room = std::min(count, count_max);
  inflater.next_in = reinterpret_cast<Bytef*>(buffer.data() + begin);
  inflater.avail_in = static_cast<uInt>(end - begin);
  inflater.next_out = reinterpret_cast<Bytef*>(to);
  inflater.avail_out = static_cast<uInt>(room);
  const int outcome = ::inflate(&inflater, Z_NO_FLUSH);
  begin = end - inflater.avail_in;
  // Z_BUF_ERROR: there was nothing to do it with.
  if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
    return damaged(inflater.msg == nullptr ? "unknown" : inflater.msg);
  }
  is_in_stream = outcome != Z_STREAM_END;
  return room - inflater.avail_out;
}

Result<std::size_t> InputText::State::decode_zstd(char* to, std::size_t count) {
  ZSTD_inBuffer in{buffer.data(), end, begin};
  ZSTD_outBuffer out{to, count, 0};
  const std::size_t left = ZSTD_decompressStream(zstd, &out, &in);
  begin = in.pos;
  if (ZSTD_isError(left) != 0) {
    return damaged(ZSTD_getErrorName(left));
  }
  is_in_stream = left != 0;
  return out.pos;
}

InputText::InputText(ReadBytes read, std::string name)
    : state_(std::make_unique<State>(std::move(read), std::move(name))) {}

InputText::~InputText() = default;
InputText::InputText(InputText&&) noexcept = default;
InputText& InputText::operator=(InputText&&) noexcept = default;

Result<std::size_t> InputText::read(char* to, std::size_t count) {
  SLUICE_CHECK(state_ != nullptr);
  State& state = *state_;
  if (!state.is_known) {
    SLUICE_TRY_DO(state.look_at_beginning());
  }
  if (state.compression != Compression::none) {
    return state.decompress(to, count);
  }
  if (state.begin < state.end) {
    const std::size_t bytes = std::min(count, state.end - state.begin);
    std::memcpy(to, state.buffer.data() + state.begin, bytes);
    state.begin += bytes;
    return bytes;
  }
  return state.is_at_end ? Result<std::size_t>(0) : state.read(to, count);
}

Compression InputText::compression() const {
  return state_->compression;
}

}  // namespace sluice::cli
