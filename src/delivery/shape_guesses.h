// Finds values of JSON records by the shapes of those before them (json/shape.h), so that records
// that look alike are not parsed.
#pragma once

#include "base/bytes.h"
#include "json/shape.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::delivery {

// Not thread-safe.
class ShapeGuesses {
 public:
  // Whether the record, which is valid JSON then, has a shape that is known; `fields` are its
  // values then, as learned, good until the next call.
  bool match(ByteView record, std::span<json::View> fields);

  // From the record that match() has just said no to, whose only document is `document`; absent
  // fields are absent in all records of its shape.  Guessing that keeps failing is given up for a
  // while.
  void learn(ByteView record, json::View document, std::span<const json::View> fields);

 private:
  // A shape, and which of its parts hold the fields.
  struct Guess {
    json::Shape shape;
    std::vector<std::uint32_t> parts;
  };

  static constexpr std::size_t guesses_max = 4;

  bool matches(const Guess& guess, ByteView record);

  std::array<Guess, guesses_max> guesses_;
  std::size_t guesses_known_ = 0;
  std::size_t likely_ = 0;         // the guess to try first
  std::size_t next_victim_ = 0;    // the guess that the next one replaces
  std::vector<json::Node> nodes_;  // of each part
  std::uint32_t misses_ = 0;       // since the last match
  std::uint32_t pause_ = 0;        // records to come that are not guessed at
  bool is_pausing_ = false;        // the last one was not
};

}  // namespace sluice::delivery
