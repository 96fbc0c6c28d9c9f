// Statuses of runners, and a look at one record in its log.
#include "server/explain_page.h"

#include "json/writer.h"
#include "server/deliveries.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace sluice::server {
namespace {

std::string_view value_of(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return pair.substr(name.size() + 1);
    }
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
  }
  return {};
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = fault == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

void write_time(json::Writer& out, std::string_view name, const std::optional<UnixMillis>& time) {
  if (time) {
    out.member(name, to_count(*time));
  }
}

void write_delivery(const delivery::DeliveryStream& leg,
                    const runner::RunnerStatus& status,
                    json::Writer& out) {
  out.begin_object();
  out.member("name", std::string_view(leg.name));
  out.member("incarnation", std::string_view(fmt::format("{:016x}", leg.incarnation)));
  out.member("state", runner_state_name(status.state));
  out.member("backlog_records", status.backlog_records);
  out.member("objects_planned", status.objects_planned);
  out.member("put_failures", status.put_failures);
  out.member("paused", status.is_paused);
  out.member("open_records", status.open_records);
  out.member("open_bytes", status.open_bytes);
  write_time(out, "open_until_ms", status.open_until);
  write_time(out, "put_again_at_ms", status.put_again_at);
  write_time(out, "oldest_undelivered_ms", status.oldest_undelivered);
  if (!status.last_error.empty()) {
    out.member("last_error", std::string_view(status.last_error));
  }
  write_time(out, "last_error_at_ms", status.last_error_at);
  write_time(out, "last_delivered_at_ms", status.last_delivered_at);
  out.end_object();
}

void write_deliveries(const World& world, json::Writer& out) {
  out.key("delivery_streams");
  out.begin_array();
  for (const auto& definition : world.deliveries.list()) {
    std::vector<delivery::DeliveryStream> legs = delivery::legs_of(*definition);
    if (auto reruns = world.deliveries.rerun_legs(definition->name)) {
      std::ranges::move(*reruns, std::back_inserter(legs));
    }
    for (const delivery::DeliveryStream& leg : legs) {
      if (const auto running = world.deliveries.runner(leg.name)) {
        write_delivery(leg, running->status(), out);
      }
    }
  }
  out.end_array();
}

void write_record(const stream::Stream& stream,
                  stream::ShardIndex shard,
                  stream::Ordinal ordinal,
                  json::Writer& out) {
  const stream::StreamLog& log = stream.log();
  out.key("record");
  out.begin_object();
  out.member("tip", log.tip(shard).value);
  out.member("horizon", log.horizon(shard).value);
  const auto batch = log.read(shard, ordinal, 1, 1);
  if (!batch) {
    out.member("damage", std::string_view(batch.error().message()));
  } else {
    batch->for_each([&](const stream::RecordView& record) {
      if (record.ordinal == ordinal) {
        out.member("arrival_ms", to_count(record.arrival));
      }
    });
  }
  out.end_object();
}

}  // namespace

std::string explain_page(const World& world, std::string_view query) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_deliveries(world, out);
  const auto incarnation = stream::parse_incarnation(value_of(query, "stream"));
  const auto stream = incarnation ? world.streams.find(*incarnation) : nullptr;
  const auto shard = number_of<std::uint32_t>(value_of(query, "shard"));
  const auto ordinal = number_of<std::uint64_t>(value_of(query, "ordinal"));
  if (stream != nullptr && shard && ordinal && *shard < stream->definition()->shards.size()) {
    write_record(*stream, stream::ShardIndex(*shard), stream::Ordinal(*ordinal), out);
  }
  out.end_object();
  return text;
}

}  // namespace sluice::server
