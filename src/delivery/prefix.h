// Prefix and ErrorOutputPrefix: the part of an object's key that the user writes.
//
//   prefix     = { literal | expression }
//   expression = "!{timestamp:" Java time pattern "}"
//              | "!{firehose:random-string}"
//              | "!{firehose:error-output-type}"          in ErrorOutputPrefix only
//              | "!{partitionKeyFromQuery:" key "}"       in Prefix only
//              | "!{partitionKeyFromLambda:" key "}"      in Prefix only
//              | "!{event-time:" Java time pattern "}"    in Prefix only; Sluice's own, as
//              | "!{session-start:" Java time pattern "}"
//              | "!{session-id}" | "!{session-key}"
// "!{" may not appear otherwise; an expression ends at the first "}".
//
// What is filled in (section "Custom Prefixes for Amazon S3 Objects" of the Firehose guide, and the
// service's observed behaviour where it differs):
//   no Prefix, or one without expressions     the literal, then yyyy/MM/dd/HH/ with nothing between
//   Prefix with any expression                as evaluated, nothing added
//   no ErrorOutputPrefix                      only if Prefix has no expression:
//                                             <Prefix><error-output-type>/yyyy/MM/dd/HH/
//   ErrorOutputPrefix without expressions     the literal, then yyyy/MM/dd/HH/
//   ErrorOutputPrefix with expressions        must contain error-output-type; nothing added
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "delivery/ledger.h"
#include "delivery/time_pattern.h"
#include "delivery/zone.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::size_t prefix_characters_max = 1024;           // as written
inline constexpr std::size_t evaluated_prefix_characters_max = 512;  // as evaluated
inline constexpr std::size_t random_string_characters = 11;

// Which of the two a text is; decides which expressions it may contain.
enum class PrefixRole : std::uint8_t { data, error };

// Partition keys of a session, named as they stand.
inline constexpr std::string_view session_id_expression = "!{session-id}";
inline constexpr std::string_view session_key_expression = "!{session-key}";

// The partition key of a key that partitionKeyFromLambda names: "!{partitionKeyFromLambda:<key>}".
std::string lambda_key_expression(std::string_view key);

// An expression whose text is that of an instant of the record's.
struct TimeExpression {
  std::string name;  // as it stands in the prefix: "!{event-time:yyyy/MM}"
  TimePattern pattern;
};

// One prefix, parsed.  Value type; const members are thread-safe.
class Prefix {
 public:
  // Fault::invalid names the member, the expression and its position (from 1).
  static Result<Prefix> parse(std::string_view text, PrefixRole role);

  bool has_expressions() const { return expressions_ != 0; }

  bool names_error_type() const { return names_error_type_; }

  // The keys that partitionKeyFromQuery names, in the order of their first places.
  const std::vector<std::string>& query_keys() const { return query_keys_; }

  // Likewise of partitionKeyFromLambda; each is a partition key named by lambda_key_expression().
  const std::vector<std::string>& lambda_keys() const { return lambda_keys_; }

  // Likewise of event-time; each is a partition key of its name.
  const std::vector<TimeExpression>& event_times() const { return event_times_; }

  // Likewise of session-start.
  const std::vector<TimeExpression>& session_starts() const { return session_starts_; }

  // Whether there is an expression of that name.
  bool names_session_id() const { return names_session_id_; }

  bool names_session_key() const { return names_session_key_; }

  bool names_session() const {
    return names_session_id_ || names_session_key_ || !session_starts_.empty();
  }

  // The error prefix of a stream that has none, derived from its data prefix, which must be without
  // expressions.
  Prefix default_for_errors() const;

  // Appends the value for an object of `kind` whose oldest record arrived at `time` and whose
  // records have the values of `partition`; a key that has none there is empty.  All expressions
  // see the same time; each random-string is drawn afresh.
  void append_to(std::string& out,
                 ObjectKind kind,
                 const PartitionValues& partition,
                 const LocalTime& time,
                 const TimeZone& zone,
                 Random& random) const;

 private:
  enum class PieceType : std::uint8_t {
    literal,
    timestamp,
    random_string,
    error_output_type,
    partition_key
  };

  struct Piece {
    PieceType type = PieceType::literal;
    std::string literal;  // or the name of the key
    TimePattern pattern;
  };

  Result<void> add_expression(std::string_view body, PrefixRole role);
  Result<void> add_record_time(std::string_view body,
                               std::string_view pattern,
                               PrefixRole role,
                               std::vector<TimeExpression>& known);
  Result<void> add_session_name(std::string_view body, PrefixRole role);
  Result<void> add_firehose(std::string_view value, PrefixRole role);
  Result<void> add_partition_key(std::string_view name_space,
                                 std::string_view key,
                                 PrefixRole role,
                                 std::vector<std::string>& known);

  std::vector<Piece> pieces_;
  std::vector<std::string> query_keys_;
  std::vector<std::string> lambda_keys_;
  std::vector<TimeExpression> event_times_;
  std::vector<TimeExpression> session_starts_;
  bool names_session_id_ = false;
  bool names_session_key_ = false;
  std::size_t expressions_ = 0;
  bool names_error_type_ = false;
};

// The prefixes of a delivery stream together.  Value type; const members are thread-safe.
class KeyPrefixes {
 public:
  // Fault::invalid when one of them is malformed or they break a rule about each other.
  static Result<KeyPrefixes> parse(const std::optional<std::string>& prefix,
                                   const std::optional<std::string>& error_output_prefix);

  // The keys that partitionKeyFromQuery names in Prefix, each once.
  const std::vector<std::string>& query_keys() const { return data_.query_keys(); }

  // Likewise partitionKeyFromLambda.
  const std::vector<std::string>& lambda_keys() const { return data_.lambda_keys(); }

  // The event-time expressions of Prefix, each once.
  const std::vector<TimeExpression>& event_times() const { return data_.event_times(); }

  // Prefix itself.
  const Prefix& data() const { return data_; }

  // The evaluated prefix of an object of `kind` whose oldest record arrived at `time`, which was
  // taken from `zone`.  Fault::too_large when it has more than evaluated_prefix_characters_max
  // characters.
  Result<std::string> evaluate(ObjectKind kind,
                               const PartitionValues& partition,
                               const LocalTime& time,
                               const TimeZone& zone,
                               Random& random) const;

 private:
  Prefix data_;
  Prefix error_;
};

// What the console fills in when the error prefix is left empty; the API does not.  The
// configuration file follows the console: returns `error_output_prefix`, or the console's value
// where Prefix has expressions and so needs one.
std::optional<std::string> with_console_default(
    const std::optional<std::string>& prefix,
    const std::optional<std::string>& error_output_prefix);

}  // namespace sluice::delivery
