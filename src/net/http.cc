// HTTP messages as plain values: headers, reason phrases, dates.
#include "net/http.h"

#include "base/ascii.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

namespace sluice::net {

bool same_letters_ignoring_case(std::string_view left, std::string_view right) {
  SLUICE_CHECK(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i] != right[i] && lower(left[i]) != lower(right[i])) {
      return false;
    }
  }
  return true;
}

HttpHeaders::HttpHeaders(std::initializer_list<HttpHeader> headers) {
  for (const HttpHeader& header : headers) {
    add(header.name, header.value);
  }
}

void HttpHeaders::add(std::string_view name, std::string_view value) {
  constexpr std::size_t text_bytes_max = std::numeric_limits<std::uint32_t>::max();
  SLUICE_CHECK(name.size() <= text_bytes_max - text_.size());
  SLUICE_CHECK(value.size() <= text_bytes_max - text_.size() - name.size());
  const auto start = static_cast<std::uint32_t>(text_.size());
  text_.append(name);
  text_.append(value);
  fields_.push_back(Field{
      start, static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
}

void HttpHeaders::set(std::string_view name, std::string_view value) {
  // Either argument may be a view into our own text.
  const std::string name_kept(name);
  const std::string value_kept(value);
  remove(name_kept);
  add(name_kept, value_kept);
}

std::size_t HttpHeaders::remove(std::string_view name) {
  // The text stays behind unused: removing is rare, and the object short-lived.
  return std::erase_if(
      fields_, [&](const Field& field) { return equal_ignoring_case(at(field).name, name); });
}

void HttpHeaders::clear() {
  text_.clear();
  fields_.clear();
}

void HttpHeaders::reserve(std::size_t fields, std::size_t text_bytes) {
  fields_.reserve(fields);
  text_.reserve(text_bytes);
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const Field& field : fields_) {
    const HttpHeader header = at(field);
    if (equal_ignoring_case(header.name, name)) {
      return header.value;
    }
  }
  return std::nullopt;
}

std::string_view HttpHeaders::value_or(std::string_view name, std::string_view otherwise) const {
  return find(name).value_or(otherwise);
}

std::size_t HttpHeaders::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [&](const Field& field) { return equal_ignoring_case(at(field).name, name); }));
}

HttpHeader HttpHeaders::operator[](std::size_t index) const {
  SLUICE_CHECK(index < fields_.size());
  return at(fields_[index]);
}

HttpHeader HttpHeaders::at(const Field& field) const {
  const std::string_view text = text_;
  return {text.substr(field.start, field.name_bytes),
          text.substr(field.start + field.name_bytes, field.value_bytes)};
}

std::string_view RequestHead::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view RequestHead::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

HttpResponse make_response(int status, std::string_view content_type, Bytes body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", content_type);
  response.body = std::move(body);
  return response;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

std::string format_http_date(UnixMillis time) {
  // Not strftime: its names depend on the locale.
  static constexpr std::array<std::string_view, 7> days = {
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace sluice::net
