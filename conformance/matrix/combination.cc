#include "matrix/combination.h"

#include "parquet/profile.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::matrix {

namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

template <class T>
using Word = std::pair<std::string_view, T>;

// Sets `to` to what `words` say `text` stands for; false when they do not know it.
template <class T, std::size_t N>
bool pick(std::string_view text, const Word<T> (&words)[N], T& to) {
  for (const auto& [word, value] : words) {
    if (word == text) {
      to = value;
      return true;
    }
  }
  return false;
}

bool set_number(std::string_view text, std::size_t& to) {
  const std::optional<std::uint64_t> number = number_of(text);
  to = number.value_or(to);
  return number.has_value();
}

bool set_flag(std::string_view text, bool& to) {
  constexpr Word<bool> words[] = {{"yes", true}, {"no", false}};
  return pick(text, words, to);
}

constexpr Word<Nulls> nulls_words[] = {{"none", Nulls::none},
                                       {"some", Nulls::some},
                                       {"runs", Nulls::runs},
                                       {"leaves", Nulls::leaves},
                                       {"all", Nulls::all}};
constexpr Word<Values> values_words[] = {{"any", Values::any},
                                         {"limits", Values::limits},
                                         {"few", Values::few},
                                         {"ascending", Values::ascending},
                                         {"runs", Values::runs}};
constexpr Word<Times> times_words[] = {{"nanos", Times::nanos}, {"years", Times::years}};
constexpr Word<parquet::Codec> codec_words[] = {{"none", parquet::Codec::uncompressed},
                                                {"snappy", parquet::Codec::snappy},
                                                {"gzip", parquet::Codec::gzip},
                                                {"zstd", parquet::Codec::zstd},
                                                {"lz4_raw", parquet::Codec::lz4_raw}};

constexpr Word<parquet::TimestampUnit> timestamp_words[] = {
    {"micros", parquet::TimestampUnit::micros},
    {"millis", parquet::TimestampUnit::millis},
    {"nanos", parquet::TimestampUnit::nanos},
    {"int96", parquet::TimestampUnit::int96}};
constexpr Word<parquet::ListNames> lists_words[] = {{"standard", parquet::ListNames::standard},
                                                    {"hive", parquet::ListNames::hive}};
constexpr Word<parquet::DecimalForm> decimals_words[] = {
    {"shortest", parquet::DecimalForm::shortest}, {"fixed", parquet::DecimalForm::fixed}};

constexpr Word<parquet::PageVersion> page_version_words[] = {{"v1", parquet::PageVersion::v1},
                                                             {"v2", parquet::PageVersion::v2}};
constexpr Word<parquet::Marks> marks_words[] = {{"standard", parquet::Marks::standard},
                                                {"parquet_java", parquet::Marks::parquet_java}};
constexpr Word<parquet::EncodingSet> encodings_words[] = {{"basic", parquet::EncodingSet::basic},
                                                          {"all", parquet::EncodingSet::all}};

bool set_profile(Combination& into, std::string_view text) {
  Result<parquet::Profile> profile = parquet::parse_profile(text);
  if (profile) {
    into.writer = parquet::options_of(*profile);
  }
  return profile.has_value();
}

// A filter for every leaf that can have one.
bool set_bloom(Combination& into, std::string_view text) {
  bool is_wanted = false;
  const bool is_known = set_flag(text, is_wanted);
  for (const columnar::Leaf& leaf : columnar::leaves_of(into.schema)) {
    if (is_wanted && leaf.storage != columnar::Storage::boolean) {
      into.writer.bloom_filter_columns.push_back({.column = leaf.path.front()});
    }
  }
  return is_known;
}

bool set_sort(Combination& into, std::string_view text) {
  constexpr Word<Sort> words[] = {{"none", Sort::none},
                                  {"key", Sort::key},
                                  {"row_descending", Sort::row_descending},
                                  {"noted", Sort::noted}};
  const bool is_known = pick(text, words, into.sort);
  if (into.sort == Sort::key) {
    into.writer.sort_by = {{.column = "key"}};
  } else if (into.sort == Sort::row_descending) {
    into.writer.sort_by = {{.column = "row", .descending = true}};
  }
  into.writer.note_order = into.sort == Sort::noted;
  return is_known;
}

struct Option {
  std::string_view name;
  bool (*set)(Combination& into, std::string_view text);
};

