// HTTP/2 fields to a request head.
#include "net/http2_head.h"

#include "net/http_head.h"
#include "net/http_syntax.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::net {
namespace {

constexpr std::size_t field_overhead_bytes = 32;

Checked read_length(RequestHead& head) {
  const std::size_t lengths = head.headers.count("content-length");
  if (lengths > 1) {
    return refused(400, "more than one Content-Length header");
  }
  if (lengths == 1) {
    head.content_length = parse_length(*head.headers.find("content-length"));
    if (!head.content_length) {
      return refused(400, "Content-Length is not a number of at most 18 digits");
    }
  }
  return {};
}

// Makes Host of :authority, under which signatures and handlers know it.
Checked settle_host(RequestHead& head, std::string_view authority) {
  const std::size_t hosts = head.headers.count("host");
  if (hosts > 1) {
    return refused(400, "more than one Host header");
  }
  if (authority.empty()) {
    return hosts == 0 ? Checked(refused(400, ":authority is missing"))
                      : check_host_text(*head.headers.find("host"));
  }
  if (hosts == 1 && !equal_ignoring_case(*head.headers.find("host"), authority)) {
    return refused(400, ":authority and the Host header name different hosts");
  }
  head.headers.set("host", authority);
  return check_host_text(authority);
}

}  // namespace

void Http2HeadBuilder::add(std::string_view name, std::string_view value) {
  list_bytes_ += name.size() + value.size() + field_overhead_bytes;
  ++fields_;
  if (list_bytes_ > list_bytes_max_ || fields_ > head_fields_max) {
    return;
  }
  if (name.starts_with(':')) {
    add_pseudo(name, value);
  } else if (name == "cookie") {
    cookie_ += cookie_.empty() ? "" : "; ";
    cookie_ += value;
  } else {
    head_.headers.add(name, value);
  }
}

void Http2HeadBuilder::add_invalid(std::string_view name) {
  invalid_ = name.empty() ? "(without a name)" : name;
}

void Http2HeadBuilder::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") {
    head_.method = value;
  } else if (name == ":path") {
    head_.target = value;
  } else if (name == ":authority") {
    authority_ = value;
  }
}

std::expected<RequestHead, HttpRefusal> Http2HeadBuilder::finish(bool has_end) {
  if (list_bytes_ > list_bytes_max_) {
    return refused(431, "the headers are too long");
  }
  if (fields_ > head_fields_max) {
    return refused(431, fmt::format("more than {} header lines", head_fields_max));
  }
  if (!invalid_.empty()) {
    return refused(400, fmt::format("the name or value of header {} is not allowed", invalid_));
  }
  head_.version = HttpVersion::http_2;
  if (!cookie_.empty()) {
    head_.headers.add("cookie", cookie_);
  }
  Checked checked = check_method(head_.method);
  if (checked) {
    checked = check_target_text(head_.target);
  }
  if (checked) {
    checked = check_target_form(head_.target, head_.method);
  }
  if (checked) {
    checked = settle_host(head_, authority_);
  }
  if (checked) {
    checked = read_length(head_);
  }
  if (const auto expectation = head_.headers.find("expect"); checked && expectation) {
    checked = note_expectation(*expectation, head_);
  }
  if (!checked) {
    return Refused(std::move(checked).error());
  }
  head_.has_unknown_length = !has_end && !head_.content_length;
  return std::move(head_);
}

}  // namespace sluice::net
