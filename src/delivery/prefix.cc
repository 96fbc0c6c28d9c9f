#include "delivery/prefix.h"

#include "base/check.h"
#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::delivery {

namespace {

constexpr std::string_view opening = "!{";
constexpr std::string_view error_type_expression = "!{firehose:error-output-type}";
constexpr std::string_view default_dates = "yyyy/MM/dd/HH/";
constexpr std::string_view query_name_space = "partitionKeyFromQuery";
constexpr std::string_view lambda_name_space = "partitionKeyFromLambda";

std::string_view member_name(PrefixRole role) {
  return role == PrefixRole::data ? "Prefix" : "ErrorOutputPrefix";
}

std::unexpected<Error> refuse(PrefixRole role, std::string_view rule) {
  // The misspelling is the service's own; clients have been seen to look for it.
  return fail(Fault::invalid,
              fmt::format("Ths supplied prefix(es) do not satisfy the following constraint: {}: {}",
                          member_name(role),
                          rule));
}

// A pattern that is known to be good.
TimePattern default_pattern() {
  Result<TimePattern> pattern = TimePattern::parse(default_dates);
  SLUICE_CHECK(pattern);
  return std::move(*pattern);
}

std::string_view value_of(const PartitionValues& partition, std::string_view key) {
  const auto at = std::ranges::find(
      partition, key, [](const auto& entry) { return std::string_view(entry.first); });
  return at == partition.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace

std::string lambda_key_expression(std::string_view key) {
  return fmt::format("{}{}:{}}}", opening, lambda_name_space, key);
}

Result<void> Prefix::add_expression(std::string_view body, PrefixRole role) {
  const std::size_t colon = body.find(':');
  const std::string_view name_space = body.substr(0, colon);
  const std::string_view value =
      colon == std::string_view::npos ? std::string_view() : body.substr(colon + 1);
  if (name_space == "timestamp") {
    if (value.empty()) {
      return fail(Fault::invalid, "the time pattern is empty");
    }
    SLUICE_TRY(pattern, TimePattern::parse(value));
    pieces_.push_back({PieceType::timestamp, {}, std::move(pattern)});
    return {};
  }
  if (name_space == "firehose") {
    return add_firehose(value, role);
  }
  if (name_space == "event-time") {
    return add_record_time(body, value, role, event_times_);
  }
  if (name_space == "session-start") {
    return add_record_time(body, value, role, session_starts_);
  }
  if (body == "session-id" || body == "session-key") {
    return add_session_name(body, role);
  }
  if (name_space == query_name_space) {
    return add_partition_key(name_space, value, role, query_keys_);
  }
  if (name_space == lambda_name_space) {
    return add_partition_key(name_space, value, role, lambda_keys_);
  }
  return fail(Fault::invalid,
              fmt::format("unknown namespace '{}'; there are timestamp, firehose, "
                          "partitionKeyFromQuery, partitionKeyFromLambda, event-time, "
                          "session-start, session-id and session-key",
                          name_space));
}

// A partition key named as it stands: no key of a query is named so, since none that a prefix can
// name holds a brace that closes.
Result<void> Prefix::add_record_time(std::string_view body,
                                     std::string_view pattern,
                                     PrefixRole role,
                                     std::vector<TimeExpression>& known) {
  if (role == PrefixRole::error) {
    return fail(Fault::invalid,
                fmt::format("{} may stand in Prefix only", body.substr(0, body.find(':'))));
  }
  if (pattern.empty()) {
    return fail(Fault::invalid, "the time pattern is empty");
  }
  SLUICE_TRY(parsed, TimePattern::parse(pattern));
  std::string name = fmt::format("{}{}}}", opening, body);
  if (std::ranges::find(known, name, &TimeExpression::name) == known.end()) {
    known.push_back({name, std::move(parsed)});
  }
  pieces_.push_back({PieceType::partition_key, std::move(name), {}});
  return {};
}

Result<void> Prefix::add_session_name(std::string_view body, PrefixRole role) {
  if (role == PrefixRole::error) {
    return fail(Fault::invalid, fmt::format("{} may stand in Prefix only", body));
  }
  names_session_id_ |= body == "session-id";
  names_session_key_ |= body == "session-key";
  pieces_.push_back({PieceType::partition_key, fmt::format("{}{}}}", opening, body), {}});
  return {};
}

Result<void> Prefix::add_firehose(std::string_view value, PrefixRole role) {
  if (value == "random-string") {
    pieces_.push_back({PieceType::random_string, {}, {}});
    return {};
  }
  if (value != "error-output-type") {
    return fail(Fault::invalid,
                "the firehose namespace knows random-string and error-output-type only");
  }
  if (role == PrefixRole::data) {
    return fail(Fault::invalid, "error-output-type may stand in ErrorOutputPrefix only");
  }
  pieces_.push_back({PieceType::error_output_type, {}, {}});
  names_error_type_ = true;
  return {};
}

Result<void> Prefix::add_partition_key(std::string_view name_space,
                                       std::string_view key,
                                       PrefixRole role,
                                       std::vector<std::string>& known) {
  if (role == PrefixRole::error) {
    return fail(Fault::invalid, fmt::format("{} may stand in Prefix only", name_space));
  }
  if (key.empty()) {
    return fail(Fault::invalid, "the name of the key is empty");
  }
  pieces_.push_back(
      {PieceType::partition_key,
       name_space == lambda_name_space ? lambda_key_expression(key) : std::string(key),
       {}});
  if (std::ranges::find(known, key) == known.end()) {
    known.emplace_back(key);
  }
  return {};
}

Result<Prefix> Prefix::parse(std::string_view text, PrefixRole role) {
  if (!is_utf8(text)) {
    return refuse(role, "it must be valid UTF-8.");
  }
  if (count_code_points(text) > prefix_characters_max) {
    return refuse(role, fmt::format("it must have at most {} characters.", prefix_characters_max));
  }
  Prefix prefix;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = text.find(opening, at);
    if (start != at) {
      prefix.pieces_.push_back({PieceType::literal, std::string(text.substr(at, start - at)), {}});
    }
    if (start == std::string_view::npos) {
      break;
    }
    const std::size_t body = start + opening.size();
    const std::size_t end = text.find('}', body);
    if (end == std::string_view::npos) {
      return refuse(role,
                    fmt::format("the expression at position {} is not closed by '}}'.", start + 1));
    }
    if (Result<void> added = prefix.add_expression(text.substr(body, end - body), role); !added) {
      return refuse(role,
                    fmt::format("'{}' at position {}: {}.",
                                text.substr(start, end + 1 - start),
                                start + 1,
                                added.error().message()));
    }
    ++prefix.expressions_;
    at = end + 1;
  }
  if (prefix.expressions_ == 0) {
    prefix.pieces_.push_back({PieceType::timestamp, {}, default_pattern()});
  }
  return prefix;
}

Prefix Prefix::default_for_errors() const {
  SLUICE_CHECK(expressions_ == 0);
  Prefix errors;
  for (const Piece& piece : pieces_) {
    if (piece.type == PieceType::literal) {
      errors.pieces_.push_back(piece);
    }
  }
  errors.pieces_.push_back({PieceType::error_output_type, {}, {}});
  errors.pieces_.push_back({PieceType::literal, "/", {}});
  errors.pieces_.push_back({PieceType::timestamp, {}, default_pattern()});
  errors.names_error_type_ = true;
  return errors;
}

void Prefix::append_to(std::string& out,
                       ObjectKind kind,
                       const PartitionValues& partition,
                       const LocalTime& time,
                       const TimeZone& zone,
                       Random& random) const {
  for (const Piece& piece : pieces_) {
    switch (piece.type) {
      case PieceType::literal:
        out += piece.literal;
        break;
      case PieceType::timestamp:
        piece.pattern.append_to(out, time, zone);
        break;
      case PieceType::random_string:
        out += random_alphanumeric(random, random_string_characters);
        break;
      case PieceType::error_output_type:
        out += object_kind_name(kind);
        break;
      case PieceType::partition_key:
        out += value_of(partition, piece.literal);
        break;
    }
  }
}

Result<KeyPrefixes> KeyPrefixes::parse(const std::optional<std::string>& prefix,
                                       const std::optional<std::string>& error_output_prefix) {
  KeyPrefixes parsed;
  SLUICE_TRY(data, Prefix::parse(prefix.value_or(""), PrefixRole::data));
  // An empty ErrorOutputPrefix is one that was not given: the console and some tools send "".
  if (error_output_prefix && !error_output_prefix->empty()) {
    SLUICE_TRY(error, Prefix::parse(*error_output_prefix, PrefixRole::error));
    if (error.has_expressions() && !error.names_error_type()) {
      return refuse(PrefixRole::error,
                    fmt::format("with expressions it must contain {}.", error_type_expression));
    }
    parsed.error_ = std::move(error);
  } else if (data.has_expressions()) {
    return refuse(PrefixRole::error,
                  fmt::format("it must be given when Prefix contains expressions, and contain {}.",
                              error_type_expression));
  } else {
    parsed.error_ = data.default_for_errors();
  }
  parsed.data_ = std::move(data);
  return parsed;
}

Result<std::string> KeyPrefixes::evaluate(ObjectKind kind,
                                          const PartitionValues& partition,
                                          const LocalTime& time,
                                          const TimeZone& zone,
                                          Random& random) const {
  std::string evaluated;
  (kind == ObjectKind::data ? data_ : error_)
      .append_to(evaluated, kind, partition, time, zone, random);
  const std::size_t characters = count_code_points(evaluated);
  if (characters > evaluated_prefix_characters_max) {
    return fail(Fault::too_large,
                fmt::format("the evaluated prefix has {} characters, more than {}: {}",
                            characters,
                            evaluated_prefix_characters_max,
                            evaluated));
  }
  return evaluated;
}

std::optional<std::string> with_console_default(
    const std::optional<std::string>& prefix,
    const std::optional<std::string>& error_output_prefix) {
  const bool is_given = error_output_prefix && !error_output_prefix->empty();
  const bool is_needed = prefix && prefix->find(opening) != std::string::npos;
  if (is_given || !is_needed) {
    return error_output_prefix;
  }
  return fmt::format("{}/", error_type_expression);
}

}  // namespace sluice::delivery
