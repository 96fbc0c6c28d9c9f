#include "delivery/error_line.h"

#include "base/base64.h"
#include "json/document.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace sluice::delivery {

Result<ErrorLine> parse_error_line(ByteView line) {
  SLUICE_TRY(document, json::Document::parse(Bytes(line), {.bytes_max = error_line_bytes_max}));
  const json::View root = document.root();
  const auto text = [&root](std::string_view name) {
    return std::string(root.find(name).as_string().value_or(std::string_view()));
  };
  const auto raw = root.find("rawData").as_string();
  if (!raw) {
    return fail(Fault::invalid, "it has no rawData");
  }
  auto data = base64_decode(*raw);
  if (!data) {
    return fail(Fault::invalid, "its rawData is no base64");
  }
  ErrorLine parsed;
  parsed.raw_data = *std::move(data);
  parsed.arrival = unix_millis(root.find("arrivalTimestamp").as_int64().value_or(0));
  parsed.code = text("lastErrorCode");
  if (parsed.code.empty()) {
    parsed.code = text("errorCode");
  }
  parsed.sequence_number = text("sequenceNumber");
  parsed.replay_id = text("replayId");
  return parsed;
}

std::string ErrorPlace::text() const {
  return fmt::format("{}-{}", plan, line);
}

Result<ErrorPlace> ErrorPlace::parse(std::string_view text) {
  ErrorPlace place;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, place.plan);
  const bool has_dash = first.ec == std::errc() && first.ptr != end && *first.ptr == '-';
  const auto second = has_dash ? std::from_chars(first.ptr + 1, end, place.line) : first;
  if (!has_dash || second.ec != std::errc() || second.ptr != end || place.plan == 0 ||
      place.line == 0) {
    return fail(Fault::invalid, fmt::format("{} is no replayId; they read 12-5", text));
  }
  return place;
}

}  // namespace sluice::delivery
