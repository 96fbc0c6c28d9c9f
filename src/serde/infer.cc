// A schema from sample records.
#include "serde/infer.h"

#include "base/check.h"
#include "json/number.h"
#include "json/tape.h"
#include "serde/civil_time.h"
#include "serde/letter_case.h"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::serde {

namespace {

using columnar::Kind;
using columnar::Type;

// Kinds of values, as bits of a set.
enum Seen : std::uint16_t {
  seen_boolean = 1U << 0U,
  seen_integer = 1U << 1U,       // a double has it exactly
  seen_wide_integer = 1U << 2U,  // a double may not
  seen_fraction = 1U << 3U,      // or an exponent
  seen_huge_number = 1U << 4U,   // beyond 64 bits, or beyond any double
  seen_timestamp = 1U << 5U,
  seen_text = 1U << 6U,
  seen_object = 1U << 7U,
  seen_array = 1U << 8U,
  seen_too_much = 1U << 9U  // members or depth beyond the bounds
};

constexpr std::int64_t exact_in_double_max = std::int64_t{1} << 53;

std::uint16_t kind_of_number(json::View value) {
  if (!value.node().is_integer) {
    const auto number = json::to_double(value.text());
    SLUICE_CHECK(number.has_value());
    constexpr double double_max = 1.7976931348623157e308;
    return *number >= -double_max && *number <= double_max ? seen_fraction : seen_huge_number;
  }
  const auto number = json::to_int64(value.text());
  if (!number) {
    return seen_huge_number;
  }
  return *number >= -exact_in_double_max && *number <= exact_in_double_max ? seen_integer
                                                                           : seen_wide_integer;
}

// Objects grow this; spots are kept in one list and known by their index.
struct Hash {
  using is_transparent = void;

  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

struct Spot {
  std::uint16_t seen = 0;
  std::uint32_t element = 0;           // spot of the elements; 0: none yet
  std::vector<std::uint32_t> members;  // spots, in the order of appearance
  std::vector<std::string> names;      // of the members
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> by_name;  // folded
};

class Inference {
 public:
  explicit Inference(KeyCase key_case) : key_case_(key_case) { spots_.emplace_back(); }

  Result<void> look_at(json::View record) {
    look_at_members(row, record, 0);
    const Spot& spot = spots_[row];
    if (spot.members.size() > inferred_columns_max) {
      return fail(Fault::too_large,
                  fmt::format("the records have more than {} different keys; give a schema",
                              inferred_columns_max));
    }
    if (spots_.size() > inferred_spots_max) {
      return fail(Fault::too_large,
                  fmt::format("the records have more than {} different spots for values; give a "
                              "schema",
                              inferred_spots_max));
    }
    return {};
  }

  Result<columnar::Schema> schema() const {
    const Spot& spot = spots_[row];
    if (spot.members.empty()) {
      return fail(Fault::invalid,
                  "no sample record is a JSON object with a key; give a schema, or other samples");
    }
    SLUICE_TRY(columns, fields_of(spot));
    return columnar::Schema{std::move(columns)};
  }

 private:
  static constexpr std::uint32_t row = 0;

  // Spots are reached by index: the list moves while it grows.
  void look_at(std::uint32_t index, json::View value, int depth) {
    switch (value.kind()) {
      case json::Kind::null:
        return;
      case json::Kind::boolean:
        spots_[index].seen |= seen_boolean;
        return;
      case json::Kind::number:
        spots_[index].seen |= kind_of_number(value);
        return;
      case json::Kind::string:
        spots_[index].seen |= parse_timestamp(value.text()) ? seen_timestamp : seen_text;
        return;
      case json::Kind::array:
      case json::Kind::object:
        break;
    }
    const bool is_object = value.kind() == json::Kind::object;
    spots_[index].seen |= is_object ? seen_object : seen_array;
    if (depth == inferred_nesting_max) {
      spots_[index].seen |= seen_too_much;
    }
    if (!nests(spots_[index].seen)) {
      return;  // a string whatever follows
    }
    if (is_object) {
      look_at_members(index, value, depth);
    } else {
      look_at_elements(index, value, depth);
    }
  }

