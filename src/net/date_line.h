// The Date header's value, formatted once a second.
#pragma once

#include "net/http.h"

#include <chrono>
#include <string>
#include <string_view>

namespace sluice::net {

// One per loop thread; not thread-safe.
class DateLine {
 public:
  // The view ends with the next call.
  std::string_view at(UnixMillis now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (text_.empty() || second != second_) {
      second_ = second;
      text_ = format_http_date(now);
    }
    return text_;
  }

 private:
  std::chrono::sys_seconds second_;
  std::string text_;
};

}  // namespace sluice::net
