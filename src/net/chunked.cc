// The chunked decoder: a state per place in the grammar, one character at a time outside the data.
#include "net/chunked.h"

#include "base/check.h"

#include <algorithm>

namespace sluice::net {

namespace {

constexpr std::size_t size_digits_max = 16;

int hex_value(char letter) {
  if (letter >= '0' && letter <= '9') {
    return letter - '0';
  }
  if (letter >= 'a' && letter <= 'f') {
    return letter - 'a' + 10;
  }
  if (letter >= 'A' && letter <= 'F') {
    return letter - 'A' + 10;
  }
  return -1;
}

bool is_text(char letter) {
  const auto code = static_cast<unsigned char>(letter);
  return code == '\t' || (code >= 0x20 && code != 0x7f);
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::decode(ByteView input) {
  Step step;
  while (step.consumed < input.size() && state_ != State::done) {
    if (state_ == State::data) {
      SLUICE_CHECK(left_ > 0);
      const std::size_t room = input.size() - step.consumed;
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, room));
      step.data = input.substr(step.consumed, taken);
      step.consumed += taken;
      left_ -= taken;
      if (left_ == 0) {
        state_ = State::data_return;
      }
      return step;
    }
    SLUICE_TRY_DO(take(input[step.consumed]));
    ++step.consumed;
  }
  return step;
}

Result<void> ChunkedDecoder::take(char letter) {
  switch (state_) {
    case State::size:
    case State::extension:
    case State::size_feed:
      return take_size(letter);
    case State::trailer_start:
    case State::trailer_line:
    case State::trailer_feed:
    case State::end_feed:
      return take_trailer(letter);
    case State::data_return:
      if (letter != '\r') {
        return fail(Fault::invalid, "a chunk is longer than its size says");
      }
      state_ = State::data_feed;
      return {};
    case State::data_feed:
      if (letter != '\n') {
        return fail(Fault::invalid, "a carriage return without line feed behind a chunk");
      }
      state_ = State::size;
      size_digits_ = 0;
      line_bytes_ = 0;
      return {};
    case State::data:
    case State::done:
      break;
  }
  SLUICE_CHECK(false);
  return {};
}

Result<void> ChunkedDecoder::take_size(char letter) {
  if (state_ == State::size_feed) {
    if (letter != '\n') {
      return fail(Fault::invalid, "a carriage return without line feed in a chunk size line");
    }
    line_bytes_ = 0;
    state_ = left_ == 0 ? State::trailer_start : State::data;
    return {};
  }
  if (++line_bytes_ > line_bytes_max) {
    return fail(Fault::invalid, "a chunk size line is too long");
  }
  if (state_ == State::size) {
    if (const int digit = hex_value(letter); digit >= 0) {
      if (++size_digits_ > size_digits_max) {
        return fail(Fault::invalid, "a chunk size has more than 16 digits");
      }
      left_ = (left_ << 4) | static_cast<std::uint64_t>(digit);
      return {};
    }
    if (size_digits_ == 0) {
      return fail(Fault::invalid, "a chunk size is not a hexadecimal number");
    }
    if (letter == ';') {
      state_ = State::extension;
      return {};
    }
  }
  if (letter == '\r') {
    state_ = State::size_feed;
    return {};
  }
  if (state_ == State::size || !is_text(letter)) {
    return fail(Fault::invalid, "a chunk size is followed by a character that is not allowed");
  }
  return {};
}

Result<void> ChunkedDecoder::take_trailer(char letter) {
  if (++line_bytes_ > trailer_bytes_max) {
    return fail(Fault::invalid, "the trailer behind the last chunk is too long");
  }
  switch (state_) {
    case State::trailer_start:
      if (letter == '\r') {
        state_ = State::end_feed;
        return {};
      }
      if (letter == ' ' || letter == '\t') {
        return fail(Fault::invalid, "folded trailer lines are not accepted");
      }
      state_ = State::trailer_line;
      break;
    case State::trailer_line:
      if (letter == '\r') {
        state_ = State::trailer_feed;
        return {};
      }
      break;
    default:
      if (letter != '\n') {
        return fail(Fault::invalid, "a carriage return without line feed behind the last chunk");
      }
      state_ = state_ == State::end_feed ? State::done : State::trailer_start;
      return {};
  }
  if (!is_text(letter)) {
    return fail(Fault::invalid, "a trailer line holds a control character");
  }
  return {};
}

}  // namespace sluice::net
