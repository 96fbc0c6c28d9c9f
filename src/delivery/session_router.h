// Partitions of a delivery stream with sessions (delivery/session_tags.h): each session is one.
// Records are taken apart and sent through the Lambda function first, as by a RecordRouter; their
// times and keys are those of what the function has made of them.
//
// The event time of a record is its field's, or, without such a field, its arrival.  Records
// without an event time or key, and late ones where tags want that, are refused:
// EventTime.Invalid, Session.KeyInvalid, EventTime.Late.
//
// The values of a session's partition are what Prefix makes of it and, under a name of its own, its
// state: who parks an object keeps both, and a later life goes on with the session.  They follow
// the session as it grows, so its start is that of all records that came to it.
#pragma once

#include "delivery/definition.h"
#include "delivery/event_time.h"
#include "delivery/field_reader.h"
#include "delivery/lambda_processor.h"
#include "delivery/object_key.h"
#include "delivery/record_parts.h"
#include "delivery/router.h"
#include "delivery/session_tags.h"
#include "delivery/sessions.h"

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

inline constexpr std::size_t session_key_bytes_max = 1024;
inline constexpr std::string_view session_key_invalid_code = "Session.KeyInvalid";

class SessionRouter final : public Router {
 public:
  // `stream` is valid and has sessions; `lambda` is its Lambda processor, none without one.
  static Result<std::unique_ptr<SessionRouter>> create(
      const DeliveryStream& stream, std::unique_ptr<LambdaProcessor> lambda = nullptr);

  Result<Routed> route(const Route& route) override;
  Result<SourceBatch> split(const Route& route) override;
  std::optional<PartitionId> partition_of(const PartitionValues& values) override;
  const PartitionValues& values(PartitionId partition) const override;

  std::size_t partitions() const override { return sessions_.size(); }

  bool remembers_records() const override { return true; }

  bool can_be_slow() const override { return lambda_ != nullptr; }

  void interrupt() override;

  void keep_only(const std::set<PartitionId>& in_use) override;
  void rewind(const std::map<PartitionId, PartitionValues>& parked) override;

 private:
  using Why = serde::Rejection;

  SessionRouter(const DeliveryStream& stream,
                std::unique_ptr<LambdaProcessor> lambda,
                ObjectKeys keys,
                EventTimeTags event_time,
                SessionTags tags);

  Result<Routed> take_apart(const Route& route);
  std::expected<Sessions::Place, Why> find_session(const SourceRecord& record);
  std::expected<UnixMillis, Why> time_of(const SourceRecord& record) const;
  std::expected<std::string_view, Why> key_of(const SourceRecord& record) const;
  bool is_end() const;
  PartitionValues shown(std::string_view key, UnixMillis first) const;
  Result<void> check_key(std::string_view key) const;
  std::optional<PartitionId> restore(const PartitionValues& values, PartitionId partition);

  const ObjectKeys keys_;
  const EventTimeTags event_time_;
  const SessionTags tags_;
  const std::vector<std::string> longest_starts_;  // of each session-start expression
  RecordParts parts_;
  const std::unique_ptr<LambdaProcessor> lambda_;
  FieldReader fields_;  // event time, key and end, those that there are
  std::optional<std::size_t> time_field_;
  std::optional<std::size_t> key_field_;
  std::optional<std::size_t> end_field_;
  Sessions sessions_;
  mutable std::map<PartitionId, PartitionValues> values_;  // as asked for last
};

}  // namespace sluice::delivery
