#include "delivery/plain_selection.h"

#include "base/check.h"
#include "delivery/jq_text.h"
#include "delivery/partition_value.h"
#include "json/scan.h"

#include <algorithm>
#include <utility>

namespace sluice::delivery {
namespace {

using json::Kind;
using json::View;

// jq 1.6 nests 256 deep and counts an object twice.
constexpr std::uint32_t depth_max = 64;

// What the path leads to, absent where it ends early, which for jq is null; std::nullopt for jq's
// error.
std::optional<View> follow(View value, std::span<const std::string> path) {
  for (const std::string& key : path) {
    if (value.is_missing_or_null()) {
      return View();
    }
    if (!value.is(Kind::object)) {
      return std::nullopt;
    }
    value = value.find(key);
  }
  return value;
}

bool starts_with_byte_order_mark(ByteView record) {
  return record.starts_with("\xef\xbb\xbf");
}

// The characters [first, end) of a string.
std::string_view sliced(std::string_view text, std::uint32_t first, std::uint32_t end) {
  const auto skip = [text](std::size_t at, std::uint32_t characters) {
    for (; at < text.size() && characters > 0; --characters) {
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) {
        ++at;
      }
    }
    return at;
  };
  const std::size_t from = skip(0, first);
  return text.substr(from, skip(from, end > first ? end - first : 0) - from);
}

// Why the value of a key is none, whose text was found if it has one; empty when it is one.
std::string_view objection_to(View value, std::string_view text) {
  if (value.is(Kind::array) || value.is(Kind::object)) {
    return value_is_no_scalar;
  }
  return text.empty() ? value_is_null_or_empty : std::string_view();
}

}  // namespace

// Reads one selection.
class PlainSelection::Reader {
 public:
  explicit Reader(std::string_view expression) : text_(expression) {}

  // std::nullopt when the expression is something else.
  std::optional<Selection> read() {
    Selection selection;
    while (!text_.at_end() && !selection.slice) {
      if (!take_step(selection)) {
        return std::nullopt;
      }
      text_.skip_blanks();
    }
    const bool is_whole = text_.at_end() && !selection.path.empty();
    return is_whole ? std::optional(std::move(selection)) : std::nullopt;
  }

 private:
  bool take_step(Selection& selection) {
    const bool is_first = selection.path.empty();
    if (text_.take('.')) {
      const std::string_view field = text_.take_field();
      if (!field.empty()) {
        selection.path.emplace_back(field);
        return true;
      }
      text_.skip_blanks();
      // A bracket may follow the first dot only.
      return is_first && text_.take('[') ? take_bracketed(selection) : take_string(selection);
    }
    if (is_first || !text_.take('[')) {
      return false;
    }
    text_.skip_blanks();
    return text_.peek() == '"' ? take_bracketed(selection) : take_slice(selection);
  }

  bool take_string(Selection& selection) {
    if (text_.peek() != '"') {
      return false;
    }
    auto string = text_.take_string();
    if (string) {
      selection.path.push_back(std::move(*string));
    }
    return string.has_value();
  }

  // ["b"], of which the bracket has been taken.
  bool take_bracketed(Selection& selection) {
    text_.skip_blanks();
    const bool is_string = take_string(selection);
    text_.skip_blanks();
    return is_string && text_.take(']');
  }

  // [0:10], [5:] or [:4], likewise.
  bool take_slice(Selection& selection) {
    Slice slice;
    const bool has_first = take_number(slice.first);
    text_.skip_blanks();
    if (!text_.take(':')) {
      return false;
    }
    text_.skip_blanks();
    const bool has_end = take_number(slice.end);
    text_.skip_blanks();
    selection.slice = slice;
    return (has_first || has_end) && text_.take(']');
  }

  // A few digits; what else a number may be is left to jq.
  bool take_number(std::uint32_t& number) {
    constexpr std::uint32_t too_large = 100'000'000;
    if (!json::is_digit(text_.peek())) {
      return false;
    }
    for (number = 0; json::is_digit(text_.peek()) && number < too_large;) {
      const char digit = text_.peek();
      number = number * 10 + static_cast<std::uint32_t>(digit - '0');
      text_.take(digit);
    }
    return true;
  }

  JqText text_;
};

PlainSelection::PlainSelection(std::vector<Selection> selections)
    : selections_(std::move(selections)),
      selected_(selections_.size()),
      texts_(selections_.size()),
      numbers_(selections_.size()) {}

std::optional<PlainSelection> PlainSelection::compile(std::span<const ConstructedMember> members) {
  std::vector<Selection> selections;
  for (const ConstructedMember& member : members) {
    auto selection = member.value.empty() ? std::optional(Selection{{member.key}, std::nullopt})
                                          : Reader(member.value).read();
    if (!selection) {
      return std::nullopt;
    }
    selections.push_back(std::move(*selection));
  }
  return PlainSelection(std::move(selections));
}

bool PlainSelection::evaluate(ByteView record, QueryAnswers& answers) {
  if (guesses_.match(record, selected_)) {
    return answer(answers);
  }
  const bool is_answered = read_whole(record, answers);
  if (is_answered) {
    learn(record);
  }
  return is_answered;
}

bool PlainSelection::read_whole(ByteView record, QueryAnswers& answers) {
  if (starts_with_byte_order_mark(record) ||
      !tape_.parse(record, json::Documents::one, {.depth_max = depth_max})) {
    return false;
  }
  const View root = *tape_.documents().begin();
  for (std::size_t key = 0; key < selections_.size(); ++key) {
    const std::optional<View> found = follow(root, selections_[key].path);
    if (!found) {
      return false;
    }
    selected_[key] = *found;
  }
  return answer(answers);
}

// The text of what is selected for a key, empty where it has none; false when jq must be asked.
bool PlainSelection::find_text(std::size_t key) {
  const View value = selected_[key];
  const std::optional<Slice>& slice = selections_[key].slice;
  std::string_view& text = texts_[key];
  text = {};
  if (!value.exists() || value.is(Kind::null) || value.is(Kind::array)) {
    return true;
  }
  if (slice) {
    text = value.is(Kind::string) ? sliced(value.text(), slice->first, slice->end) : text;
    return value.is(Kind::string);
  }
  if (value.is(Kind::number)) {
    const auto number = number_as_jq_prints(value.text(), numbers_[key]);
    text = number.value_or("");
    return number.has_value();
  }
  text = value.is(Kind::object) ? text : value.text();
  return true;
}

// From what is selected: jq's errors come before our own objections, and the first of these counts.
bool PlainSelection::answer(QueryAnswers& answers) {
  for (std::size_t key = 0; key < selections_.size(); ++key) {
    if (!find_text(key)) {
      return false;
    }
  }
  std::size_t bytes = 0;
  for (std::size_t key = 0; key < selections_.size(); ++key) {
    bytes += texts_[key].size();
    const std::string_view objection = bytes > partition_values_bytes_max
                                           ? values_are_too_long
                                           : objection_to(selected_[key], texts_[key]);
    if (!objection.empty()) {
      answers.refuse(objection);
      return true;
    }
  }
  answers.accept(texts_);
  return true;
}

// From a record that the tape holds and no guess was right about.  What is absent may be so for
// several reasons, which jq tells apart.
void PlainSelection::learn(ByteView record) {
  if (std::ranges::all_of(selected_, &View::exists)) {
    guesses_.learn(record, *tape_.documents().begin(), selected_);
  }
}

}  // namespace sluice::delivery
