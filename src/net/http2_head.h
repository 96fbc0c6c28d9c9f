// The head of an HTTP/2 request, made of the fields as they are decoded (RFC 9113 section 8.3).
#pragma once

#include "net/http.h"
#include "net/http_handler.h"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace sluice::net {

// One per request.  What it makes obeys the same rules as an HTTP/1.1 head: method, target, one
// Host (from :authority), at most one Content-Length.  Not thread-safe.
class Http2HeadBuilder {
 public:
  // `list_bytes_max` bounds the fields, counted as SETTINGS_MAX_HEADER_LIST_SIZE does: 32 bytes
  // beside each name and value.
  explicit Http2HeadBuilder(std::size_t list_bytes_max) : list_bytes_max_(list_bytes_max) {}

  // Adds a field, pseudo or not.  What is over the bound is counted and not kept.
  void add(std::string_view name, std::string_view value);

  // Notes a field that is not allowed: the request is refused.
  void add_invalid(std::string_view name);

  // The head, or why it is none: status 400, 417 or 431.  Its remote address is empty.
  // `has_end`: there is no body.
  std::expected<RequestHead, HttpRefusal> finish(bool has_end);

 private:
  void add_pseudo(std::string_view name, std::string_view value);

  std::size_t list_bytes_max_;
  std::size_t list_bytes_ = 0;
  std::size_t fields_ = 0;
  RequestHead head_;
  std::string authority_;
  std::string invalid_;  // the name of such a field
  std::string cookie_;   // the pieces of RFC 9113 section 8.2.3, joined
};

}  // namespace sluice::net
