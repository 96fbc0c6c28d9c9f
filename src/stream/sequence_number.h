// Sequence numbers: the names records bear on the wire.
//
// Clients see a decimal of 56 digits and compare it as an integer.  Inside is the service's
// "version 2" layout, 47 hex digits, most significant first:
//
//   digits   1   9                1                  16       2     9               8       1
//   meaning  2   shard creation,  low digit of the   index    00    time of the     shard   2
//                epoch seconds    shard's index                     record, s       index
//
// Our index is the record's ordinal, so a number can be checked and its record found without a look
// at any disk.  Within one shard numbers grow with the ordinal; index 0 is the shard's start and
// lies below every record.  A child shard must be created in a later second than its parents for
// its start to lie above theirs.
#pragma once

#include "base/clock.h"
#include "stream/ids.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::stream {

// Every number we give has this many decimal digits.
inline constexpr std::size_t sequence_number_digits = 56;

// The index of a closed shard's ending number; no record's ordinal reaches it.
inline constexpr Ordinal ending_ordinal{0x7fff'ffff'ffff'ffff};

// What a number says.  Seconds are since the Unix epoch, 0 to 2^36-1.
struct SequenceParts {
  std::uint64_t shard_created_s = 0;
  Ordinal ordinal;  // at most ending_ordinal; 0 in a shard's starting number
  std::uint64_t time_s = 0;
  ShardIndex shard;  // below 2^31

  friend bool operator==(const SequenceParts&, const SequenceParts&) = default;
};

// 192 bits, most significant word first; ordered as the integer.
struct SequenceNumber {
  std::array<std::uint64_t, 3> words{};

  friend auto operator<=>(const SequenceNumber&, const SequenceNumber&) = default;
};

// Times outside the layout's range are brought into it.
SequenceNumber encode_sequence(const SequenceParts& parts);

// std::nullopt unless the number is of this layout and its two shard fields agree.
std::optional<SequenceParts> decode_sequence(const SequenceNumber& number);

// Writes exactly sequence_number_digits digits.
void format_sequence(const SequenceNumber& number, char* to);
std::string to_string(const SequenceNumber& number);

// The text of a record's number.
std::string sequence_text(const SequenceParts& parts);

// The texts of neighbouring records: the ordinal counts, all else stays.  Counting in decimal costs
// a tenth of dividing.
class SequenceTexts {
 public:
  // Stands at the record of `first`, whose number is a record's.
  explicit SequenceTexts(const SequenceParts& first);

  // sequence_number_digits characters, good until the next call.
  std::string_view text() const { return {digits_.data(), digits_.size()}; }

  // Goes to the next ordinal, which must not be above ending_ordinal.
  void advance();

 private:
  std::array<char, sequence_number_digits> digits_;
};

// Whether the text has the form the API demands: 0, or up to 129 digits without a leading zero.
bool is_sequence_text(std::string_view text);

// Reads a number of any value below 2^192; std::nullopt for other forms.
std::optional<SequenceNumber> parse_sequence(std::string_view text);

// Reads a number we may have given: parse_sequence and decode_sequence in one.
std::optional<SequenceParts> parse_sequence_parts(std::string_view text);

// A shard's StartingSequenceNumber and, once closed, its EndingSequenceNumber.
SequenceParts starting_sequence(ShardIndex shard, UnixMillis shard_created);
SequenceParts ending_sequence(ShardIndex shard, UnixMillis shard_created, UnixMillis closed);

// The number of the record `ordinal`.
SequenceParts record_sequence(ShardIndex shard,
                              UnixMillis shard_created,
                              Ordinal ordinal,
                              UnixMillis arrival);

}  // namespace sluice::stream
