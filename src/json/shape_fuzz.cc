// Two records, the first to learn from: what the shape makes of the second is what the full parser
// makes of it.  The input is both, a byte 0xff between them.
#include "base/check.h"
#include "json/shape.h"
#include "json/tape.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::json::Documents;
using sluice::json::Kind;
using sluice::json::Member;
using sluice::json::Node;
using sluice::json::Shape;
using sluice::json::Tape;
using sluice::json::View;

// Scalars and arrays in the order of the text.
void collect(View object, std::vector<View>& out) {
  for (const Member member : object.members()) {
    if (member.value.is(Kind::object)) {
      collect(member.value, out);
    } else {
      out.push_back(member.value);
    }
  }
}

void compare(const Shape& shape, std::string_view record) {
  std::vector<Node> values(shape.values());
  const char* const behind =
      shape.match(record.data(), record.data() + record.size(), values.data());
  if (behind == nullptr) {
    return;
  }
  const std::string_view matched(record.data(), static_cast<std::size_t>(behind - record.data()));
  Tape tape;
  SLUICE_CHECK(tape.parse(matched, Documents::one).has_value());
  SLUICE_CHECK(matched.find('\n') == std::string_view::npos);
  std::vector<View> expected;
  collect(*tape.documents().begin(), expected);
  SLUICE_CHECK(expected.size() == values.size());
  for (std::size_t index = 0; index < values.size(); ++index) {
    const Node& wanted = expected[index].node();
    SLUICE_CHECK(values[index].kind == wanted.kind);
    SLUICE_CHECK(std::string_view(values[index].data, values[index].size) ==
                 std::string_view(wanted.data, wanted.size));
    SLUICE_CHECK(values[index].is_integer == wanted.is_integer);
    SLUICE_CHECK(wanted.kind != Kind::array || values[index].detail == wanted.detail);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const std::size_t middle = input.find('\xff');
  const std::string first = input.substr(0, middle);
  const std::string second = middle == std::string::npos ? first : input.substr(middle + 1);
  Tape tape;
  if (!tape.parse(first, Documents::one)) {
    return 0;
  }
  Shape shape;
  if (!shape.learn(first, *tape.documents().begin())) {
    SLUICE_CHECK(!shape.is_learned());
    return 0;
  }
  compare(shape, first);
  compare(shape, second);
  return 0;
}
