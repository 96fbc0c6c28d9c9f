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

Action list_action_of(std::optional<Kind> element) {
  switch (element.value_or(Kind::structure)) {
    case Kind::integer:
      return Action::list_int32;
    case Kind::bigint:
      return Action::list_int64;
    case Kind::float64:
      return Action::list_real;
    case Kind::string:
      return Action::list_text;
    default:
      return Action::tree;
  }
}

bool is_for_tree(Action action) {
  switch (action) {
    case Action::list_int32:
    case Action::list_int64:
    case Action::list_real:
    case Action::list_text:
    case Action::tree:
      return true;
    default:
      return false;
  }
}

bool is_skipped(Action action) {
  return action == Action::skip || action == Action::skip_text;
}

}  // namespace

bool RowProgram::compile(const json::Shape& shape,
                         const RowSources& sources,
                         const std::vector<RowSink>& fields,
                         const std::vector<TreeSink>& trees) {
  SLUICE_CHECK(sources.fields.size() == fields.size());
  SLUICE_CHECK(sources.trees.size() == trees.size());
  steps_.clear();
  several_.clear();
  absent_.clear();
  layouts_ = RowLayouts();
  literals_ = shape.literals();
  tail_ = {.literal = shape.tail().literal, .literal_bytes = shape.tail().literal_bytes};
  line_tail_ = tail_;
  ++line_tail_.literal_bytes;
  for (const json::Shape::Part& part : shape.parts()) {
    steps_.push_back({.literal = part.literal,
                      .literal_bytes = part.literal_bytes,
                      .action = part.kind == json::Kind::string ? Action::skip_text : Action::skip,
                      .may_be_container = part.is_container()});
  }
  for (std::uint32_t sink = 0; sink < sources.fields.size(); ++sink) {
    const RowSources::Source& source = sources.fields[sink];
    const json::Kind kind =
        source.value == RowSources::no_value ? json::Kind::null : shape.parts()[source.value].kind;
    assign(source, {.sink = sink}, action_of(kind, fields[sink].type().kind));
  }
  for (std::uint32_t sink = 0; sink < sources.trees.size(); ++sink) {
    assign(sources.trees[sink],
           {.sink = sink, .is_tree = true},
           list_action_of(trees[sink].element()));
  }
  for (const std::uint32_t value : sources.nulls) {
    if (!is_skipped(steps_[value].action)) {
      return false;
    }
    steps_[value].action = Action::null;
  }
  return true;
}

void RowProgram::assign(const RowSources::Source& source, Target target, Action action) {
  if (source.value == RowSources::no_value) {
    target.definition = source.definition;
    absent_.push_back(target);
    return;
  }
  SLUICE_CHECK(source.value < steps_.size());
  Step& step = steps_[source.value];
  if (is_skipped(step.action)) {
    step.action = action;
    step.sink = target.sink;
  } else if (step.action == Action::several) {
    several_[step.sink].push_back(target);
  } else {
    several_.push_back({{.sink = step.sink, .is_tree = is_for_tree(step.action)}, target});
    step.action = Action::several;
    step.sink = static_cast<std::uint32_t>(several_.size() - 1);
  }
}

}  // namespace sluice::serde
