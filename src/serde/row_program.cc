// From a shape to a program.
#include "serde/row_program.h"

#include "base/check.h"

namespace sluice::serde {
namespace {

using columnar::Kind;

Action action_of(json::Kind value, Kind column) {
  const bool is_text = value == json::Kind::string;
  const bool is_number = value == json::Kind::number;
  switch (column) {
    case Kind::string:
      return is_text ? Action::text : Action::any;
    case Kind::timestamp:
      return is_text ? Action::timestamp : Action::any;
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
      return is_number ? Action::int32 : Action::any;
    case Kind::bigint:
      return is_number ? Action::int64 : Action::any;
    case Kind::float64:
      return is_number ? Action::real : Action::any;
    case Kind::boolean:
      return value == json::Kind::boolean ? Action::flag : Action::any;
    default:
      return Action::any;
  }
}

}  // namespace

void RowProgram::compile(const json::Shape& shape,
                         std::span<const std::uint32_t> sources,
                         const std::vector<RowSink>& sinks) {
  SLUICE_CHECK(sources.size() == sinks.size());
  steps_.clear();
  shared_.clear();
  absent_.clear();
  literals_ = shape.literals();
  tail_ = {.literal = shape.tail().literal, .literal_bytes = shape.tail().literal_bytes};
  line_tail_ = tail_;
  ++line_tail_.literal_bytes;
  for (const json::Shape::Part& part : shape.parts()) {
    steps_.push_back({.literal = part.literal,
                      .literal_bytes = part.literal_bytes,
                      .action = part.kind == json::Kind::string ? Action::skip_text : Action::skip,
                      .may_be_array = part.kind == json::Kind::array});
  }
  std::vector<bool> is_wanted(steps_.size());
  for (std::uint32_t column = 0; column < sources.size(); ++column) {
    const std::uint32_t source = sources[column];
    if (source == no_value) {
      absent_.push_back(column);
      continue;
    }
    SLUICE_CHECK(source < steps_.size());
    Step& step = steps_[source];
    if (!is_wanted[source]) {
      step.action = action_of(shape.parts()[source].kind, sinks[column].type().kind);
      step.column = column;
      is_wanted[source] = true;
    } else if (step.action == Action::shared) {
      shared_[step.column].push_back(column);
    } else {
      shared_.push_back({step.column, column});
      step.action = Action::shared;
      step.column = static_cast<std::uint32_t>(shared_.size() - 1);
    }
  }
}

}  // namespace sluice::serde
