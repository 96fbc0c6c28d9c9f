// The rules that the heads of HTTP/1.1 and HTTP/2 share (RFC 9110).
#pragma once

#include "net/http.h"
#include "net/http_handler.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

using Refused = std::unexpected<HttpRefusal>;
using Checked = std::expected<void, HttpRefusal>;

inline Refused refused(int status, std::string reason) {
  return Refused(HttpRefusal{status, std::move(reason)});
}

// Sets of characters.
enum CharacterClass : std::uint8_t {
  token_class = 1,   // of names and methods
  field_class = 2,   // of values
  target_class = 4,  // of request targets
  host_class = 8     // of hosts with their ports
};

bool consists_of(CharacterClass wanted, std::string_view text);

Checked check_method(std::string_view method);

Checked check_target_text(std::string_view target);

// "/..." or, with OPTIONS, "*".
Checked check_target_form(std::string_view target, std::string_view method);

Checked check_host_text(std::string_view host);

// The value of Content-Length.
std::optional<std::uint64_t> parse_length(std::string_view text);

// The value of Expect.
Checked note_expectation(std::string_view value, RequestHead& head);

}  // namespace sluice::net
