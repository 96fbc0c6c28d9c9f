// Reading tests of a configuration, and comparing.
#include "cli/check_expectation.h"

#include "base/check.h"
#include "base/count_text.h"
#include "cli/quantity.h"
#include "json/document.h"
#include "json/writer.h"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

namespace sluice::cli {
namespace {

using json::Kind;
using json::View;

constexpr std::string_view default_arrival = "2025-01-01T00:00:00Z";
constexpr std::array<std::string_view, 8> members{
    "name", "delivery_stream", "arrival", "records", "keys", "rows", "texts", "errors"};

// One test of the file, and where it stands: "tests.json: test 2".
class TestReader {
 public:
  TestReader(View test, std::string place) : test_(test), place_(std::move(place)) {}

  Result<Expectation> read() const;

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(Fault::invalid, fmt::format("{}: {}", place_, what));
  }

  Result<std::string> text(std::string_view member, std::string_view otherwise) const;
  Result<std::vector<Bytes>> records() const;
  Result<std::optional<std::vector<std::string>>> list(std::string_view member, Kind of) const;
  Result<std::optional<std::vector<ExpectedError>>> errors() const;

  View test_;
  std::string place_;
};

std::string compact(View value) {
  std::string out;
  json::Writer(out).value(value);
  return out;
}

Result<std::string> TestReader::text(std::string_view member, std::string_view otherwise) const {
  const View found = test_.find(member);
  if (!found.exists()) {
    return std::string(otherwise);
  }
  const auto value = found.as_string();
  return value ? Result<std::string>(*value) : wrong(fmt::format("{} must be text", member));
}

Result<std::vector<Bytes>> TestReader::records() const {
  const View found = test_.find("records");
  if (!found.is(Kind::array)) {
    return wrong("records must be a list of texts and objects");
  }
  std::vector<Bytes> out;
  for (const View record : found.elements()) {
    if (!record.is(Kind::string) && !record.is(Kind::object)) {
      return wrong("a record must be a text or an object");
    }
    out.emplace_back(record.text());
  }
  return out;
}

Result<std::optional<std::vector<std::string>>> TestReader::list(std::string_view member,
                                                                 Kind of) const {
  const View found = test_.find(member);
  if (!found.exists()) {
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const View element : found.elements()) {
    if (!element.is(of)) {
      return wrong(fmt::format("each of {} must be {} {}",
                               member,
                               of == Kind::object ? "an" : "a",
                               json::kind_name(of)));
    }
    out.push_back(of == Kind::string ? std::string(element.text()) : compact(element));
  }
  if (!found.is(Kind::array)) {
    return wrong(fmt::format("{} must be a list", member));
  }
  return std::optional(std::move(out));
}

Result<std::optional<std::vector<ExpectedError>>> TestReader::errors() const {
  const View found = test_.find("errors");
  if (!found.exists()) {
    return std::nullopt;
  }
  if (!found.is(Kind::array)) {
    return wrong("errors must be a list");
  }
  std::vector<ExpectedError> out;
  for (const View element : found.elements()) {
    ExpectedError error;
    for (const auto& [key, value] : element.members()) {
      if ((key != "code" && key != "message") || !value.is(Kind::string)) {
        return wrong("an error has a code and a message, both texts");
      }
      (key == "code" ? error.code : error.message) = *value.as_string();
    }
    if (!element.is(Kind::object)) {
      return wrong("each of errors must be an object");
    }
    out.push_back(std::move(error));
  }
  return std::optional(std::move(out));
}

Result<Expectation> TestReader::read() const {
  if (!test_.is(Kind::object)) {
    return wrong("it must be an object");
  }
  for (const auto& [key, value] : test_.members()) {
    if (std::find(members.begin(), members.end(), key) == members.end()) {
      return wrong(fmt::format(
          "{} is not known here; there are {}", printable(key), fmt::join(members, ", ")));
    }
  }
  Expectation out;
  SLUICE_TRY(name, text("name", ""));
  out.name = std::move(name);
  SLUICE_TRY(delivery_stream, text("delivery_stream", ""));
  out.delivery_stream = std::move(delivery_stream);
  SLUICE_TRY(arrival_text, text("arrival", default_arrival));
  const auto arrival = parse_arrival(arrival_text);
  if (!arrival) {
    return wrong(arrival.error().message());
  }
  out.arrival = *arrival;
  SLUICE_TRY(records, this->records());
  out.records = std::move(records);
  SLUICE_TRY(keys, list("keys", Kind::string));
  out.keys = std::move(keys);
  SLUICE_TRY(rows, list("rows", Kind::object));
  out.rows = std::move(rows);
  SLUICE_TRY(texts, list("texts", Kind::string));
  out.texts = std::move(texts);
  SLUICE_TRY(errors, this->errors());
  out.errors = std::move(errors);
  return out;
}

bool are_equal(View expected, View found);

bool are_equal_objects(View expected, View found) {
  for (const auto& [key, value] : expected.members()) {
    const View other = found.find(key);
    if (!other.exists() || !are_equal(value, other)) {
      return false;
    }
  }
  for (const auto& [key, value] : found.members()) {
    if (!expected.find(key).exists() && !value.is(Kind::null)) {
      return false;
    }
  }
  return true;
}

bool are_equal_lists(View expected, View found) {
  if (expected.size() != found.size()) {
    return false;
  }
  auto other = found.elements().begin();
  for (const View element : expected.elements()) {
    if (!are_equal(element, *other)) {
      return false;
    }
    ++other;
  }
  return true;
}

// Recurses as deep as documents may.
bool are_equal(View expected, View found) {
  if (expected.kind() != found.kind()) {
    return false;
  }
  switch (expected.kind()) {
    case Kind::object:
      return are_equal_objects(expected, found);
    case Kind::array:
      return are_equal_lists(expected, found);
    case Kind::number:
      return expected.as_int64() == found.as_int64() && expected.as_double() == found.as_double();
    default:
      return expected.text() == found.text();
  }
}

bool is_equal_json(const std::string& found, const std::string& expected) {
  const auto left = json::Document::parse(expected);
  const auto right = json::Document::parse(found);
  return left && right && are_equal(left->root(), right->root());
}

// Compares two lists, element by element; `what` is one of them.
template <class IsEqual>
void compare(std::string_view what,
             const std::optional<std::vector<std::string>>& expected,
             const std::vector<std::string>& found,
             const IsEqual& is_equal,
             std::vector<std::string>& out) {
  if (!expected) {
    return;
  }
  for (std::size_t i = 0; i < std::max(expected->size(), found.size()); ++i) {
    if (i >= found.size()) {
      out.push_back(fmt::format("{} {} is missing: {}", what, i + 1, printable((*expected)[i])));
    } else if (i >= expected->size()) {
      out.push_back(fmt::format("{} {} is not expected: {}", what, i + 1, printable(found[i])));
    } else if (!is_equal(found[i], (*expected)[i])) {
      out.push_back(fmt::format("{} {} is {}, expected is {}",
                                what,
                                i + 1,
                                printable(found[i]),
                                printable((*expected)[i])));
    }
  }
}

std::string error_text(std::string_view code, std::string_view message) {
  return fmt::format("{}: {}", code, message);
}

}  // namespace

