#include "aws/cbor.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace sluice::aws {

namespace {

constexpr int depth_max = 64;

enum class Major : std::uint8_t {
  positive,
  negative,
  bytes,
  text,
  array,
  map,
  tag,
  other,
};

constexpr std::uint8_t info_8 = 24;  // the argument follows in so many bits
constexpr std::uint8_t info_16 = 25;
constexpr std::uint8_t info_32 = 26;
constexpr std::uint8_t info_64 = 27;
constexpr std::uint8_t info_indefinite = 31;

constexpr std::uint8_t simple_false = 20;
constexpr std::uint8_t simple_true = 21;
constexpr std::uint8_t simple_null = 22;
constexpr std::uint8_t simple_undefined = 23;

constexpr std::uint64_t tag_time = 1;
constexpr double int64_bound = 9223372036854775808.0;
constexpr char byte_break = '\xff';

bool is_time(std::string_view name) {
  return name.ends_with("Timestamp");
}

// An item's first byte with its argument.
struct Head {
  Major major = Major::other;
  std::uint8_t info = 0;
  std::uint64_t argument = 0;

  bool is_indefinite() const { return info == info_indefinite; }
};

double half_to_double(std::uint16_t half) {
  constexpr int bias_and_mantissa = 25;
  const int exponent = half >> 10 & 0x1f;
  const int mantissa = half & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, 1 - bias_and_mantissa);
  } else if (exponent != 0x1f) {
    value = std::ldexp(mantissa + 0x400, exponent - bias_and_mantissa);
  } else {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  }
  return (half & 0x8000) != 0 ? -value : value;
}

class Reader {
 public:
  explicit Reader(ByteView cbor) : cbor_(cbor) {}

  Result<std::string> read() {
    SLUICE_TRY_DO(read_value(depth_max, false));
    if (at_ != cbor_.size()) {
      return broken("bytes behind its end");
    }
    return std::move(out_);
  }

 private:
  std::unexpected<Error> broken(std::string_view what) const {
    return fail(Fault::invalid, fmt::format("the CBOR has {} at byte {}", what, at_));
  }

  Result<Head> read_head() {
    if (at_ == cbor_.size()) {
      return broken("no more bytes");
    }
    const auto first = static_cast<std::uint8_t>(cbor_[at_++]);
    Head head{.major = static_cast<Major>(first >> 5),
              .info = static_cast<std::uint8_t>(first & 0x1f)};
    if (head.info < info_8) {
      head.argument = head.info;
      return head;
    }
    if (head.info > info_64) {
      const bool may_be_indefinite =
          (head.major >= Major::bytes && head.major <= Major::map) || head.major == Major::other;
      return head.is_indefinite() && may_be_indefinite ? Result<Head>(head)
                                                       : broken("a length that does not exist");
    }
    const std::size_t bytes = std::size_t{1} << (head.info - info_8);
    if (cbor_.size() - at_ < bytes) {
      return broken("a number that is cut off");
    }
    for (std::size_t i = 0; i < bytes; ++i) {
      head.argument = head.argument << 8 | static_cast<std::uint8_t>(cbor_[at_++]);
    }
    return head;
  }

  bool take_break() {
    const bool is_break = at_ < cbor_.size() && cbor_[at_] == byte_break;
    at_ += is_break ? 1 : 0;
    return is_break;
  }

  // The characters or bytes of a string, its chunks joined.
  Result<std::string> read_string(const Head& head) {
    std::string joined;
    if (!head.is_indefinite()) {
      SLUICE_TRY_DO(append_chunk(head, joined));
      return joined;
    }
    while (!take_break()) {
      SLUICE_TRY(chunk, read_head());
      if (chunk.major != head.major || chunk.is_indefinite()) {
        return broken("a string with a part that is none");
      }
      SLUICE_TRY_DO(append_chunk(chunk, joined));
    }
    return joined;
  }

  Result<void> append_chunk(const Head& head, std::string& to) {
    if (head.argument > cbor_.size() - at_) {
      return broken("a string that is cut off");
    }
    to.append(cbor_.substr(at_, head.argument));
    at_ += head.argument;
    return {};
  }

  Result<std::string> read_text(const Head& head) {
    SLUICE_TRY(text, read_string(head));
    if (!is_utf8(text)) {
      return broken("a text that is not UTF-8");
    }
    return text;
  }

  // `in_time`: the value belongs to a time.
  Result<void> read_value(int depth, bool in_time) {
    if (depth == 0) {
      return broken(fmt::format("more than {} levels", depth_max));
    }
    SLUICE_TRY(head, read_head());
    switch (head.major) {
      case Major::positive:
        put_number(head.argument, false, in_time);
        return {};
      case Major::negative:
        put_number(head.argument, true, in_time);
        return {};
      case Major::bytes: {
        SLUICE_TRY(bytes, read_string(head));
        out_.push_back('"');
        base64_append(out_, bytes);
        out_.push_back('"');
        return {};
      }
      case Major::text: {
        SLUICE_TRY(text, read_text(head));
        json::append_string(out_, text);
        return {};
      }
      case Major::array:
        return read_array(head, depth);
      case Major::map:
        return read_map(head, depth);
      case Major::tag:
        return read_value(depth - 1, in_time || head.argument == tag_time);
      case Major::other:
        break;
    }
    return read_other(head, in_time);
  }

  // Calls `read_one` for as many items as the head says.
  template <class ReadOne>
  Result<void> read_items(const Head& head, ReadOne read_one) {
    for (std::uint64_t i = 0; head.is_indefinite() ? !take_break() : i < head.argument; ++i) {
      if (i > 0) {
        out_.push_back(',');
      }
      SLUICE_TRY_DO(read_one());
    }
    return {};
  }

