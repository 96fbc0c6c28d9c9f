// From the keys of a JSON object to the columns they fill.
#include "serde/key_table.h"

#include "serde/letter_case.h"

#include <algorithm>
#include <charconv>

namespace sluice::serde {

namespace {

// Bounds on what is remembered; beyond them a key is looked up each time.
constexpr std::size_t guesses_max = 4096;
constexpr std::size_t guessed_key_bytes_max = 256;

}  // namespace

void KeyTable::add_column(std::string_view name, std::string_view key) {
  const auto slot_of = [](Slots& slots, std::string text) {
    return slots.try_emplace(std::move(text), static_cast<std::uint32_t>(slots.size()))
        .first->second;
  };
  columns_.push_back({slot_of(exact_slots_, fold(key)), slot_of(dotted_slots_, fold(name))});
  exact_.resize(exact_slots_.size());
  dotted_.resize(dotted_slots_.size());
}

bool KeyTable::match(json::View object) {
  std::ranges::fill(exact_, json::View());
  if (rules_.dots_to_underscores) {
    std::ranges::fill(dotted_, Dotted());
  }
  std::size_t position = 0;
  for (const json::Member member : object.members()) {
    const bool is_guessed = position < guesses_.size() && guesses_[position].key == member.key;
    const Target target = is_guessed ? guesses_[position].target : look_up(position, member.key);
    if (target.exact < wrong_slot) {
      exact_[target.exact] = member.value;
    } else if (target.exact == wrong_slot) [[unlikely]] {
      misplaced_ = member.key;
      return false;
    }
    if (target.dotted != no_slot) {
      put_dotted(target.dotted, member);
    }
    ++position;
  }
  return true;
}

// The slot of column N for "_colN"; no_slot for other keys.
std::uint32_t KeyTable::positional_slot(std::string_view key) const {
  constexpr std::string_view start = "_col";
  if (!key.starts_with(start) || key.size() == start.size() ||
      key.find_first_not_of("0123456789", start.size()) != std::string_view::npos) {
    return no_slot;
  }
  const std::string_view digits = key.substr(start.size());
  std::uint32_t column = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), column);
  const bool is_plain = digits.size() == 1 || digits.front() != '0';
  return is_plain && parsed.ec == std::errc{} && column < columns_.size() ? columns_[column].exact
                                                                          : wrong_slot;
}

KeyTable::Target KeyTable::look_up(std::size_t position, std::string_view key) {
  folded_.clear();
  if (rules_.case_insensitive) {
    append_lower_case(folded_, key);
  } else {
    folded_.append(key);
  }
  Target target;
  if (const auto found = exact_slots_.find(folded_); found != exact_slots_.end()) {
    target.exact = found->second;
  } else if (rules_.positional_names) {
    target.exact = positional_slot(key);
  }
  if (rules_.dots_to_underscores && folded_.find('.') != std::string::npos) {
    std::ranges::replace(folded_, '.', '_');
    if (const auto found = dotted_slots_.find(folded_); found != dotted_slots_.end()) {
      target.dotted = found->second;
    }
  }
  if (position < guesses_max && key.size() <= guessed_key_bytes_max) {
    if (guesses_.size() <= position) {
      guesses_.resize(position + 1);
    }
    guesses_[position].key.assign(key);
    guesses_[position].target = target;
  }
  return target;
}

// The first key that spells the name wins over other spellings, the last of equal keys over the
// rest.
void KeyTable::put_dotted(std::uint32_t slot, json::Member member) {
  Dotted& dotted = dotted_[slot];
  if (!dotted.value.exists()) {
    dotted = {member.key, member.value};
  } else if (is_same_key(dotted.key, member.key)) {
    dotted.value = member.value;
  }
}

std::string KeyTable::fold(std::string_view text) const {
  return rules_.case_insensitive ? lower_case(text) : std::string(text);
}

bool KeyTable::is_same_key(std::string_view left, std::string_view right) const {
  return left == right || fold(left) == fold(right);
}

}  // namespace sluice::serde
