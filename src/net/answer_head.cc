// Writes answer heads.
#include "net/answer_head.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::net {

namespace {

void append_number(Bytes& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  SLUICE_CHECK(end.ec == std::errc());
  out.append(digits.data(), end.ptr);
}

bool is_control(char letter) {
  const auto code = static_cast<unsigned char>(letter);
  return (code < 0x20 && code != '\t') || code == 0x7f;
}

}  // namespace

bool is_servers_field(std::string_view name) {
  constexpr std::array<std::string_view, 7> names = {"Content-Length",
                                                     "Date",
                                                     "Connection",
                                                     "Keep-Alive",
                                                     "Proxy-Connection",
                                                     "Transfer-Encoding",
                                                     "Upgrade"};
  return std::ranges::any_of(names,
                             [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

void append_clean(Bytes& out, std::string_view text) {
  const std::size_t start = out.size();
  out.append(text);
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), is_control, ' ');
}

bool status_has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::uint64_t declared_length(const HttpResponse& response, bool is_head_request) {
  if (response.file) {
    return response.file->length;
  }
  if (is_head_request && response.body.empty() && response.head_length) {
    return *response.head_length;
  }
  return response.body.size();
}

void append_answer_head(Bytes& out, const HttpResponse& response, const AnswerFrame& frame) {
  SLUICE_CHECK(response.status >= 200);
  SLUICE_CHECK(response.status <= 599);
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::uint64_t>(response.status));
  out.push_back(' ');
  out.append(reason_phrase(response.status));
  out.append("\r\n");
  for (const HttpHeader& header : response.headers) {
    if (!is_servers_field(header.name)) {
      append_clean(out, header.name);
      out.append(": ");
      append_clean(out, header.value);
      out.append("\r\n");
    }
  }
  out.append("Date: ");
  out.append(frame.date);
  out.append("\r\n");
  if (frame.length && status_has_body(response.status)) {
    out.append("Content-Length: ");
    append_number(out, *frame.length);
    out.append("\r\n");
  }
  if (frame.is_chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  }
  if (frame.closes) {
    out.append("Connection: close\r\n");
  }
  out.append("\r\n");
}

}  // namespace sluice::net
