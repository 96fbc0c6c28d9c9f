// Any text as a query: refused with a place in it, or taken apart so that putting the parts
// together again makes the same; and where it is a plain selection, it is that of its parts.
#include "base/check.h"
#include "base/utf8.h"
#include "delivery/object_construction.h"
#include "delivery/plain_selection.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace sluice;
using namespace sluice::delivery;

// With every character escaped that could mean something.
std::string quoted(std::string_view key) {
  std::string out = "\"";
  for (const char c : key) {
    out += c == '"' || c == '\\' ? "\\" : "";
    out += c == '\0' ? std::string("\\u0000") : std::string(1, c);
  }
  return out + "\"";
}

// Comments end with their line, which is all that keeps the parts from standing in one.
std::string together(const std::vector<ConstructedMember>& members) {
  std::string query = "{";
  for (const ConstructedMember& member : members) {
    query += quoted(member.key);
    query += member.value.empty() ? "" : ":" + std::string(member.value);
    query += "\n,";
  }
  return query + "}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const auto members = read_object_construction(query);
  if (!members) {
    SLUICE_CHECK(members.error().fault() == Fault::invalid);
    SLUICE_CHECK(is_utf8(members.error().message()));
    return 0;
  }
  SLUICE_CHECK(!members->empty() && members->size() <= query_keys_max);
  const std::string rebuilt = together(*members);
  if (rebuilt.size() > query_bytes_max) {
    return 0;
  }
  const auto again = read_object_construction(rebuilt);
  SLUICE_CHECK(again);
  SLUICE_CHECK(again->size() == members->size());
  for (std::size_t i = 0; i < members->size(); ++i) {
    SLUICE_CHECK((*again)[i].key == (*members)[i].key);
    SLUICE_CHECK((*again)[i].value == (*members)[i].value);
  }
  SLUICE_CHECK(PlainSelection::compile(*again).has_value() ==
               PlainSelection::compile(*members).has_value());
  return 0;
}
