// The head of an HTTP/1.1 answer, as bytes.
#pragma once

#include "base/bytes.h"
#include "net/http.h"

#include <cstdint>
#include <string_view>

namespace sluice::net {

// What the server knows about the answer beside the answer itself.
struct AnswerFrame {
  bool is_head_request = false;  // the body is measured but not sent
  bool closes = false;           // says so with Connection: close
  std::string_view date;         // as format_http_date writes it
};

// Whether an answer of this status has a body and a Content-Length (not 204 and 304).
bool status_has_body(int status);

// The value of Content-Length: of the body, the file region or, for HEAD, what the answer states.
std::uint64_t declared_length(const HttpResponse& response, bool is_head_request);

// Appends status line, the response's own fields, Date, Content-Length where the status has one,
// Connection where needed, and the empty line.  Fields that belong to the server are left out, and
// control characters in names and values become blanks so that no value can start a new line.
void append_answer_head(Bytes& out, const HttpResponse& response, const AnswerFrame& frame);

}  // namespace sluice::net
