// The blocking client, over one libcurl easy handle.
#include "net/http_client.h"

#include "base/check.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <utility>

namespace sluice::net {

namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Easy = std::unique_ptr<CURL, EasyDeleter>;
using HeaderLines = std::unique_ptr<curl_slist, ListDeleter>;

void start_curl_once() {
  static std::once_flag started;
  std::call_once(started, [] { SLUICE_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

// What the answer's callbacks fill.
struct Receiving {
  HttpResponse response;
  std::size_t body_bytes_max = 0;
  bool is_too_large = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t count, void* user) {
  auto& receiving = *static_cast<Receiving*>(user);
  if (count > receiving.body_bytes_max - receiving.response.body.size()) {
    receiving.is_too_large = true;
    return 0;
  }
  receiving.response.body.append(data, count);
  return count;
}

std::size_t on_header(char* data, std::size_t, std::size_t count, void* user) {
  auto& receiving = *static_cast<Receiving*>(user);
  const std::string_view line(data, count);
  if (line.starts_with("HTTP/")) {
    // A status line: of the answer, or of an interim one whose fields do not count.
    receiving.response.headers.clear();
    return count;
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    receiving.response.headers.add(line.substr(0, colon), value);
  }
  return count;
}

// A file's bytes on their way out.
struct Sending {
  explicit Sending(const FileRegion& sent) : region(sent) {}

  const FileRegion& region;
  std::uint64_t done = 0;  // of region.length
  Bytes piece{};           // reused
  std::optional<Error> failure{};
};

std::size_t on_read(char* out, std::size_t, std::size_t count, void* user) {
  auto& sending = *static_cast<Sending*>(user);
  const std::uint64_t left = sending.region.length - sending.done;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, left));
  sending.piece.clear();
  auto read =
      sending.region.file->read_at(sending.region.offset + sending.done, wanted, sending.piece);
  if (read && sending.piece.size() < wanted) {
    read = fail(Fault::corrupt, "the file is shorter than what was to be sent of it");
  }
  if (!read) {
    sending.failure = std::move(read).error();
    return CURL_READFUNC_ABORT;
  }
  std::ranges::copy(sending.piece, out);
  sending.done += wanted;
  return wanted;
}

// libcurl begins again where a kept connection turns out to be closed.
int on_seek(void* user, curl_off_t offset, int origin) {
  auto& sending = *static_cast<Sending*>(user);
  if (origin != SEEK_SET || offset < 0 ||
      static_cast<std::uint64_t>(offset) > sending.region.length) {
    return CURL_SEEKFUNC_FAIL;
  }
  sending.done = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

// Not 0: libcurl breaks off.
int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& request = *static_cast<const HttpClientRequest*>(user);
  return request.is_stopped() ? 1 : 0;
}

bool append_line(HeaderLines& lines, const std::string& line) {
  curl_slist* longer = curl_slist_append(lines.get(), line.c_str());
  if (longer == nullptr) {
    return false;
  }
  static_cast<void>(lines.release());
  lines.reset(longer);
  return true;
}

Result<HeaderLines> header_lines(const HttpHeaders& headers) {
  HeaderLines lines;
  bool is_complete = true;
  for (const HttpHeader& header : headers) {
    const bool has_line_break =
        header.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
    const bool is_name = !header.name.empty() && header.name.find_first_of(std::string_view(
                                                     " :;\r\n\0", 6)) == std::string_view::npos;
    if (has_line_break || !is_name) {
      return fail(Fault::invalid, fmt::format("header {} cannot be sent", header.name));
    }
    // A field without value is written with a semicolon; "name:" would remove it.
    is_complete =
        is_complete &&
        append_line(lines,
                    header.value.empty() ? fmt::format("{};", header.name)
                                         : fmt::format("{}: {}", header.name, header.value));
  }
  // libcurl would add both by itself.
  for (const std::string_view unwanted : {"Expect", "Content-Type"}) {
    if (!headers.contains(unwanted)) {
      is_complete = is_complete && append_line(lines, fmt::format("{}:", unwanted));
    }
  }
  if (!is_complete) {
    return fail(Fault::io, "out of memory for request headers");
  }
  return lines;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  SLUICE_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

void set_target(CURL* easy, const HttpClientRequest& request) {
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // Signed paths must arrive as they were signed.
  set(easy, CURLOPT_PATH_AS_IS, 1L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  if (request.stall_timeout.count() > 0) {
    set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count()));
  }
  if (!request.ca_bundle.empty()) {
    set(easy, CURLOPT_CAINFO, request.ca_bundle.c_str());
  }
  if (!request.headers.contains("User-Agent")) {
    set(easy, CURLOPT_USERAGENT, "sluice");
  }
}

void set_file(CURL* easy, Sending& sending) {
  constexpr long upload_buffer_bytes = 512L << 10;
  set(easy, CURLOPT_UPLOAD, 1L);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
  set(easy, CURLOPT_READFUNCTION, &on_read);
  set(easy, CURLOPT_READDATA, &sending);
  set(easy, CURLOPT_SEEKFUNCTION, &on_seek);
  set(easy, CURLOPT_SEEKDATA, &sending);
  set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(sending.region.length));
}

void set_answer(CURL* easy, Receiving& receiving) {
  set(easy, CURLOPT_WRITEFUNCTION, &on_body);
  set(easy, CURLOPT_WRITEDATA, &receiving);
  set(easy, CURLOPT_HEADERFUNCTION, &on_header);
  set(easy, CURLOPT_HEADERDATA, &receiving);
}

void set_method(CURL* easy, const HttpClientRequest& request) {
  if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body = !request.file && (!request.body.empty() || request.method == "POST" ||
                                          request.method == "PUT");
  if (has_body) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDS, request.body.data());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

std::unexpected<Error> explain(CURLcode code,
                               std::string_view detail,
                               const Receiving& receiving,
                               const HttpClientRequest& request) {
  const std::string what = fmt::format("{} {}", request.method, request.url);
  if (receiving.is_too_large) {
    return fail(
        Fault::too_large,
        fmt::format("{}: the answer has more than {} bytes", what, request.answer_bytes_max));
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return fail(Fault::cancelled, what + ": stopped");
  }
  const bool is_ours = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
  return fail(is_ours ? Fault::invalid : Fault::unavailable,
              fmt::format("{}: {}", what, detail.empty() ? curl_easy_strerror(code) : detail));
}

}  // namespace

