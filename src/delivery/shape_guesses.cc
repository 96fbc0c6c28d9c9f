#include "delivery/shape_guesses.h"

#include "json/scan.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace sluice::delivery {
namespace {

using json::Node;
using json::View;

constexpr std::uint32_t misses_max = 32;
constexpr std::uint32_t pause_records = 1024;

constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();

}  // namespace

bool ShapeGuesses::match(ByteView record, std::span<View> fields) {
  is_pausing_ = pause_ > 0;
  if (is_pausing_) {
    --pause_;
    return false;
  }
  for (std::size_t tried = 0; tried < guesses_known_; ++tried) {
    const std::size_t index = (likely_ + tried) % guesses_known_;
    const Guess& guess = guesses_[index];
    if (matches(guess, record)) {
      likely_ = index;
      misses_ = 0;
      for (std::size_t field = 0; field < fields.size(); ++field) {
        const std::uint32_t part = guess.parts[field];
        fields[field] = part == absent ? View() : View(&nodes_[part]);
      }
      return true;
    }
  }
  return false;
}

// Reads the values into nodes_.
bool ShapeGuesses::matches(const Guess& guess, ByteView record) {
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

void ShapeGuesses::learn(ByteView record, View document, std::span<const View> fields) {
  if (is_pausing_) {
    return;
  }
  if (++misses_ == misses_max) {
    misses_ = 0;
    pause_ = pause_records;
    return;
  }
  json::Shape shape;
  if (!shape.learn(record, document)) {
    return;
  }
  std::vector<std::uint32_t> parts;
  for (const View value : fields) {
    const auto part = value.exists() ? shape.index_of(value) : absent;
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
