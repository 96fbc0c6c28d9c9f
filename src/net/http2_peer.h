// The client's side of HTTP/2 for tests: nghttp2's own client session, bytes in and bytes out, and
// frames written by hand for what no proper client sends.
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "net/http.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::net {

inline constexpr ByteView http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// One frame as RFC 9113 section 4.1 has it.
inline Bytes http2_frame(std::uint8_t type,
                         std::uint8_t flags,
                         std::uint32_t stream,
                         ByteView payload) {
  Bytes out;
  const auto push = [&](std::uint64_t byte) { out.push_back(static_cast<char>(byte & 0xff)); };
  push(payload.size() >> 16);
  push(payload.size() >> 8);
  push(payload.size());
  push(type);
  push(flags);
  push(stream >> 24);
  push(stream >> 16);
  push(stream >> 8);
  push(stream);
  out += payload;
  return out;
}

// A field as HPACK writes it without an index or Huffman (RFC 7541 section 6.2.2); texts below 127
// bytes.
inline Bytes http2_field(std::string_view name, std::string_view value) {
  Bytes out(1, '\0');
  out.push_back(static_cast<char>(name.size()));
  out += name;
  out.push_back(static_cast<char>(value.size()));
  out += value;
  return out;
}

// The fields of a GET.
inline Bytes http2_get_fields() {
  return http2_field(":method", "GET") + http2_field(":scheme", "http") +
         http2_field(":path", "/") + http2_field(":authority", "h");
}

// What came back on one stream.
struct Http2Answer {
  int status = 0;  // of the last head: 0 none came
  int interim_heads = 0;
  HttpHeaders headers;
  Bytes body;
  bool is_closed = false;
  std::uint32_t error_code = 0;  // after is_closed; NGHTTP2_NO_ERROR
};

