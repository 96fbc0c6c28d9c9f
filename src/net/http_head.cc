// The strict request-head parser.
#include "net/http_head.h"

#include "base/check.h"
#include "net/http_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace sluice::net {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Cuts the next line off `rest`; every line ends in CRLF, as the scanner has seen.
std::string_view take_line(ByteView& rest) {
  // A lone CR stays in the line, where no character class lets it pass.
  const std::size_t feed = rest.find('\n');
  SLUICE_CHECK(feed != ByteView::npos);
  SLUICE_CHECK(feed > 0);
  SLUICE_CHECK(rest[feed - 1] == '\r');
  const std::string_view line = rest.substr(0, feed - 1);
  rest.remove_prefix(feed + 1);
  return line;
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

Checked parse_version(std::string_view text, RequestHead& head) {
  if (text == "HTTP/1.1") {
    head.version = HttpVersion::http_1_1;
    return {};
  }
  if (text == "HTTP/1.0") {
    head.version = HttpVersion::http_1_0;
    head.wants_close = true;
    return {};
  }
  const bool is_version = text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) &&
                          text[6] == '.' && is_digit(text[7]);
  if (is_version) {
    return refused(505, "this server speaks HTTP/1.1 and HTTP/1.0");
  }
  return refused(400, "the request line does not end in an HTTP version");
}

// "http://host:port/path?query" -> authority and "/path?query"; other targets have no authority.
std::string_view split_authority(std::string_view& target) {
  constexpr std::string_view scheme = "http://";
  if (target.size() < scheme.size() ||
      !equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
    return {};
  }
  const std::string_view after = target.substr(scheme.size());
  const std::size_t authority_bytes = std::min(after.find_first_of("/?"), after.size());
  target = after.substr(authority_bytes);
  if (target.empty()) {
    target = "/";
  }
  return after.substr(0, authority_bytes);
}

// On success `authority` is that of an absolute target, or empty.
Checked parse_request_line(std::string_view line, RequestHead& head, std::string_view& authority) {
  const std::size_t first_blank = line.find(' ');
  const std::size_t last_blank = line.rfind(' ');
  if (first_blank == std::string_view::npos || first_blank == last_blank) {
    return refused(400, "the request line is not \"METHOD target HTTP/1.1\"");
  }
  const std::string_view method = line.substr(0, first_blank);
  if (auto checked = check_method(method); !checked) {
    return checked;
  }
  if (auto version = parse_version(line.substr(last_blank + 1), head); !version) {
    return version;
  }
  std::string_view target = line.substr(first_blank + 1, last_blank - first_blank - 1);
  if (auto checked = check_target_text(target); !checked) {
    return checked;
  }
  authority = split_authority(target);
  if (auto checked = check_target_form(target, method); !checked) {
    return checked;
  }
  head.method = method;
  head.target = target;
  return {};
}

std::expected<HttpHeader, HttpRefusal> parse_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return refused(400, "folded header lines are not accepted");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return refused(400, "a header line has no colon");
  }
  const std::string_view name = line.substr(0, colon);
  if (name.empty() || !consists_of(token_class, name)) {
    return refused(400, "a header name is empty or holds a character that is not allowed");
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!consists_of(field_class, value)) {
    return refused(400, fmt::format("the value of header {} holds a control character", name));
  }
  return HttpHeader{name, value};
}

// The fields that decide over the request's framing and the connection, met while parsing.
struct Noted {
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::string_view host;  // the last one of each; only a single one is accepted
  std::string_view length;
  std::string_view coding;
};

void note_connection_options(std::string_view value, RequestHead& head) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    if (equal_ignoring_case(trimmed(value.substr(0, comma)), "close")) {
      head.wants_close = true;
    }
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

// Nearly every field is told apart by its name's length alone.
Checked note(const HttpHeader& field, RequestHead& head, Noted& noted) {
  if (equal_ignoring_case(field.name, "Host")) {
    ++noted.hosts;
    noted.host = field.value;
  } else if (equal_ignoring_case(field.name, "Content-Length")) {
    ++noted.lengths;
    noted.length = field.value;
  } else if (equal_ignoring_case(field.name, "Transfer-Encoding")) {
    ++noted.codings;
    noted.coding = field.value;
  } else if (equal_ignoring_case(field.name, "Connection")) {
    note_connection_options(field.value, head);
  } else if (equal_ignoring_case(field.name, "Expect")) {
    return note_expectation(field.value, head);
  }
  return {};
}

