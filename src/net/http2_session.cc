// HTTP/2 through nghttp2.
#include "net/http2_session.h"

#include "base/check.h"
#include "net/answer_head.h"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace sluice::net {
namespace {

// Room for many streams' bodies at once: what bounds them is the window of each.
constexpr std::int32_t connection_window_bytes = std::int32_t{1} << 20;

// A header list over its bound is answered with 431; one this many times as long is an attack.
constexpr std::size_t list_excess_max = 4;

constexpr std::size_t outbound_acks_max = 100;

ByteView view_of(const std::uint8_t* bytes, std::size_t count) {
  return {static_cast<const char*>(static_cast<const void*>(bytes)), count};
}

std::uint8_t* pointer_of(const char* text) {
  // nghttp2 takes pointers to what it only reads and copies as if it wrote.
  return static_cast<std::uint8_t*>(const_cast<void*>(static_cast<const void*>(text)));
}

// An answer's fields in nghttp2's form.
class FieldList {
 public:
  FieldList(const HttpResponse& response,
            std::optional<std::uint64_t> length,
            std::string_view date) {
    const std::string status = fmt::format("{}", response.status);
    const std::string length_text = length ? fmt::format("{}", *length) : std::string();
    add(":status", status);
    for (const HttpHeader& header : response.headers) {
      if (!is_servers_field(header.name)) {
        add(header.name, header.value);
      }
    }
    add("date", date);
    if (length && status_has_body(response.status)) {
      add("content-length", length_text);
    }
  }

  // Until the list is gone.
  std::vector<nghttp2_nv> fields() const {
    std::vector<nghttp2_nv> out;
    out.reserve(ends_.size() / 2);
    std::size_t start = 0;
    for (std::size_t i = 0; i + 1 < ends_.size(); i += 2) {
      const std::string_view name = ByteView(text_).substr(start, ends_[i] - start);
      const std::string_view value = ByteView(text_).substr(ends_[i], ends_[i + 1] - ends_[i]);
      out.push_back({.name = pointer_of(name.data()),
                     .value = pointer_of(value.data()),
                     .namelen = name.size(),
                     .valuelen = value.size(),
                     .flags = NGHTTP2_NV_FLAG_NONE});
      start = ends_[i + 1];
    }
    return out;
  }

 private:
  // Names are lower-case, and values without blanks around them (RFC 9113 section 8.2).
  void add(std::string_view name, std::string_view value) {
    for (const char letter : name) {
      text_.push_back(letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                                     : letter);
    }
    ends_.push_back(text_.size());
    append_clean(text_, value);
    while (text_.size() > ends_.back() && (text_.back() == ' ' || text_.back() == '\t')) {
      text_.pop_back();
    }
    const std::size_t first = std::min(text_.find_first_not_of(" \t", ends_.back()), text_.size());
    text_.erase(ends_.back(), first - ends_.back());
    ends_.push_back(text_.size());
  }

