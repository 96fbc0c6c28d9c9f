// Learning shapes, and reading the values that stand in them.
#include "json/shape.h"

#include "base/check.h"
#include "json/scan.h"
#include "json/wide.h"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sluice::json {
namespace {

// skip_plain(), sixteen bytes at a time where the machine can.
[[gnu::always_inline]] inline const char* skip_plain_wide(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i blank = _mm_set1_epi8(0x20);
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // As signed numbers, control characters and all beyond ASCII are below the blank.
    const __m128i hits =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_cmplt_epi8(bytes, blank));
    const int mask = _mm_movemask_epi8(hits);
    if (mask != 0) {
      return at + std::countr_zero(static_cast<unsigned>(mask));
    }
    at += 16;
  }
#endif
  return skip_plain(at, end);
}

// From a string's opening quote: behind its closing one, or null.
[[gnu::always_inline]] inline const char* match_string(const char* at,
                                                       const char* end,
                                                       Node& value) {
  const char* const begin = at + 1;
  at = skip_plain_wide(begin, end);
  while (at != end && *at != '"') {
    // Zero for a wrong sequence, and for a backslash or a control character.
    const std::size_t length = sequence_length(at, end);
    if (length == 0) {
      return nullptr;
    }
    at = skip_plain_wide(at + length, end);
  }
  if (at == end) {
    return nullptr;
  }
  value = {begin, static_cast<std::uint32_t>(at - begin), 1, 0, Kind::string, false};
  return at + 1;
}

// From '-' or a digit on.
[[gnu::always_inline]] inline const char* match_number(const char* at,
                                                       const char* end,
                                                       Node& value) {
  const char* const begin = at;
  at += *at == '-' ? 1 : 0;
  const char* const digits = at;
  at = skip_digits(at, end);
  if (at == digits || (*digits == '0' && at - digits > 1)) {
    return nullptr;
  }
  bool is_integer = true;
  if (at != end && *at == '.') {
    const char* const fraction = at + 1;
    at = skip_digits(fraction, end);
    is_integer = false;
    if (at == fraction) {
      return nullptr;
    }
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    at += at != end && (*at == '+' || *at == '-') ? 1 : 0;
    const char* const exponent = at;
    at = skip_digits(exponent, end);
    is_integer = false;
    if (at == exponent) {
      return nullptr;
    }
  }
  value = {begin, static_cast<std::uint32_t>(at - begin), 1, 0, Kind::number, is_integer};
  return at;
}

const char* match_word(
    const char* at, const char* end, std::string_view word, Kind kind, Node& value) {
  if (static_cast<std::size_t>(end - at) < word.size() ||
      std::memcmp(at, word.data(), word.size()) != 0) {
    return nullptr;
  }
  value = {at, static_cast<std::uint32_t>(word.size()), 1, 0, kind, false};
  return at + word.size();
}

[[gnu::always_inline]] inline const char* match_scalar(const char* at,
                                                       const char* end,
                                                       Node& value) {
  if (at == end) {
    return nullptr;
  }
  switch (*at) {
    case '"':
      return match_string(at, end, value);
    case 't':
      return match_word(at, end, "true", Kind::boolean, value);
    case 'f':
      return match_word(at, end, "false", Kind::boolean, value);
    case 'n':
      return match_word(at, end, "null", Kind::null, value);
    default:
      return *at == '-' || is_digit(*at) ? match_number(at, end, value) : nullptr;
  }
}

// Blanks within a line.
const char* skip_blanks(const char* at, const char* end) {
  while (at != end && (*at == ' ' || *at == '\t')) {
    ++at;
  }
  return at;
}

// Deeper containers are left to the full parser.
constexpr int depth_max = 32;

const char* match_container(const char* at, const char* end, int depth, Node& value);

const char* match_any(const char* at, const char* end, int depth, Node& value) {
  const bool is_container = at != end && (*at == '[' || *at == '{');
  return is_container ? match_container(at, end, depth, value) : match_scalar(at, end, value);
}

// A key and its colon; the place of its value, or null.
const char* match_key(const char* at, const char* end) {
  Node key;
  at = at != end && *at == '"' ? match_string(at, end, key) : nullptr;
  at = at == nullptr ? at : skip_blanks(at, end);
  return at != nullptr && at != end && *at == ':' ? skip_blanks(at + 1, end) : nullptr;
}

