#include "delivery/plain_selection.h"

#include "base/check.h"
#include "delivery/jq_text.h"
#include "delivery/partition_value.h"
#include "json/scan.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::delivery {
namespace {

using json::Kind;
using json::Node;
using json::View;

// jq 1.6 nests 256 deep and counts an object twice.
constexpr std::uint32_t depth_max = 64;

// Guessing that keeps failing is given up for a while.
constexpr std::uint32_t misses_max = 32;
constexpr std::uint32_t pause_records = 1024;

// A step of a path that begins with a dot; std::nullopt when it is no plain one.
std::optional<std::string> take_dotted(JqText& text) {
  const std::string_view field = text.take_field();
  if (!field.empty()) {
    return std::string(field);
  }
  text.skip_blanks();
  if (text.peek() != '"') {
    return std::nullopt;
  }
  auto string = text.take_string();
  return string ? std::optional(std::move(*string)) : std::nullopt;
}

// ["b"], of which the bracket has been taken.
std::optional<std::string> take_bracketed(JqText& text) {
  text.skip_blanks();
  if (text.peek() != '"') {
    return std::nullopt;
  }
  auto string = text.take_string();
  text.skip_blanks();
  return string && text.take(']') ? std::optional(std::move(*string)) : std::nullopt;
}

// The members that an expression goes through, one within the other.
std::optional<std::vector<std::string>> read_path(std::string_view expression) {
  std::vector<std::string> path;
  JqText text(expression);
  while (!text.at_end()) {
    std::optional<std::string> step;
    if (text.take('.')) {
      // A bracket may follow the first dot only.
      JqText behind = text;
      behind.skip_blanks();
      if (path.empty() && behind.take('[')) {
        text = behind;
        step = take_bracketed(text);
      } else {
        step = take_dotted(text);
      }
    } else if (!path.empty() && text.take('[')) {
      step = take_bracketed(text);
    }
    if (!step) {
      return std::nullopt;
    }
    path.push_back(std::move(*step));
    text.skip_blanks();
  }
  return path.empty() ? std::nullopt : std::optional(std::move(path));
}

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

// Why the value of a key is none; empty when it is one, and then it is in `text`.
std::string_view objection_to(const Node& node, std::string_view& text) {
  switch (node.kind) {
    case Kind::array:
    case Kind::object:
      return value_is_no_scalar;
    case Kind::null:
      return value_is_null_or_empty;
    case Kind::string:
    case Kind::boolean:
      text = {node.data, node.size};
      break;
    case Kind::number:
      break;  // its text is there already
  }
  if (text.empty()) {
    return value_is_null_or_empty;
  }
  return text.size() > partition_value_bytes_max ? value_is_too_long : std::string_view();
}

}  // namespace

PlainSelection::PlainSelection(std::vector<Path> paths)
    : paths_(std::move(paths)),
      selected_(paths_.size()),
      texts_(paths_.size()),
      numbers_(paths_.size()) {}

std::optional<PlainSelection> PlainSelection::compile(std::span<const ConstructedMember> members) {
  std::vector<Path> paths;
  for (const ConstructedMember& member : members) {
    auto path = member.value.empty() ? std::optional(Path{member.key}) : read_path(member.value);
    if (!path) {
      return std::nullopt;
    }
    paths.push_back(std::move(*path));
  }
  return PlainSelection(std::move(paths));
}

bool PlainSelection::evaluate(ByteView record, QueryAnswers& answers) {
  if (pause_ > 0) {
    --pause_;
    return read_whole(record, answers);
  }
  const Reading reading = read_alike(record, answers);
  if (reading != Reading::unlike) {
    return reading == Reading::answered;
  }
  const bool is_answered = read_whole(record, answers);
  if (is_answered) {
    learn(record);
  }
  return is_answered;
}

PlainSelection::Reading PlainSelection::read_alike(ByteView record, QueryAnswers& answers) {
  for (std::size_t tried = 0; tried < guesses_known_; ++tried) {
    const std::size_t index = (likely_ + tried) % guesses_known_;
    const Guess& guess = guesses_[index];
    if (matches(guess, record)) {
      likely_ = index;
      misses_ = 0;
      for (std::size_t key = 0; key < paths_.size(); ++key) {
        selected_[key] = View(&nodes_[guess.parts[key]]);
      }
      return answer(answers) ? Reading::answered : Reading::for_jq;
    }
  }
  return Reading::unlike;
}

// Reads the values into nodes_.
bool PlainSelection::matches(const Guess& guess, ByteView record) {
  const char* at = record.data();
  const char* const end = at + record.size();
  const Bytes& literals = guess.shape.literals();
  const auto take = [&](const json::Shape::Part& part) {
    const bool is_there = static_cast<std::size_t>(end - at) >= part.literal_bytes &&
                          std::memcmp(at, literals.data() + part.literal, part.literal_bytes) == 0;
    at += is_there ? part.literal_bytes : 0;
    return is_there;
  };
  Node* node = nodes_.data();
  for (const json::Shape::Part& part : guess.shape.parts()) {
    if (!take(part)) {
      return false;
    }
    at = json::Shape::read_value(at, end, part.is_container(), *node++);
    if (at == nullptr) {
      return false;
    }
  }
  return take(guess.shape.tail()) && json::skip_space(at, end) == end;
}

bool PlainSelection::read_whole(ByteView record, QueryAnswers& answers) {
  if (starts_with_byte_order_mark(record) ||
      !tape_.parse(record, json::Documents::one, {.depth_max = depth_max})) {
    return false;
  }
  const View root = *tape_.documents().begin();
  for (std::size_t key = 0; key < paths_.size(); ++key) {
    const std::optional<View> found = follow(root, paths_[key]);
    if (!found) {
      return false;
    }
    selected_[key] = *found;
  }
  return answer(answers);
}

// From what is selected: jq's errors come before our own objections, and the first of these counts.
bool PlainSelection::answer(QueryAnswers& answers) {
  for (std::size_t key = 0; key < paths_.size(); ++key) {
    texts_[key] = {};
    if (selected_[key].is(Kind::number)) {
      const auto text = number_as_jq_prints(selected_[key].text(), numbers_[key]);
      if (!text) {
        return false;
      }
      texts_[key] = *text;
    }
  }
  for (std::size_t key = 0; key < paths_.size(); ++key) {
    const std::string_view objection = selected_[key].exists()
                                           ? objection_to(selected_[key].node(), texts_[key])
                                           : value_is_null_or_empty;
    if (!objection.empty()) {
      answers.refuse(objection);
      return true;
    }
  }
  answers.accept(texts_);
  return true;
}

// From a record that the tape holds and no guess was right about.
void PlainSelection::learn(ByteView record) {
  if (++misses_ == misses_max) {
    misses_ = 0;
    pause_ = pause_records;
    return;
  }
  json::Shape shape;
  if (!shape.learn(record, *tape_.documents().begin())) {
    return;
  }
  std::vector<std::uint32_t> parts;
  for (const View value : selected_) {
    const auto part = value.exists() ? shape.index_of(value) : std::nullopt;
    if (!part) {
      return;
    }
    parts.push_back(static_cast<std::uint32_t>(*part));
  }
  const std::size_t place = guesses_known_ < guesses_max ? guesses_known_++ : next_victim_;
  next_victim_ = (place + 1) % guesses_max;
  nodes_.resize(std::max(nodes_.size(), shape.parts().size()));
  guesses_[place] = {std::move(shape), std::move(parts)};
  likely_ = place;
}

}  // namespace sluice::delivery
