// A parsed value as compact JSON text.
#include "serde/json_text.h"

#include "json/writer.h"

#include <cstddef>
#include <utility>

namespace sluice::serde {

void JsonText::append(std::string& out, json::View value) {
  switch (value.kind()) {
    case json::Kind::object:
      append_object(out, value);
      break;
    case json::Kind::array:
      append_array(out, value);
      break;
    case json::Kind::string:
      json::append_string(out, value.text());
      break;
    case json::Kind::null:
    case json::Kind::boolean:
    case json::Kind::number:
      out.append(value.text());
      break;
  }
}

void JsonText::append_array(std::string& out, json::View array) {
  out.push_back('[');
  bool is_first = true;
  for (const json::View element : array.elements()) {
    if (!std::exchange(is_first, false)) {
      out.push_back(',');
    }
    append(out, element);
  }
  out.push_back(']');
}

void JsonText::append_object(std::string& out, json::View object) {
  const DistinctMembers::Range range = members_.push(object);
  out.push_back('{');
  bool is_first = true;
  for (std::size_t member = range.first; member < range.last; ++member) {
    if (members_.is_repeat(member)) {
      continue;
    }
    if (!std::exchange(is_first, false)) {
      out.push_back(',');
    }
    json::append_string(out, members_.key(member));
    out.push_back(':');
    append(out, members_.value(member));
  }
  out.push_back('}');
  members_.pop(range);
}

}  // namespace sluice::serde