  Bytes text_;
  std::vector<std::size_t> ends_;  // of a name, of its value, of the next name, ...
};

std::uint32_t error_code(Http2Session::Reset why) {
  switch (why) {
    case Http2Session::Reset::no_error:
      return NGHTTP2_NO_ERROR;
    case Http2Session::Reset::refused:
      return NGHTTP2_REFUSED_STREAM;
    case Http2Session::Reset::internal_error:
      break;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

// What a frame costs its peer of the allowance; what carries a request or its body is free.
std::uint32_t cost_of(const nghttp2_frame_hd& frame) {
  switch (frame.type) {
    case NGHTTP2_HEADERS:
      return 0;
    case NGHTTP2_DATA: {
      const bool carries = frame.length > 0 && (frame.flags & NGHTTP2_FLAG_PADDED) == 0;
      return carries || (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0 ? 0 : 1;
    }
    case NGHTTP2_RST_STREAM:
      return FrameAllowance::reset_cost;
    default:
      return 1;
  }
}

}  // namespace

struct Http2Session::Stream {
  explicit Stream(std::size_t list_bytes_max) : builder(list_bytes_max) {}

  Http2HeadBuilder builder;
  std::size_t list_bytes = 0;  // of head and trailers
  ByteView outgoing;           // what is left of the part to send
  bool is_last = false;        // it ends the body
  bool is_sending = false;     // on_sent() is owed
};

// nghttp2's calls.  `data` is the session.
struct Http2Session::Callbacks {
  static Http2Session& of(void* data) { return *static_cast<Http2Session*>(data); }

  static int begin_frame(nghttp2_session* /*session*/, const nghttp2_frame_hd* frame, void* data) {
    return of(data).allow(cost_of(*frame));
  }

  static int begin_headers(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* data) {
    Http2Session& self = of(data);
    const StreamId id = frame->hd.stream_id;
    self.head_in_progress_ = id;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      self.streams_[id] = std::make_unique<Stream>(self.limits_.head_bytes_max);
    }
    return 0;
  }

  // Also of trailers, which are counted and not kept.
  static int header(nghttp2_session* /*session*/,
                    const nghttp2_frame* frame,
                    const std::uint8_t* name,
                    std::size_t name_bytes,
                    const std::uint8_t* value,
                    std::size_t value_bytes,
                    std::uint8_t /*flags*/,
                    void* data) {
    Http2Session& self = of(data);
    Stream* const stream = self.find(frame->hd.stream_id);
    if (stream == nullptr) {
      return 0;
    }
    stream->list_bytes += name_bytes + value_bytes;
    if (stream->list_bytes > list_excess_max * self.limits_.head_bytes_max) {
      return self.send_away("a header list far over the bound");
    }
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      stream->builder.add(view_of(name, name_bytes), view_of(value, value_bytes));
    }
    return 0;
  }

  // nghttp2 would go on without the field.
  static int invalid_header(nghttp2_session* /*session*/,
                            const nghttp2_frame* frame,
                            const std::uint8_t* name,
                            std::size_t name_bytes,
                            const std::uint8_t* /*value*/,
                            std::size_t /*value_bytes*/,
                            std::uint8_t /*flags*/,
                            void* data) {
    if (Stream* const stream = of(data).find(frame->hd.stream_id); stream != nullptr) {
      stream->builder.add_invalid(view_of(name, name_bytes));
    }
    return 0;
  }

  static int frame_received(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* data) {
    Http2Session& self = of(data);
    const StreamId id = frame->hd.stream_id;
    const bool has_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS) {
      self.head_in_progress_.reset();
    }
    Stream* const stream = self.find(id);
    if (stream == nullptr) {
      return 0;
    }
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      self.listener_.on_request(id, stream->builder.finish(has_end), has_end);
    } else if (has_end && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
      self.listener_.on_body_end(id);
    }
    return 0;
  }

  static int data_received(nghttp2_session* session,
                           std::uint8_t /*flags*/,
                           std::int32_t stream,
                           const std::uint8_t* bytes,
                           std::size_t count,
                           void* data) {
    Http2Session& self = of(data);
    // What is held back is held back by the stream's window alone.
    const int failure = nghttp2_session_consume_connection(session, count);
    if (failure == 0 && self.find(stream) != nullptr) {
      self.listener_.on_body(stream, view_of(bytes, count));
    }
    return failure == 0 ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int frame_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* data) {
    Http2Session& self = of(data);
    const bool is_data = frame->hd.type == NGHTTP2_DATA;
    if (is_data) {
      self.allowance_.on_data_sent();
    }
    if (!is_data && frame->hd.type != NGHTTP2_HEADERS) {
      return 0;
    }
    Stream* const stream = self.find(frame->hd.stream_id);
    const bool has_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (stream != nullptr && stream->is_sending && stream->outgoing.empty() &&
        (has_end || !stream->is_last)) {
      stream->is_sending = false;
      self.listener_.on_sent(frame->hd.stream_id);
    }
    return 0;
  }

  static int stream_closed(nghttp2_session* /*session*/,
                           std::int32_t stream,
                           std::uint32_t /*error_code*/,
                           void* data) {
    Http2Session& self = of(data);
    if (self.head_in_progress_ == stream) {
      self.head_in_progress_.reset();
    }
    if (self.streams_.erase(stream) > 0) {
      self.listener_.on_closed(stream);
    }
    return 0;
  }

  static ssize_t read_body(nghttp2_session* /*session*/,
                           std::int32_t id,
                           std::uint8_t* to,
                           std::size_t room,
                           std::uint32_t* flags,
                           nghttp2_data_source* /*source*/,
                           void* data) {
    Stream* const stream = of(data).find(id);
    if (stream == nullptr) {
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (stream->outgoing.empty() && !stream->is_last) {
      return NGHTTP2_ERR_DEFERRED;
    }
    const std::size_t count = std::min(room, stream->outgoing.size());
    std::copy_n(stream->outgoing.data(), count, to);
    stream->outgoing.remove_prefix(count);
    if (stream->outgoing.empty() && stream->is_last) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(count);
  }
};