  Result<void> read_array(const Head& head, int depth) {
    out_.push_back('[');
    SLUICE_TRY_DO(read_items(head, [&] { return read_value(depth - 1, false); }));
    out_.push_back(']');
    return {};
  }

  Result<void> read_map(const Head& head, int depth) {
    out_.push_back('{');
    SLUICE_TRY_DO(read_items(head, [&]() -> Result<void> {
      SLUICE_TRY(key, read_head());
      if (key.major != Major::text) {
        return broken("a name that is no text");
      }
      SLUICE_TRY(name, read_text(key));
      json::append_string(out_, name);
      out_.push_back(':');
      return read_value(depth - 1, is_time(name));
    }));
    out_.push_back('}');
    return {};
  }

  Result<void> read_other(const Head& head, bool in_time) {
    switch (head.info) {
      case simple_false:
        out_.append("false");
        return {};
      case simple_true:
        out_.append("true");
        return {};
      case simple_null:
      case simple_undefined:
        out_.append("null");
        return {};
      case info_16:
        return put_real(half_to_double(static_cast<std::uint16_t>(head.argument)), in_time);
      case info_32:
        return put_real(std::bit_cast<float>(static_cast<std::uint32_t>(head.argument)), in_time);
      case info_64:
        return put_real(std::bit_cast<double>(head.argument), in_time);
      default:
        return broken("a value of no known kind");
    }
  }

  // Negative numbers are -1 - magnitude.
  void put_number(std::uint64_t magnitude, bool is_negative, bool in_time) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (in_time && magnitude <= most) {
      const auto millis = static_cast<std::int64_t>(magnitude);
      json::append_timestamp(out_, unix_millis(is_negative ? -1 - millis : millis));
    } else if (!is_negative) {
      out_.append(std::to_string(magnitude));
    } else if (magnitude <= most) {
      out_.append(std::to_string(-1 - static_cast<std::int64_t>(magnitude)));
    } else {
      json::append_double(out_, -1.0 - static_cast<double>(magnitude));
    }
  }

  Result<void> put_real(double value, bool in_time) {
    if (in_time) {
      constexpr double millis_a_second = 1000;
      value /= millis_a_second;
    }
    json::append_double(out_, value);
    return {};
  }

  ByteView cbor_;
  std::size_t at_ = 0;
  std::string out_;
};

class Writer {
 public:
  Bytes write(json::View value) && {
    put(value, {});
    return std::move(out_);
  }

 private:
  void put_head(Major major, std::uint64_t argument) {
    const auto high = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5);
    if (argument < info_8) {
      out_.push_back(static_cast<char>(high | argument));
      return;
    }
    std::uint8_t info = info_8;
    unsigned bits = 8;
    while (bits < 64 && argument >> bits != 0) {
      bits *= 2;
      ++info;
    }
    out_.push_back(static_cast<char>(high | info));
    while (bits > 0) {
      bits -= 8;
      out_.push_back(static_cast<char>(argument >> bits & 0xff));
    }
  }

  void put_indefinite(Major major) {
    out_.push_back(static_cast<char>(static_cast<unsigned>(major) << 5 | info_indefinite));
  }

  void put_simple(std::uint8_t simple) { put_head(Major::other, simple); }

  void put_integer(std::int64_t value) {
    if (value < 0) {
      put_head(Major::negative, static_cast<std::uint64_t>(-1 - value));
    } else {
      put_head(Major::positive, static_cast<std::uint64_t>(value));
    }
  }

  void put_bytes(Major major, ByteView bytes) {
    put_head(major, bytes.size());
    out_.append(bytes);
  }

  void put_number(json::View value, std::string_view name) {
    const double number = value.as_double().value_or(0);
    if (is_time(name)) {
      constexpr double millis_a_second = 1000;
      constexpr double millis_max = 1e15;
      put_head(Major::tag, tag_time);
      put_integer(std::llround(std::clamp(number * millis_a_second, -millis_max, millis_max)));
    } else if (const auto whole = value.as_int64()) {
      put_integer(*whole);
    } else if (std::trunc(number) == number && std::abs(number) < int64_bound) {
      // Its fraction is finer than a double can hold.
      put_integer(static_cast<std::int64_t>(number));
    } else {
      put_head_of_double(number);
    }
  }

  void put_head_of_double(double number) {
    const auto bits = std::bit_cast<std::uint64_t>(number);
    out_.push_back(static_cast<char>(static_cast<unsigned>(Major::other) << 5 | info_64));
    for (int shift = 56; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<char>(bits >> shift & 0xff));
    }
  }

  // `name` is the member's whose value this is.
  void put(json::View value, std::string_view name) {
    switch (value.kind()) {
      case json::Kind::null:
        return put_simple(simple_null);
      case json::Kind::boolean:
        return put_simple(*value.as_bool() ? simple_true : simple_false);
      case json::Kind::number:
        return put_number(value, name);
      case json::Kind::string: {
        const auto blob = name == "Data" ? base64_decode(value.text()) : std::nullopt;
        return blob ? put_bytes(Major::bytes, *blob) : put_bytes(Major::text, value.text());
      }
      case json::Kind::array:
        put_indefinite(Major::array);
        for (const json::View element : value.elements()) {
          put(element, {});
        }
        out_.push_back(byte_break);
        return;
      case json::Kind::object:
        put_indefinite(Major::map);
        for (const json::Member& member : value.members()) {
          put_bytes(Major::text, member.key);
          put(member.value, member.key);
        }
        out_.push_back(byte_break);
        return;
    }
  }

  Bytes out_;
};

}  // namespace

Result<std::string> json_of_cbor(ByteView cbor) {
  return Reader(cbor).read();
}

Bytes cbor_of_json(json::View value) {
  return Writer().write(value);
}

}  // namespace sluice::aws
