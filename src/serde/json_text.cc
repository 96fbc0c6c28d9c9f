// A parsed value as compact JSON text.
#include "serde/json_text.h"

#include "base/check.h"
#include "json/writer.h"
#include "serde/letter_case.h"

#include <algorithm>
#include <ranges>
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
  const std::size_t first = entries_.size();
  const std::size_t keys_before = keys_.size();
  for (const json::Member member : object.members()) {
    const auto begin = static_cast<std::uint32_t>(keys_.size());
    if (lower_keys_) {
      append_lower_case(keys_, member.key);
    } else {
      keys_.append(member.key);
    }
    entries_.push_back({begin,
                        static_cast<std::uint32_t>(keys_.size()) - begin,
                        static_cast<std::uint32_t>(entries_.size() - first),
                        false,
                        member.value});
  }
  settle_repeats(first);
  const std::size_t last = entries_.size();
  out.push_back('{');
  bool is_first = true;
  for (std::size_t index = first; index < last; ++index) {
    // A copy: members of members move the vector.
    const Entry entry = entries_[index];
    if (entry.is_repeat) {
      continue;
    }
    if (!std::exchange(is_first, false)) {
      out.push_back(',');
    }
    json::append_string(out, key(entry));
    out.push_back(':');
    append(out, entry.value);
    SLUICE_DCHECK(entries_.size() == last);
  }
  out.push_back('}');
  entries_.resize(first);
  keys_.resize(keys_before);
}

// Sorting keeps this n log n whatever a producer sends.
void JsonText::settle_repeats(std::size_t first) {
  const auto members =
      std::ranges::subrange(entries_.begin() + static_cast<std::ptrdiff_t>(first), entries_.end());
  std::ranges::sort(members, [this](const Entry& left, const Entry& right) {
    const int order = key(left).compare(key(right));
    return order != 0 ? order < 0 : left.order < right.order;
  });
  Entry* kept = nullptr;
  for (Entry& entry : members) {
    if (kept != nullptr && key(*kept) == key(entry)) {
      kept->value = entry.value;
      entry.is_repeat = true;
    } else {
      kept = &entry;
    }
  }
  std::ranges::sort(members, {}, &Entry::order);
}

std::string_view JsonText::key(const Entry& entry) const {
  return std::string_view(keys_).substr(entry.key_begin, entry.key_size);
}

}  // namespace sluice::serde