Checked check_host(const RequestHead& head, const Noted& noted, std::string_view authority) {
  if (noted.hosts > 1) {
    return refused(400, "more than one Host header");
  }
  if (noted.hosts == 0) {
    if (head.version == HttpVersion::http_1_1) {
      return refused(400, "the Host header is missing");
    }
    return {};
  }
  if (auto checked = check_host_text(noted.host); !checked) {
    return checked;
  }
  if (!authority.empty() && !equal_ignoring_case(authority, noted.host)) {
    return refused(400, "the request target and the Host header name different hosts");
  }
  return {};
}

Checked read_framing(const Noted& noted, RequestHead& head) {
  if (noted.lengths > 0 && noted.codings > 0) {
    return refused(400, "both Content-Length and Transfer-Encoding");
  }
  // RFC 9110 section 8.6 lets equal repetitions pass; no client of ours sends any.
  if (noted.lengths > 1) {
    return refused(400, "more than one Content-Length header");
  }
  if (noted.lengths == 1) {
    head.content_length = parse_length(noted.length);
    if (!head.content_length) {
      return refused(400, "Content-Length is not a number of at most 18 digits");
    }
  }
  if (noted.codings > 0) {
    if (head.version == HttpVersion::http_1_0) {
      return refused(400, "Transfer-Encoding in an HTTP/1.0 request");
    }
    if (noted.codings > 1 || !equal_ignoring_case(noted.coding, "chunked")) {
      return refused(501, "the only transfer encoding accepted is chunked");
    }
    head.has_unknown_length = true;
  }
  return {};
}

Checked parse_fields(ByteView rest, RequestHead& head, Noted& noted) {
  constexpr std::size_t fields_expected = 16;
  head.headers.reserve(fields_expected, rest.size());
  for (;;) {
    const std::string_view line = take_line(rest);
    if (line.empty()) {
      SLUICE_CHECK(rest.empty());
      return {};
    }
    if (head.headers.size() == head_fields_max) {
      return refused(431, fmt::format("more than {} header lines", head_fields_max));
    }
    const auto field = parse_field(line);
    if (!field) {
      return Refused(field.error());
    }
    head.headers.add(field->name, field->value);
    if (auto checked = note(*field, head, noted); !checked) {
      return checked;
    }
  }
}

}  // namespace

HeadScanner::Verdict HeadScanner::scan(ByteView bytes) {
  SLUICE_CHECK(position_ <= bytes.size());
  while (position_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + position_, '\n', bytes.size() - position_);
    if (found == nullptr) {
      position_ = bytes.size();
      break;
    }
    const auto feed = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (feed == line_start_ || bytes[feed - 1] != '\r') {
      return Verdict::bare_lf;
    }
    const bool is_empty = feed == line_start_ + 1;
    const bool is_leading = is_empty && line_start_ == 0;
    line_start_ = feed + 1;
    position_ = line_start_;
    if (is_empty && !is_leading) {
      return Verdict::complete;
    }
  }
  return Verdict::incomplete;
}

std::expected<RequestHead, HttpRefusal> parse_request_head(ByteView head_bytes) {
  SLUICE_CHECK(head_bytes.ends_with("\r\n"));
  ByteView rest = head_bytes;
  std::string_view request_line = take_line(rest);
  if (request_line.empty() && !rest.empty()) {
    request_line = take_line(rest);
  }
  if (request_line.empty()) {
    return refused(400, "the request line is empty");
  }
  RequestHead head;
  std::string_view authority;
  Noted noted;
  Checked checked = parse_request_line(request_line, head, authority);
  if (checked) {
    checked = parse_fields(rest, head, noted);
  }
  if (checked) {
    checked = check_host(head, noted, authority);
  }
  if (checked) {
    checked = read_framing(noted, head);
  }
  if (!checked) {
    return Refused(std::move(checked).error());
  }
  return head;
}

Preface classify_preface(ByteView first_bytes) {
  constexpr ByteView preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  static_assert(preface.size() == 24);
  if (first_bytes.starts_with(preface)) {
    return Preface::http_2;
  }
  return preface.starts_with(first_bytes) ? Preface::undecided : Preface::http_1;
}

}  // namespace sluice::net
