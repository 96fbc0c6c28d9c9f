#include "delivery/session_router.h"

#include "base/check.h"
#include "delivery/record_router.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::delivery {

namespace {

using json::Kind;
using json::View;

// Of a partition's values, the one that no prefix can name: "<first> <last> <key>".
constexpr std::string_view state_name = "!{session}";

std::string state_text(std::string_view key, const Session& session) {
  return fmt::format("{} {} {}", to_count(session.first), to_count(session.last), key);
}

struct State {
  std::string key;
  Session session;
};

std::optional<State> parse_state(std::string_view text) {
  State state;
  for (UnixMillis* const time : {&state.session.first, &state.session.last}) {
    std::int64_t millis = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), millis);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (fault != std::errc() || !text.starts_with(' ')) {
      return std::nullopt;
    }
    text.remove_prefix(1);
    *time = unix_millis(millis);
  }
  state.key = text;
  return state;
}

// What differs in length is the names of months, days and zones: a year shows all.
std::vector<std::string> longest_texts(const std::vector<TimeExpression>& expressions,
                                       const TimeZone& zone) {
  constexpr UnixMillis first_evening{std::chrono::milliseconds(1'704'153'599'999)};
  constexpr int days_of_a_leap_year = 366;
  std::vector<std::string> longest;
  for (const TimeExpression& expression : expressions) {
    std::string& text = longest.emplace_back();
    for (int day = 0; day < days_of_a_leap_year; ++day) {
      std::string candidate =
          expression.pattern.format(first_evening + std::chrono::days(day), zone);
      text = candidate.size() > text.size() ? std::move(candidate) : text;
    }
  }
  return longest;
}

SessionRule rule_of(const EventTimeTags& event_time, const SessionTags& tags) {
  SessionRule rule{*tags.gap, tags.max, event_time.refuses_late(), event_time.lateness};
  return rule;
}

std::string late_message(UnixMillis time) {
  const TimePattern pattern = TimePattern::parse("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").value();
  return fmt::format("the event time {} lies too far behind the latest of its session key",
                     pattern.format(time, TimeZone()));
}

}  // namespace

Result<std::unique_ptr<SessionRouter>> SessionRouter::create(
    const DeliveryStream& stream, std::unique_ptr<LambdaProcessor> lambda) {
  SLUICE_TRY(keys, ObjectKeys::create(stream));
  SLUICE_TRY(event_time, event_time_tags_of(stream.tags));
  SLUICE_TRY(tags, session_tags_of(stream.tags));
  return std::unique_ptr<SessionRouter>(new SessionRouter(
      stream, std::move(lambda), std::move(keys), std::move(event_time), std::move(tags)));
}

SessionRouter::SessionRouter(const DeliveryStream& stream,
                             std::unique_ptr<LambdaProcessor> lambda,
                             ObjectKeys keys,
                             EventTimeTags event_time,
                             SessionTags tags)
    : keys_(std::move(keys)),
      event_time_(std::move(event_time)),
      tags_(std::move(tags)),
      longest_starts_(longest_texts(keys_.session_starts(), keys_.zone())),
      parts_(stream),
      lambda_(std::move(lambda)),
      fields_(std::vector<FieldPath>()),
      sessions_(rule_of(event_time_, tags_)) {
  std::vector<FieldPath> paths;
  const auto add = [&paths](const FieldPath& path) {
    paths.push_back(path);
    return paths.size() - 1;
  };
  if (event_time_.field) {
    time_field_ = add(event_time_.path);
  }
  if (tags_.key == SessionKey::field) {
    key_field_ = add(tags_.key_path);
  }
  if (tags_.end_path) {
    end_field_ = add(*tags_.end_path);
  }
  fields_ = FieldReader(std::move(paths));
}

// All that may fail; no session has changed until then.
Result<Routed> SessionRouter::take_apart(const Route& route) {
  PartsOwner owner{route.owner, {}};
  Routed routed;
  SLUICE_TRY_DO(parts_.take_apart(route, false, routed, owner.made));
  if (lambda_ != nullptr) {
    SLUICE_TRY_DO(lambda_->process(route.shard, routed, owner.made));
  }
  routed.batch.owner = owner_of(std::move(owner));
  return routed;
}

void SessionRouter::interrupt() {
  if (lambda_ != nullptr) {
    lambda_->interrupt();
  }
}

Result<Routed> SessionRouter::route(const Route& route) {
  SLUICE_TRY(routed, take_apart(route));
  const std::vector<SourceRecord>& records = routed.batch.records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    RecordRoute& to = routed.routes[i];
    if (to.kind != ObjectKind::data) {
      continue;
    }
    auto place = find_session(records[i]);
    if (!place) {
      to.kind = ObjectKind::processing_failed;
      routed.refusals.push_back({static_cast<std::uint32_t>(i), std::move(place).error()});
      continue;
    }
    to.partition = place->partition;
    if (place->ends_before) {
      routed.ends.push_back({i, *place->ends_before});
    }
    if (place->ends) {
      routed.ends.push_back({i + 1, place->partition});
    }
  }
  std::ranges::sort(routed.refusals, {}, &RouteRefusal::index);
  return routed;
}