  void look_at_elements(std::uint32_t index, json::View array, int depth) {
    if (spots_[index].element == 0) {
      const std::uint32_t added = add_spot();
      spots_[index].element = added;
    }
    for (const json::View element : array.elements()) {
      look_at(spots_[index].element, element, depth + 1);
    }
  }

  void look_at_members(std::uint32_t index, json::View object, int depth) {
    for (const json::Member member : object.members()) {
      if (member.key.empty()) {
        continue;
      }
      folded_.clear();
      append_lower_case(folded_, member.key);
      const std::string_view wanted =
          key_case_ == KeyCase::ignored ? std::string_view(folded_) : member.key;
      const auto found = spots_[index].by_name.find(wanted);
      std::uint32_t spot = 0;
      if (found != spots_[index].by_name.end()) {
        spot = found->second;
      } else {
        if (index != row && spots_[index].members.size() == inferred_members_max) {
          spots_[index].seen |= seen_too_much;
          return;
        }
        spot = add_spot();
        spots_[index].members.push_back(spot);
        spots_[index].names.emplace_back(wanted);
        spots_[index].by_name.emplace(wanted, spot);
      }
      look_at(spot, member.value, depth + 1);
    }
  }

  std::uint32_t add_spot() {
    spots_.emplace_back();
    return static_cast<std::uint32_t>(spots_.size() - 1);
  }

  // Whether values of these kinds become a struct or an array.
  static bool nests(std::uint16_t seen) { return seen == seen_object || seen == seen_array; }

  static bool is_within(std::uint16_t seen, unsigned kinds) {
    return seen != 0 && (seen & ~kinds) == 0;
  }

  Result<std::vector<columnar::Field>> fields_of(const Spot& spot) const {
    SLUICE_TRY_DO(check_names(spot));
    std::vector<columnar::Field> fields;
    for (std::size_t member = 0; member < spot.members.size(); ++member) {
      SLUICE_TRY(type, type_of(spots_[spot.members[member]]));
      fields.push_back({spot.names[member], std::move(type)});
    }
    return fields;
  }

  // Hive tells no names apart by case, so nor can a schema.
  Result<void> check_names(const Spot& spot) const {
    std::unordered_map<std::string, std::string_view> lowered;
    for (const std::string& name : spot.names) {
      const auto [other, is_new] = lowered.try_emplace(lower_case(name), name);
      if (!is_new) {
        return fail(Fault::invalid,
                    fmt::format("the keys \"{:.100}\" and \"{:.100}\" differ in case only, which "
                                "columns cannot; ignore the case of keys, or give a schema",
                                other->second,
                                name));
      }
    }
    return {};
  }

  Result<Type> type_of(const Spot& spot) const {
    const auto plain = [](Kind kind) { return Type{.kind = kind, .children = {}}; };
    if (is_within(spot.seen, seen_boolean)) {
      return plain(Kind::boolean);
    }
    if (is_within(spot.seen, seen_integer | seen_wide_integer)) {
      return plain(Kind::bigint);
    }
    if (is_within(spot.seen, seen_integer | seen_fraction)) {
      return plain(Kind::float64);
    }
    if (is_within(spot.seen, seen_timestamp)) {
      return plain(Kind::timestamp);
    }
    if (spot.seen == seen_object && !spot.members.empty()) {
      SLUICE_TRY(fields, fields_of(spot));
      return Type{.kind = Kind::structure, .children = std::move(fields)};
    }
    if (spot.seen == seen_array) {
      SLUICE_TRY(element, type_of(spots_[spot.element]));
      return Type{.kind = Kind::array, .children = {{"element", std::move(element)}}};
    }
    return plain(Kind::string);
  }

  KeyCase key_case_;
  std::vector<Spot> spots_;
  std::string folded_;
};

}  // namespace

Result<columnar::Schema> infer_schema(std::span<const ByteView> records, KeyCase key_case) {
  Inference inference(key_case);
  json::Tape tape;
  for (const ByteView record : records) {
    if (!tape.parse(record)) {
      continue;
    }
    for (const json::View document : tape.documents()) {
      if (document.kind() == json::Kind::object) {
        SLUICE_TRY_DO(inference.look_at(document));
      }
    }
  }
  return inference.schema();
}

}  // namespace sluice::serde
