// IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

enum class Direction : std::uint8_t { increase, decrease };

std::optional<aws::ApiError> refuse_hours(const stream::StreamDefinition& definition,
                                          std::int64_t hours,
                                          Direction direction) {
  constexpr std::string_view type = "InvalidArgumentException";
  if (hours < stream::retention_hours_min) {
    return aws::ApiError{std::string(type),
                         fmt::format("Minimum allowed retention period is {} hours. Requested "
                                     "retention period ({} hours) is too short.",
                                     stream::retention_hours_min,
                                     hours)};
  }
  if (hours > stream::retention_hours_max) {
    return aws::ApiError{std::string(type),
                         fmt::format("Maximum allowed retention period is {} hours. Requested "
                                     "retention period ({} hours) is too long.",
                                     stream::retention_hours_max,
                                     hours)};
  }
  const bool is_increase = direction == Direction::increase;
  const bool is_wrong_way =
      is_increase ? hours < definition.retention_hours : hours > definition.retention_hours;
  if (!is_wrong_way) {
    return std::nullopt;
  }
  return aws::ApiError{
      std::string(type),
      fmt::format("Requested retention period ({} hours) for stream {} can not be {} than existing "
                  "retention period ({} hours). Use {}RetentionPeriod API.",
                  hours,
                  definition.name,
                  is_increase ? "shorter" : "longer",
                  definition.retention_hours,
                  is_increase ? "Decrease" : "Increase")};
}

Answer change_retention(World& world, const ApiRequest& request, Direction direction) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto hours = members.integer("RetentionPeriodHours", {.is_required = true});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    auto refused = refuse_hours(definition, *hours, direction);
    if (!refused) {
      definition.retention_hours = static_cast<std::uint32_t>(*hours);
    }
    return refused;
  });
}

}  // namespace

Answer increase_stream_retention_period(World& world, const ApiRequest& request) {
  return change_retention(world, request, Direction::increase);
}

Answer decrease_stream_retention_period(World& world, const ApiRequest& request) {
  return change_retention(world, request, Direction::decrease);
}

}  // namespace sluice::server