Result<SourceBatch> SessionRouter::split(const Route& route) {
  SLUICE_TRY(routed, take_apart(route));
  return std::move(routed.batch);
}

std::expected<Sessions::Place, SessionRouter::Why> SessionRouter::find_session(
    const SourceRecord& record) {
  if (time_field_ || key_field_ || end_field_) {
    fields_.read(record.data);  // what is no JSON has no fields
  }
  const auto time = time_of(record);
  if (!time) {
    return std::unexpected(time.error());
  }
  const auto key = key_of(record);
  if (!key) {
    return std::unexpected(key.error());
  }
  const Sessions::Place place = sessions_.place({*key, *time, record.arrival, is_end()});
  if (place.is_late) {
    return std::unexpected(Why{std::string(event_time_late_code), late_message(*time), ""});
  }
  if (place.is_new) {
    if (auto checked = check_key(*key); !checked) {
      sessions_.withdraw(place.partition);
      return std::unexpected(
          Why{std::string(session_key_invalid_code),
              fmt::format("the session makes no object key: {}", checked.error().message()),
              ""});
    }
  }
  return place;
}

std::expected<UnixMillis, SessionRouter::Why> SessionRouter::time_of(
    const SourceRecord& record) const {
  if (!time_field_) {
    return record.arrival;
  }
  auto time = event_time_of(fields_.field(*time_field_), event_time_);
  if (!time) {
    return std::unexpected(Why{std::string(event_time_invalid_code), std::move(time).error(), ""});
  }
  return *time;
}

std::expected<std::string_view, SessionRouter::Why> SessionRouter::key_of(
    const SourceRecord& record) const {
  if (!key_field_) {
    return tags_.key == SessionKey::partition_key ? record.partition_key : std::string_view();
  }
  const auto refused = [this](std::string_view what) {
    return std::unexpected(Why{std::string(session_key_invalid_code),
                               fmt::format("the field {} is {}", tags_.key_field, what),
                               ""});
  };
  const View value = fields_.field(*key_field_);
  if (!value.exists()) {
    return refused("missing");
  }
  if (value.is(Kind::null) || value.is(Kind::array) || value.is(Kind::object)) {
    return refused("no text, number or boolean");
  }
  if (value.text().empty() || value.text().size() > session_key_bytes_max) {
    return refused(value.text().empty()
                       ? "empty"
                       : fmt::format("longer than {} bytes", session_key_bytes_max));
  }
  return value.text();
}

bool SessionRouter::is_end() const {
  if (!end_field_) {
    return false;
  }
  const View value = fields_.field(*end_field_);
  return value.exists() && value.text() == *tags_.end_value;
}

// What Prefix names of a session.
PartitionValues SessionRouter::shown(std::string_view key, UnixMillis first) const {
  PartitionValues values;
  for (const TimeExpression& start : keys_.session_starts()) {
    values.emplace_back(start.name, start.pattern.format(first, keys_.zone()));
  }
  values.emplace_back(session_id_expression, session_id(key, first));
  values.emplace_back(session_key_expression, key);
  return values;
}

// Whether sessions of that key can be named, whenever they begin.
Result<void> SessionRouter::check_key(std::string_view key) const {
  PartitionValues values = shown(key, UnixMillis());
  for (std::size_t i = 0; i < longest_starts_.size(); ++i) {
    values[i].second = longest_starts_[i];
  }
  if (!keys_.names_session_key()) {
    values.pop_back();
  }
  return keys_.check_partition(values);
}

std::optional<PartitionId> SessionRouter::restore(const PartitionValues& values,
                                                  PartitionId partition) {
  const auto state_at = std::ranges::find(
      values, state_name, [](const auto& entry) { return std::string_view(entry.first); });
  const auto state = state_at == values.end() ? std::nullopt : parse_state(state_at->second);
  if (!state) {
    return std::nullopt;
  }
  Session session = state->session;
  session.partition = partition;
  sessions_.restore(state->key, session);
  return partition;
}

// Each call is about another session: no two that are parked are of one buffer.
std::optional<PartitionId> SessionRouter::partition_of(const PartitionValues& values) {
  return restore(values, sessions_.next_id());
}

const PartitionValues& SessionRouter::values(PartitionId partition) const {
  const Sessions::Known known = sessions_.find(partition);
  SLUICE_CHECK(known.key != nullptr);
  PartitionValues& values = values_[partition];
  values = shown(*known.key, known.session.first);
  values.emplace_back(state_name, state_text(*known.key, known.session));
  return values;
}

void SessionRouter::keep_only(const std::set<PartitionId>& in_use) {
  sessions_.keep_only(in_use);
  std::erase_if(values_, [&](const auto& entry) { return !in_use.contains(entry.first); });
}

void SessionRouter::rewind(const std::map<PartitionId, PartitionValues>& parked) {
  sessions_.clear();
  values_.clear();
  for (const auto& [partition, values] : parked) {
    restore(values, partition);
  }
}

}  // namespace sluice::delivery