// An array or object, from its opening bracket on.
const char* match_container(const char* at, const char* end, int depth, Node& value) {
  const char* const begin = at;
  const bool is_object = *at == '{';
  const char closing = is_object ? '}' : ']';
  std::uint32_t elements = 0;
  at = skip_blanks(at + 1, end);
  while (depth < depth_max && at != end && (elements > 0 || *at != closing)) {
    Node element;
    at = is_object ? match_key(at, end) : at;
    at = at == nullptr ? at : match_any(at, end, depth + 1, element);
    at = at == nullptr ? at : skip_blanks(at, end);
    ++elements;
    if (at == nullptr || at == end || (*at != ',' && *at != closing)) {
      return nullptr;
    }
    if (*at == closing) {
      break;
    }
    at = skip_blanks(at + 1, end);
  }
  if (depth == depth_max || at == end) {
    return nullptr;
  }
  value = {begin,
           static_cast<std::uint32_t>(at + 1 - begin),
           1,
           elements,
           is_object ? Kind::object : Kind::array,
           false};
  return at + 1;
}

// The bytes of a valid string from its opening quote to behind its closing one.
std::size_t quoted_bytes(ByteView text) {
  std::size_t at = 1;
  while (text[at] != '"') {
    at += text[at] == '\\' ? 2 : 1;
  }
  return at + 1;
}

}  // namespace

// Walks a document in the order of its text.
class Shape::Learner {
 public:
  Learner(Shape& shape, ByteView text, std::span<const View> whole)
      : shape_(shape), text_(text), whole_(whole) {}

  bool walk(View object) {
    for (const Member member : object.members()) {
      const bool is_learned = is_walked(member.value) ? walk(member.value) : take(member.value);
      if (!is_learned) {
        return false;
      }
    }
    return true;
  }

  // The literal behind the last value, without what follows the document.
  bool finish() {
    std::size_t end = text_.size();
    while (end > at_ && is_space(text_[end - 1])) {
      --end;
    }
    shape_.tail_ = static_cast<std::uint32_t>(shape_.literals_.size());
    shape_.tail_bytes_ = static_cast<std::uint32_t>(end - at_);
    shape_.literals_.append(text_.substr(at_, end - at_));
    return shape_.literals_.size() <= literal_bytes_max &&
           shape_.literals_.find('\n') == Bytes::npos;
  }

 private:
  bool is_walked(View value) const {
    const auto is_it = [value](View other) { return &other.node() == &value.node(); };
    return value.is(Kind::object) && std::ranges::none_of(whole_, is_it);
  }

  // A value and the literal before it; a string with its quotes.
  bool take(View value) {
    if (shape_.parts_.size() == values_max) {
      return false;
    }
    const Node& node = value.node();
    const bool is_text = node.kind == Kind::string;
    const char* const begin = is_text ? text_.data() + node.detail : node.data;
    const std::size_t bytes = is_text ? quoted_bytes(text_.substr(node.detail)) : node.size;
    const auto offset = static_cast<std::size_t>(begin - text_.data());
    SLUICE_CHECK(offset >= at_);
    SLUICE_CHECK(offset + bytes <= text_.size());
    shape_.parts_.push_back({static_cast<std::uint32_t>(shape_.literals_.size()),
                             static_cast<std::uint32_t>(offset - at_),
                             node.kind});
    shape_.literals_.append(text_.substr(at_, offset - at_));
    shape_.learned_.push_back(&node);
    at_ = offset + bytes;
    return shape_.literals_.size() <= literal_bytes_max;
  }

  Shape& shape_;
  ByteView text_;
  std::span<const View> whole_;
  std::size_t at_ = 0;
};

bool Shape::learn(ByteView text, View document, std::span<const View> whole) {
  parts_.clear();
  literals_.clear();
  learned_.clear();
  Learner learner(*this, text, whole);
  // A byte order mark may stand before the first record of a text only.
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_learned = first != ByteView::npos && text[first] == '{' &&
                          document.is(Kind::object) && learner.walk(document) && !parts_.empty() &&
                          learner.finish();
  if (!is_learned) {
    parts_.clear();
  }
  literals_.push_back('\n');
  literals_.append(wide_step, '\0');
  return is_learned;
}

std::optional<std::size_t> Shape::index_of(View value) const {
  for (std::size_t index = 0; index < learned_.size(); ++index) {
    if (learned_[index] == &value.node()) {
      return index;
    }
  }
  return std::nullopt;
}

const char* Shape::read_value(const char* at, const char* end, bool may_be_container, Node& value) {
  return may_be_container ? match_any(at, end, 0, value) : match_scalar(at, end, value);
}

}  // namespace sluice::json