bool is_like(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t next = 0;
  std::optional<std::size_t> star;  // the last one, and where the text behind it begins
  std::size_t tried = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      tried = at;
    } else if (next < pattern.size() && pattern[next] == text[at]) {
      ++next;
      ++at;
    } else if (star) {
      next = *star + 1;
      at = ++tried;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', next) == std::string_view::npos;
}

Result<UnixMillis> parse_arrival(std::string_view text) {
  std::istringstream in{std::string(text)};
  date::sys_time<std::chrono::milliseconds> time;
  in >> date::parse("%FT%TZ", time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) {
    return fail(
        Fault::invalid,
        fmt::format("{} is no time; write it in UTC, as 2025-07-13T15:55:19Z", printable(text)));
  }
  return unix_millis(time.time_since_epoch().count());
}

Result<std::vector<Expectation>> parse_expectations(Bytes text, std::string_view name) {
  const auto document = json::Document::parse(std::move(text));
  if (!document) {
    return fail(Fault::invalid, fmt::format("{}: {}", name, document.error().message()));
  }
  const View tests = document->root().find("tests");
  if (!tests.is(Kind::array) || tests.size() == 0) {
    return fail(Fault::invalid, fmt::format(R"({}: there must be {{"tests": [...]}})", name));
  }
  std::vector<Expectation> out;
  for (const View test : tests.elements()) {
    SLUICE_TRY(expectation,
               TestReader(test, fmt::format("{}: test {}", name, out.size() + 1)).read());
    if (expectation.name.empty()) {
      expectation.name = fmt::format("test {}", out.size() + 1);
    }
    out.push_back(std::move(expectation));
  }
  return out;
}

std::vector<std::string> differences(const Expectation& expected, const Rehearsal& found) {
  std::vector<std::string> keys;
  std::vector<std::string> rows;
  std::vector<std::string> texts;
  std::vector<std::string> errors;
  for (const RehearsedObject& object : found.objects) {
    keys.push_back(object.key);
    rows.insert(rows.end(), object.rows.begin(), object.rows.end());
    if (object.text) {
      texts.push_back(*object.text);
    }
    for (const RefusedRecord& refused : object.refused) {
      errors.push_back(error_text(refused.code, refused.message));
    }
  }
  std::optional<std::vector<std::string>> expected_errors;
  if (expected.errors) {
    expected_errors.emplace();
    for (const ExpectedError& error : *expected.errors) {
      expected_errors->push_back(error_text(error.code, error.message));
    }
  }
  std::vector<std::string> out;
  compare("key", expected.keys, keys, is_like, out);
  compare("row", expected.rows, rows, is_equal_json, out);
  compare("text", expected.texts, texts, is_like, out);
  compare("error", expected_errors, errors, is_like, out);
  return out;
}

}  // namespace sluice::cli