Http2Session::Http2Session(const Http2Limits& limits, Listener& listener, Time now)
    : limits_(limits), listener_(listener), allowance_(now), now_(now) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* options = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0) {
    nghttp2_session_callbacks_del(callbacks);
    throw std::bad_alloc();
  }
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, Callbacks::begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, Callbacks::invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data_received);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, Callbacks::frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_closed);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_option_set_max_outbound_ack(options, outbound_acks_max);
  const int failure = nghttp2_session_server_new2(&session_, callbacks, this, options);
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  if (failure != 0) {
    throw std::bad_alloc();
  }
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window_bytes},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head_bytes_max)},
      // All answers are equal, and the tree of priorities would be work for the peer to ask for.
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window_bytes);
}

Http2Session::~Http2Session() {
  nghttp2_session_del(session_);
}

Http2Session::Stream* Http2Session::find(StreamId stream) {
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : found->second.get();
}

// Tells the peer to calm down and go; from within a callback.
int Http2Session::send_away(std::string_view problem) {
  problem_ = problem;
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Session::allow(std::uint32_t frames) {
  return allowance_.take(frames, now_) ? 0 : send_away("a flood of small frames");
}

Result<void> Http2Session::receive(ByteView bytes, Time now) {
  now_ = now;
  const ssize_t used = nghttp2_session_mem_recv(
      session_,
      static_cast<const std::uint8_t*>(static_cast<const void*>(bytes.data())),
      bytes.size());
  if (used >= 0) {
    return {};
  }
  if (problem_.empty()) {
    const bool is_flood = used == NGHTTP2_ERR_FLOODED || used == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
    nghttp2_session_terminate_session(
        session_, is_flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
    problem_ = nghttp2_strerror(static_cast<int>(used));
  }
  return fail(Fault::invalid, std::string(problem_));
}

bool Http2Session::append_output(Bytes& out, std::size_t bytes_min) {
  const std::size_t start = out.size();
  while (out.size() - start < bytes_min) {
    const std::uint8_t* frame = nullptr;
    const ssize_t count = nghttp2_session_mem_send(session_, &frame);
    if (count <= 0) {
      break;
    }
    out.append(view_of(frame, static_cast<std::size_t>(count)));
  }
  return out.size() > start;
}

std::size_t Http2Session::queued_frames() const {
  return nghttp2_session_get_outbound_queue_size(session_);
}

void Http2Session::start_answer(StreamId id,
                                const HttpResponse& response,
                                std::optional<std::uint64_t> length,
                                std::string_view date,
                                ByteView first,
                                bool is_whole) {
  Stream* const stream = find(id);
  if (stream == nullptr) {
    return;
  }
  SLUICE_CHECK(!stream->is_sending);
  stream->outgoing = first;
  stream->is_last = is_whole;
  stream->is_sending = true;
  const FieldList list(response, length, date);
  const std::vector<nghttp2_nv> fields = list.fields();
  nghttp2_data_provider body{.source = {.ptr = nullptr}, .read_callback = Callbacks::read_body};
  const bool has_body = !first.empty() || !is_whole;
  if (nghttp2_submit_response(
          session_, id, fields.data(), fields.size(), has_body ? &body : nullptr) != 0) {
    reset(id, Reset::internal_error);
  }
}

void Http2Session::send_continue(StreamId id) {
  if (find(id) == nullptr) {
    return;
  }
  constexpr std::string_view name = ":status";
  constexpr std::string_view value = "100";
  const nghttp2_nv status{.name = pointer_of(name.data()),
                          .value = pointer_of(value.data()),
                          .namelen = name.size(),
                          .valuelen = value.size(),
                          .flags = NGHTTP2_NV_FLAG_NONE};
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
}

void Http2Session::send_body(StreamId id, ByteView part, bool is_last) {
  Stream* const stream = find(id);
  if (stream == nullptr) {
    return;
  }
  SLUICE_CHECK(!stream->is_sending);
  SLUICE_CHECK(!stream->is_last);
  stream->outgoing = part;
  stream->is_last = is_last;
  stream->is_sending = true;
  nghttp2_session_resume_data(session_, id);
}

void Http2Session::reset(StreamId id, Reset why) {
  if (Stream* const stream = find(id); stream != nullptr) {
    stream->outgoing = {};
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, error_code(why));
  }
}

std::size_t Http2Session::unsent_bytes(StreamId id) {
  const Stream* const stream = find(id);
  return stream == nullptr ? 0 : stream->outgoing.size();
}

void Http2Session::consume(StreamId id, std::size_t bytes) {
  if (find(id) != nullptr) {
    nghttp2_session_consume_stream(session_, id, bytes);
  }
}

void Http2Session::announce_end() {
  nghttp2_submit_shutdown_notice(session_);
}

void Http2Session::end() {
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
}

bool Http2Session::is_over() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

}  // namespace sluice::net
