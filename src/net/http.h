// HTTP messages as plain values: headers, a request, an answer.
//
// Nothing here knows a socket.  The strict parser that makes a RequestHead is net/http_head.h, the
// server net/http_server.h, the client net/http_client.h.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "net/body_source.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::net {

// One header field, borrowed from an HttpHeaders.
struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

// For equal_ignoring_case, after it has compared the lengths.
bool same_letters_ignoring_case(std::string_view left, std::string_view right);

// Equal, where A-Z and a-z are the same.
inline bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() && same_letters_ignoring_case(left, right);
}

// An ordered list of header fields.  Names keep their spelling and are compared ignoring case; the
// same name may occur more than once.  All text lies in one string, so a request's headers cost two
// allocations.  Views handed out end with the next change or with the object.  Value type.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<HttpHeader> headers);

  // Appends, whatever is there already.
  void add(std::string_view name, std::string_view value);

  // Removes every field of this name, then appends.
  void set(std::string_view name, std::string_view value);

  // Returns how many fields of this name went.
  std::size_t remove(std::string_view name);

  void clear();
  void reserve(std::size_t fields, std::size_t text_bytes);

  // The value of the first field of this name.
  std::optional<std::string_view> find(std::string_view name) const;

  // The same, or `otherwise`.
  std::string_view value_or(std::string_view name, std::string_view otherwise) const;

  bool contains(std::string_view name) const { return find(name).has_value(); }

  // How many fields have this name.
  std::size_t count(std::string_view name) const;

  std::size_t size() const { return fields_.size(); }

  bool empty() const { return fields_.empty(); }

  // In the order they were received or added; index < size().
  HttpHeader operator[](std::size_t index) const;

  class Iterator {
   public:
    using value_type = HttpHeader;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;

    Iterator(const HttpHeaders* headers, std::size_t index) : headers_(headers), index_(index) {}

    HttpHeader operator*() const { return (*headers_)[index_]; }

    Iterator& operator++() {
      ++index_;
      return *this;
    }

    Iterator operator++(int) {
      Iterator before = *this;
      ++index_;
      return before;
    }

    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const HttpHeaders* headers_ = nullptr;
    std::size_t index_ = 0;
  };

  Iterator begin() const { return {this, 0}; }

  Iterator end() const { return {this, size()}; }

 private:
  // A field's name starts at `start` of text_ and its value right behind the name.
  struct Field {
    std::uint32_t start;
    std::uint32_t name_bytes;
    std::uint32_t value_bytes;
  };

  HttpHeader at(const Field& field) const;

  std::string text_;
  std::vector<Field> fields_;
};

enum class HttpVersion : std::uint8_t { http_1_0, http_1_1, http_2 };

// All of a request but its body.
struct RequestHead {
  std::string method;          // as received: methods are case-sensitive
  std::string target;          // path and query as received, never decoded; "/..." or "*"
  HttpHeaders headers;         // as received, values without blanks around them
  std::string remote_address;  // of the peer, numeric, without the port; empty in tests
  std::optional<std::uint64_t> content_length;  // as declared
  HttpVersion version = HttpVersion::http_1_1;
  // The body shows only by its end how long it is: Transfer-Encoding: chunked, or HTTP/2 without
  // Content-Length.
  bool has_unknown_length = false;
  bool expects_continue = false;  // Expect: 100-continue
  bool is_tls = false;            // came encrypted
  bool wants_close = false;       // Connection: close, or HTTP/1.0

  // The target up to its first '?', and what is behind it (empty without one).
  std::string_view path() const;
  std::string_view query() const;

  bool has_body() const { return has_unknown_length || content_length.value_or(0) > 0; }
};

// Takes the body of one request piece by piece, in order, so that it is never in memory whole.
// Made on a loop thread (must not block there), written to and destroyed on worker threads, never
// by two at once.  It is handed to the handler in HttpRequest::sink after the last piece; if the
// connection ends before, it is destroyed without that.
class BodySink {
 public:
  BodySink() = default;
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  virtual ~BodySink() = default;

  // `piece` has 1 to body_piece_bytes_max bytes and is gone after the call.  May block.  After a
  // failure no more pieces come; the request reaches the handler with HttpRequest::sink_failure.
  virtual Result<void> write(ByteView piece) = 0;
};

inline constexpr std::size_t body_piece_bytes_max = std::size_t{256} << 10;

// A request with its body.  Movable.
struct HttpRequest : RequestHead {
  Bytes body;  // decoded from chunks; empty when the body went into a sink

  // Where the body went, when HttpHandler::body_sink gave one for this request.
  std::unique_ptr<BodySink> sink;

  // Why the sink took no more: the rest of the body was not read, and the connection closes after
  // the answer.
  std::optional<Error> sink_failure;

  // Body bytes received, wherever they went.
  std::uint64_t body_bytes = 0;

  bool is_body_streamed() const { return sink != nullptr; }
};

// A part of a file to send as a body.  It is read in bounded pieces on worker threads while it is
// sent; the file must keep these bytes until the answer is out.
struct FileRegion {
  std::shared_ptr<const File> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// An answer.  Content-Length, Date, Connection and Transfer-Encoding are the server's business:
// fields of these names in `headers` are not sent.
struct HttpResponse {
  int status = 200;  // 200..599
  HttpHeaders headers;
  Bytes body;                      // not sent (but counted) for HEAD; never with 204 and 304
  std::optional<FileRegion> file;  // instead of `body`

  // Instead of `body` and `file`: the body comes over time.
  std::unique_ptr<BodySource> source;

  // For HEAD: the Content-Length to state when there is neither body nor file to measure.
  std::optional<std::uint64_t> head_length;

  bool close_connection = false;  // after this answer; HTTP/2 keeps it for its other streams
};

// An answer of one body with its content type.
HttpResponse make_response(int status, std::string_view content_type, Bytes body);

// "Not Found"; "Unknown" for a status without a name.
std::string_view reason_phrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 section 5.6.7), years 1970 to 9999.
std::string format_http_date(UnixMillis time);

}  // namespace sluice::net
