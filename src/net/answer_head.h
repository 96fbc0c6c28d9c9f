// The head of an HTTP/1.1 answer, as bytes, and what HTTP/2's has in common with it.
#pragma once

#include "base/bytes.h"
#include "net/http.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::net {

// What the server knows about the answer beside the answer itself.
struct AnswerFrame {
  std::optional<std::uint64_t> length;  // of the body, where it is known
  bool is_chunked = false;              // the body comes in chunks, because it is not
  bool closes = false;                  // says so with Connection: close
  std::string_view date;                // as format_http_date writes it
};

// Whether an answer of this status has a body and a Content-Length (not 204 and 304).
bool status_has_body(int status);

// The value of Content-Length: of the body, the file region or, for HEAD, what the answer states.
std::uint64_t declared_length(const HttpResponse& response, bool is_head_request);

// Whether a field is the server's business: how the body is framed, the connection, the date.
bool is_servers_field(std::string_view name);

// Appends a field's name or value with control characters as blanks, so that none can start a new
// line.
void append_clean(Bytes& out, std::string_view text);

// Appends status line, the response's own fields, Date, Content-Length or Transfer-Encoding where
// the status has one, Connection where needed, and the empty line.
void append_answer_head(Bytes& out, const HttpResponse& response, const AnswerFrame& frame);

}  // namespace sluice::net
