#include "delivery/object_construction.h"

#include "base/utf8.h"
#include "delivery/jq_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::delivery {
namespace {

// Keys only with a value behind them.
constexpr std::array<std::string_view, 19> keywords = {"__loc__",
                                                       "and",
                                                       "as",
                                                       "break",
                                                       "catch",
                                                       "def",
                                                       "elif",
                                                       "else",
                                                       "end",
                                                       "foreach",
                                                       "if",
                                                       "import",
                                                       "include",
                                                       "label",
                                                       "module",
                                                       "or",
                                                       "reduce",
                                                       "then",
                                                       "try"};

bool is_keyword(std::string_view name) {
  return std::ranges::find(keywords, name) != keywords.end();
}

struct Key {
  std::string text;
  bool may_stand_alone = true;
};

Result<Key> take_key(JqText& text) {
  if (text.peek() == '"') {
    SLUICE_TRY(string, text.take_string());
    return Key{std::move(string)};
  }
  const JqText before = text;
  const std::string_view name = text.take_name();
  if (name.empty()) {
    return before.refuse(
        "a key of the query must be a name or a string; one that depends on the record is of no "
        "use in a prefix");
  }
  return Key{std::string(name), !is_keyword(name)};
}

Result<ConstructedMember> take_member(JqText& text) {
  const JqText before = text;
  SLUICE_TRY(key, take_key(text));
  if (key.text.empty()) {
    return before.refuse("a key of the query must not be empty");
  }
  text.skip_blanks();
  if (text.take(':')) {
    SLUICE_TRY(value, text.take_expression());
    return ConstructedMember{std::move(key.text), value};
  }
  if (!key.may_stand_alone) {
    return before.refuse(fmt::format("'{}' is a word of jq; as a key it needs a value", key.text));
  }
  return ConstructedMember{std::move(key.text), {}};
}

Result<void> check_text(std::string_view query) {
  if (query.size() > query_bytes_max) {
    return fail(Fault::invalid, fmt::format("a query has at most {} bytes", query_bytes_max));
  }
  if (!is_utf8(query) || query.find('\0') != std::string_view::npos) {
    return fail(Fault::invalid, "a query is valid UTF-8 without a zero byte");
  }
  return {};
}

Result<void> expect_end(JqText& text) {
  text.skip_blanks();
  if (!text.at_end()) {
    return text.refuse("nothing may follow the object");
  }
  return {};
}

}  // namespace

Result<std::vector<ConstructedMember>> read_object_construction(std::string_view query) {
  SLUICE_TRY_DO(check_text(query));
  JqText text(query);
  text.skip_blanks();
  if (!text.take('{')) {
    return text.refuse("a query is a jq object construction, such as {customer: .customer_id}");
  }
  std::vector<ConstructedMember> members;
  for (text.skip_blanks(); !text.take('}'); text.skip_blanks()) {
    const JqText before = text;
    SLUICE_TRY(member, take_member(text));
    if (std::ranges::find(members, member.key, &ConstructedMember::key) != members.end()) {
      return before.refuse(fmt::format("the key '{}' stands twice", member.key));
    }
    if (members.size() == query_keys_max) {
      return before.refuse(fmt::format("a query has at most {} keys", query_keys_max));
    }
    members.push_back(std::move(member));
    text.skip_blanks();
    if (!text.take(',') && text.peek() != '}') {
      return text.refuse("a comma or '}' must follow a member");
    }
  }
  if (members.empty()) {
    return text.refuse("a query has at least one key");
  }
  SLUICE_TRY_DO(expect_end(text));
  return members;
}

}  // namespace sluice::delivery
