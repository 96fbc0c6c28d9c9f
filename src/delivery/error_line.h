// A line of the error output, read back: what delivery/error_record.h writes, of either kind, also
// where a person has edited it.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::delivery {

// A record of 10 MiB as base64, and what stands around it.
inline constexpr std::size_t error_line_bytes_max = std::size_t{16} << 20;

struct ErrorLine {
  Bytes raw_data;
  UnixMillis arrival{};
  std::string code;             // lastErrorCode, or errorCode
  std::string sequence_number;  // empty: it names none
  std::string replay_id;        // likewise; a member of ours, see ErrorPlace
};

// Without its newline.  Fault::invalid, with what is wrong, for anything else; a line without an
// arrival time is from the epoch.
Result<ErrorLine> parse_error_line(ByteView line);

// Which line of the error output: of the object of one plan, counted from 1.  It stays what it is
// wherever the object is moved to.
struct ErrorPlace {
  std::uint64_t plan = 0;
  std::uint64_t line = 0;

  // "12-5".
  std::string text() const;

  // Fault::invalid.
  static Result<ErrorPlace> parse(std::string_view text);

  friend auto operator<=>(const ErrorPlace&, const ErrorPlace&) = default;
};

}  // namespace sluice::delivery