// A profile comes before what deviates from it.
constexpr Option options[] = {
    {"profile", set_profile},
    {"nulls", [](auto& into, auto text) { return pick(text, nulls_words, into.style.nulls); }},
    {"values", [](auto& into, auto text) { return pick(text, values_words, into.style.values); }},
    {"times", [](auto& into, auto text) { return pick(text, times_words, into.style.times); }},
    {"list_length",
     [](auto& into, auto text) { return set_number(text, into.style.list_length_max); }},
    {"text_bytes",
     [](auto& into, auto text) { return set_number(text, into.style.text_bytes_max); }},
    {"batch_rows", [](auto& into, auto text) { return set_number(text, into.batch_rows); }},
    {"parked_rows", [](auto& into, auto text) { return set_number(text, into.parked_rows); }},
    {"codec", [](auto& into, auto text) { return pick(text, codec_words, into.writer.codec); }},
    {"compresses_everything",
     [](auto& into, auto text) { return set_flag(text, into.writer.pages.compresses_everything); }},
    {"page_version",
     [](auto& into, auto text) {
       return pick(text, page_version_words, into.writer.pages.version);
     }},
    {"marks",
     [](auto& into, auto text) { return pick(text, marks_words, into.writer.pages.marks); }},
    {"encodings",
     [](auto& into, auto text) { return pick(text, encodings_words, into.writer.encodings.set); }},
    {"weighs_compressed",
     [](auto& into, auto text) { return set_flag(text, into.writer.encodings.weighs_compressed); }},
    {"weighs_time",
     [](auto& into, auto text) { return set_flag(text, into.writer.encodings.weighs_time); }},
    {"dictionary", [](auto& into, auto text) { return set_flag(text, into.writer.dictionary); }},
    {"dictionary_bytes",
     [](auto& into, auto text) { return set_number(text, into.writer.dictionary_bytes_max); }},
    {"page_bytes",
     [](auto& into, auto text) { return set_number(text, into.writer.page_bytes_max); }},
    {"page_rows",
     [](auto& into, auto text) { return set_number(text, into.writer.page_rows_max); }},
    {"group_rows",
     [](auto& into, auto text) { return set_number(text, into.writer.row_group_rows_max); }},
    {"group_bytes",
     [](auto& into, auto text) { return set_number(text, into.writer.row_group_bytes_max); }},
    {"timestamp",
     [](auto& into, auto text) {
       return pick(text, timestamp_words, into.writer.physical.timestamp);
     }},
    {"lists",
     [](auto& into, auto text) { return pick(text, lists_words, into.writer.physical.lists); }},
    {"decimals",
     [](auto& into, auto text) {
       return pick(text, decimals_words, into.writer.physical.decimals);
     }},
    {"bloom", set_bloom},
    {"json", [](auto& into, auto text) { return set_flag(text, into.is_json); }},
    {"sort", set_sort},
    {"page_index", [](auto& into, auto text) { return set_flag(text, into.writer.page_index); }},
};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

Result<void> set_option(Combination& into, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals != std::string_view::npos) {
    for (const Option& option : options) {
      if (option.name == assignment.substr(0, equals) &&
          option.set(into, assignment.substr(equals + 1))) {
        return {};
      }
    }
  }
  return fail(Fault::invalid, fmt::format("\"{}\" is no option with a value of it", assignment));
}

}  // namespace

Result<Combination> parse_combination(std::string_view line) {
  constexpr std::size_t fields_min = 4;
  const std::vector<std::string_view> fields = split(line, '\t');
  if (fields.size() < fields_min) {
    return fail(Fault::invalid, fmt::format("\"{}\" has fewer than four fields", line));
  }
  const std::optional<std::uint64_t> rows = number_of(fields[1]);
  const std::optional<std::uint64_t> seed = number_of(fields[2]);
  if (!rows || !seed) {
    return fail(Fault::invalid, fmt::format("\"{}\": rows and seed must be numbers", line));
  }
  SLUICE_TRY(schema, columnar::parse_columns(fields[3]));
  Combination combination;
  combination.name = std::string(fields[0]);
  combination.rows = *rows;
  combination.seed = *seed;
  combination.schema = std::move(schema);
  for (std::size_t i = fields_min; i < fields.size(); ++i) {
    SLUICE_TRY_DO(set_option(combination, fields[i]));
  }
  return combination;
}

}  // namespace sluice::matrix