struct HttpClient::State {
  Easy easy;
};

HttpClient::HttpClient() : state_(std::make_unique<State>()) {
  start_curl_once();
  state_->easy.reset(curl_easy_init());
  SLUICE_CHECK(state_->easy != nullptr);
}

HttpClient::HttpClient(HttpClient&& other) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&& other) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::perform(const HttpClientRequest& request) {
  SLUICE_CHECK(state_ != nullptr);
  CURL* easy = state_->easy.get();
  SLUICE_TRY(lines, header_lines(request.headers));
  // Forgets the last request's options; connections stay.
  curl_easy_reset(easy);
  set_target(easy, request);
  set_method(easy, request);
  std::optional<Sending> sending;
  if (request.file) {
    set_file(easy, sending.emplace(*request.file));
  }
  set(easy, CURLOPT_HTTPHEADER, lines.get());
  Receiving receiving;
  receiving.body_bytes_max = request.answer_bytes_max;
  set_answer(easy, receiving);
  std::array<char, CURL_ERROR_SIZE> why{};
  set(easy, CURLOPT_ERRORBUFFER, why.data());
  if (request.is_stopped) {
    set(easy, CURLOPT_NOPROGRESS, 0L);
    set(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(easy, CURLOPT_XFERINFODATA, &request);
  }
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (sending && sending->failure) {
    return std::unexpected(
        std::move(*sending->failure).within(fmt::format("{} {}", request.method, request.url)));
  }
  if (code != CURLE_OK) {
    return explain(code, why.data(), receiving, request);
  }
  long status = 0;
  SLUICE_CHECK(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
  receiving.response.status = static_cast<int>(status);
  return std::move(receiving.response);
}

}  // namespace sluice::net
