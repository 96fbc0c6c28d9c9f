#include "delivery/field_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::delivery {
namespace {

using json::Kind;
using json::View;

struct Found {
  View value;
  bool is_alike = true;  // whether it is there in all records of this shape, or in none
};

Found follow(View value, const FieldPath& path) {
  for (const std::string& name : path) {
    if (!value.is(Kind::object)) {
      // Where a shape has an array, another record may have an object.
      return {View(), !value.is(Kind::array)};
    }
    value = value.find(name);
  }
  return {value};
}

}  // namespace

Result<FieldPath> parse_field_path(std::string_view text) {
  if (!text.starts_with('.')) {
    return text.empty() ? Result<FieldPath>(fail(Fault::invalid, "the name of the field is empty"))
                        : FieldPath{std::string(text)};
  }
  FieldPath path;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::size_t end = std::min(text.find('.'), text.size());
    if (end == 0) {
      return fail(Fault::invalid, "the path of the field has an empty name");
    }
    path.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return path;
}

FieldReader::FieldReader(std::vector<FieldPath> paths)
    : paths_(std::move(paths)), fields_(paths_.size()) {}

bool FieldReader::read(ByteView record) {
  if (guesses_.match(record, fields_)) {
    return true;
  }
  std::ranges::fill(fields_, View());
  if (!tape_.parse(record, json::Documents::many) || tape_.documents().empty()) {
    return false;
  }
  const View document = *tape_.documents().begin();
  bool are_alike = true;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const Found found = follow(document, paths_[i]);
    fields_[i] = found.value;
    are_alike &= found.is_alike;
  }
  const bool is_only_one = ++tape_.documents().begin() == tape_.documents().end();
  if (are_alike && is_only_one && document.is(Kind::object)) {
    guesses_.learn(record, document, fields_);
  }
  return true;
}

}  // namespace sluice::delivery