class Http2Peer {
 public:
  struct Options {
    std::uint32_t window_bytes = 65'535;  // of an answer's body
    bool consumes = true;                 // gives the window back by itself
  };

  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit Http2Peer(Options options) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* choices = nullptr;
    SLUICE_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    SLUICE_CHECK(nghttp2_option_new(&choices) == 0);
    nghttp2_option_set_no_auto_window_update(choices, options.consumes ? 0 : 1);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, close);
    SLUICE_CHECK(nghttp2_session_client_new2(&session_, callbacks, this, choices) == 0);
    nghttp2_option_del(choices);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window_bytes};
    SLUICE_CHECK(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1) == 0);
  }

  Http2Peer() : Http2Peer(Options()) {}

  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  ~Http2Peer() { nghttp2_session_del(session_); }

  // A request whose body is there already; its stream.
  std::int32_t ask(std::string_view method,
                   std::string_view path,
                   const Fields& more = {},
                   std::optional<Bytes> body = std::nullopt) {
    return submit(method, path, more, std::move(body), true);
  }

  // A request whose body comes by add_body().
  std::int32_t ask_slowly(std::string_view method, std::string_view path, const Fields& more = {}) {
    return submit(method, path, more, Bytes(), false);
  }

  void add_body(std::int32_t stream, ByteView data, bool is_last) {
    Upload& upload = *uploads_.at(stream);
    upload.data += data;
    upload.is_whole = is_last;
    nghttp2_session_resume_data(session_, stream);
  }

  void reset(std::int32_t stream) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
  }

  // With Options::consumes off: gives the window back for this many bytes of the answer.
  void consume(std::int32_t stream, std::size_t bytes) {
    SLUICE_CHECK(nghttp2_session_consume(session_, stream, bytes) == 0);
  }

  // What is to be sent to the server.
  Bytes output() {
    Bytes out;
    const std::uint8_t* bytes = nullptr;
    ssize_t count = 0;
    while ((count = nghttp2_session_mem_send(session_, &bytes)) > 0) {
      out += view(bytes, static_cast<std::size_t>(count));
    }
    return out;
  }

  // What came from the server; false when it breaks the protocol.
  bool input(ByteView bytes) {
    const ssize_t used = nghttp2_session_mem_recv(
        session_,
        static_cast<const std::uint8_t*>(static_cast<const void*>(bytes.data())),
        bytes.size());
    return used == static_cast<ssize_t>(bytes.size());
  }

  const Http2Answer& answer(std::int32_t stream) { return answers_[stream]; }

  // The error code of the server's last GOAWAY, and the highest stream it serves.
  std::optional<std::uint32_t> goaway() const { return goaway_; }

  std::int32_t goaway_last_stream() const { return goaway_last_stream_; }

  // The server's announced bounds, by their numbers in SETTINGS.
  std::uint32_t setting(nghttp2_settings_id id) const {
    return nghttp2_session_get_remote_settings(session_, id);
  }

 private:
  struct Upload {
    Bytes data;
    bool is_whole = true;
  };

  static ByteView view(const std::uint8_t* bytes, std::size_t count) {
    return {static_cast<const char*>(static_cast<const void*>(bytes)), count};
  }

  static Http2Peer& of(void* self) { return *static_cast<Http2Peer*>(self); }

  static int header(nghttp2_session* /*session*/,
                    const nghttp2_frame* frame,
                    const std::uint8_t* name,
                    std::size_t name_bytes,
                    const std::uint8_t* value,
                    std::size_t value_bytes,
                    std::uint8_t /*flags*/,
                    void* self) {
    Http2Answer& answer = of(self).answers_[frame->hd.stream_id];
    const ByteView field = view(name, name_bytes);
    if (field == ":status") {
      answer.interim_heads += answer.status == 100 ? 1 : 0;
      answer.status = std::stoi(std::string(view(value, value_bytes)));
    } else {
      answer.headers.add(field, view(value, value_bytes));
    }
    return 0;
  }

  static int frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      of(self).goaway_ = frame->goaway.error_code;
      of(self).goaway_last_stream_ = frame->goaway.last_stream_id;
    }
    return 0;
  }

  static int data(nghttp2_session* /*session*/,
                  std::uint8_t /*flags*/,
                  std::int32_t stream,
                  const std::uint8_t* bytes,
                  std::size_t count,
                  void* self) {
    of(self).answers_[stream].body += view(bytes, count);
    return 0;
  }

  static int close(nghttp2_session* /*session*/,
                   std::int32_t stream,
                   std::uint32_t error_code,
                   void* self) {
    Http2Answer& answer = of(self).answers_[stream];
    answer.is_closed = true;
    answer.error_code = error_code;
    return 0;
  }

  static ssize_t read(nghttp2_session* /*session*/,
                      std::int32_t /*stream*/,
                      std::uint8_t* to,
                      std::size_t room,
                      std::uint32_t* flags,
                      nghttp2_data_source* source,
                      void* /*self*/) {
    Upload& upload = *static_cast<Upload*>(source->ptr);
    if (upload.data.empty() && !upload.is_whole) {
      return NGHTTP2_ERR_DEFERRED;
    }
    const std::size_t count = std::min(room, upload.data.size());
    std::copy_n(upload.data.data(), count, to);
    upload.data.erase(0, count);
    if (upload.data.empty() && upload.is_whole) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(count);
  }

  std::int32_t submit(std::string_view method,
                      std::string_view path,
                      const Fields& more,
                      std::optional<Bytes> body,
                      bool is_whole) {
    Fields fields = {{":method", std::string(method)},
                     {":scheme", "http"},
                     {":path", std::string(path)},
                     {":authority", "h"}};
    fields.insert(fields.end(), more.begin(), more.end());
    std::vector<nghttp2_nv> list;
    for (auto& [name, value] : fields) {
      const auto bytes = [](std::string& text) {
        return static_cast<std::uint8_t*>(static_cast<void*>(text.data()));
      };
      list.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    const bool has_body = body.has_value();
    auto upload = std::make_unique<Upload>(Upload{std::move(body).value_or(Bytes()), is_whole});
    nghttp2_data_provider provider{.source = {.ptr = upload.get()}, .read_callback = read};
    const std::int32_t stream = nghttp2_submit_request(
        session_, nullptr, list.data(), list.size(), has_body ? &provider : nullptr, nullptr);
    SLUICE_CHECK(stream > 0);
    uploads_[stream] = std::move(upload);
    return stream;
  }

  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Http2Answer> answers_;
  std::map<std::int32_t, std::unique_ptr<Upload>> uploads_;
  std::optional<std::uint32_t> goaway_;
  std::int32_t goaway_last_stream_ = 0;
};

}  // namespace sluice::net
