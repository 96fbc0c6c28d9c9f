// The page, read.
#include "proof/live.h"

#include "json/document.h"

#include <charconv>
#include <string_view>

namespace sluice::proof {

std::optional<Live> parse_live(const std::string& page) {
  const auto document = json::Document::parse(Bytes(page));
  if (!document || !document->root().find("delivery_streams").exists()) {
    return std::nullopt;
  }
  const auto count = [](json::View object, std::string_view name) {
    return static_cast<std::uint64_t>(object.find(name).as_int64().value_or(0));
  };
  const auto text = [](json::View object, std::string_view name) {
    return std::string(object.find(name).as_string().value_or(std::string_view()));
  };
  const auto time = [](json::View object, std::string_view name) -> std::optional<UnixMillis> {
    const auto value = object.find(name).as_int64();
    return value ? std::optional(unix_millis(*value)) : std::nullopt;
  };
  Live live;
  for (const json::View one : document->root().find("delivery_streams").elements()) {
    std::uint64_t incarnation = 0;
    const std::string digits = text(one, "incarnation");
    std::from_chars(digits.data(), digits.data() + digits.size(), incarnation, 16);
    LiveDelivery& delivery = live.deliveries[incarnation];
    delivery.state = text(one, "state");
    delivery.backlog_records = count(one, "backlog_records");
    delivery.objects_planned = count(one, "objects_planned");
    delivery.open_records = count(one, "open_records");
    delivery.open_bytes = count(one, "open_bytes");
    delivery.is_paused = one.find("paused").as_bool().value_or(false);
    delivery.open_until = time(one, "open_until_ms");
    delivery.put_again_at = time(one, "put_again_at_ms");
    delivery.oldest_undelivered = time(one, "oldest_undelivered_ms");
    delivery.last_error = text(one, "last_error");
    delivery.last_error_at = time(one, "last_error_at_ms");
    delivery.last_delivered_at = time(one, "last_delivered_at_ms");
  }
  if (const json::View record = document->root().find("record"); record.exists()) {
    live.record = LiveRecord{count(record, "tip"),
                             count(record, "horizon"),
                             time(record, "arrival_ms"),
                             text(record, "damage")};
  }
  return live;
}

}  // namespace sluice::proof
