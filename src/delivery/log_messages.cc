#include "delivery/log_messages.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace sluice::delivery {

namespace {

// 48 MiB of memory: a payload of more values is not CloudWatch Logs'.
constexpr std::uint32_t values_max = std::uint32_t{1} << 21;

Result<void> find_messages(json::View document, std::vector<std::string_view>& found) {
  const auto type = document.find("messageType").as_string();
  if (!type) {
    return fail(Fault::corrupt, "it has no messageType");
  }
  if (*type == "CONTROL_MESSAGE") {
    return {};
  }
  if (*type != "DATA_MESSAGE") {
    return fail(Fault::corrupt,
                fmt::format("its messageType is neither DATA_MESSAGE nor CONTROL_MESSAGE: {}",
                            type->substr(0, 100)));
  }
  const json::View events = document.find("logEvents");
  if (!events.is(json::Kind::array)) {
    return fail(Fault::corrupt, "it has no list of logEvents");
  }
  for (const json::View event : events.elements()) {
    const auto message = event.find("message").as_string();
    if (!message) {
      return fail(Fault::corrupt, "one of its logEvents has no message");
    }
    found.push_back(*message);
  }
  return {};
}

}  // namespace

Result<void> append_log_messages(ByteView payload,
                                 json::Tape& tape,
                                 std::vector<ByteView>& messages,
                                 std::deque<Bytes>& held) {
  json::Limits limits;
  limits.nodes_max = values_max;
  if (const auto parsed = tape.parse(payload, json::Documents::many, limits); !parsed) {
    return fail(Fault::corrupt, "it is no JSON: " + parsed.error().message);
  }
  if (tape.documents().empty()) {
    return fail(Fault::corrupt, "it is empty");
  }
  std::vector<std::string_view> found;
  for (const json::View document : tape.documents()) {
    SLUICE_TRY_DO(find_messages(document, found));
  }
  std::size_t bytes = 0;
  for (const std::string_view message : found) {
    bytes += message.size();
  }
  // The tape's texts go with the next record, and this one must not move while it is filled.
  Bytes& texts = held.emplace_back();
  texts.reserve(bytes);
  for (const std::string_view message : found) {
    const std::size_t from = texts.size();
    texts += message;
    messages.push_back(ByteView(texts).substr(from));
  }
  return {};
}

}  // namespace sluice::delivery
