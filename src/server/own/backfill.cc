// StartBackfill, DescribeBackfill and StopBackfill.
#include "delivery/validate.h"
#include "server/backfill_source.h"
#include "server/own/own.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::size_t id_length_max = 64;

bool is_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

constexpr aws::Pattern id_pattern{"[a-zA-Z0-9_.-]+", is_id};

std::optional<std::string_view> read_id(aws::Members& members) {
  return members.string(
      "Id",
      {.is_required = true, .length_min = 1, .length_max = id_length_max, .pattern = &id_pattern});
}

std::unexpected<aws::ApiError> refuse_with(const Error& error) {
  return std::unexpected(aws::api_error(error, aws::firehose_faults));
}

std::string rerun_id(std::string_view id) {
  return std::string(backfill_start) + std::string(id);
}

std::string_view state_of(const Deliveries::RerunStanding& standing) {
  if (standing.is_stopped) {
    return "STOPPED";
  }
  switch (standing.status.state) {
    case runner::RunnerState::ended:
      return "DONE";
    case runner::RunnerState::broken:
      return "BROKEN";
    default:
      return "RUNNING";
  }
}

std::string write_standing(const World& world, std::string_view name, std::string_view id) {
  const auto standing = world.deliveries.rerun(name, rerun_id(id));
  const auto source =
      standing ? std::dynamic_pointer_cast<BackfillSource>(standing->source) : nullptr;
  const BackfillCounts counts = source ? source->counts() : BackfillCounts();
  const std::string_view state = standing ? state_of(*standing) : "NONE";
  const runner::RunnerStatus status = standing ? standing->status : runner::RunnerStatus();
  const std::uint64_t left = counts.all_refused() + counts.lost;
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("Backfill");
  out.begin_object();
  out.member("State", state);
  out.member("Records", counts.records);
  out.member("DeliveredNow", status.records_delivered);
  if (state == "DONE") {
    out.member("Delivered", counts.records - std::min(left, counts.records));
  }
  out.member("Lost", counts.lost);
  out.key("Refused");
  out.begin_array();
  for (const auto& [code, records] : counts.refused) {
    out.begin_object();
    out.member("Code", std::string_view(code));
    out.member("Records", records);
    out.end_object();
  }
  out.end_array();
  if (!status.last_error.empty()) {
    out.member("LastError", std::string_view(status.last_error));
  }
  out.end_object();
  out.end_object();
  return text;
}

// Empty: it may begin.
std::string what_is_wrong(const World& world,
                          const delivery::DeliveryStream& stream,
                          const Rerun& rerun) {
  if (rerun.from >= rerun.to) {
    return "From must be before To.";
  }
  if (rerun.to > world.clock.now()) {
    return "To must not be in the future: what arrives until then would be missed.";
  }
  if (*rerun.prefix == stream.s3.prefix.value_or("")) {
    return "Prefix must differ from that of the delivery stream, whose objects it would lie among.";
  }
  delivery::DeliveryStream leg = rerun_leg(stream, rerun);
  leg.name = stream.name;  // that of a leg is none that a user may give
  if (const auto valid = delivery::validate(leg); !valid) {
    return valid.error().message();
  }
  if (const auto checked = world.deliveries.check_processors(leg); !checked) {
    return checked.error().message();
  }
  return "";
}

}  // namespace

Answer start_backfill(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = members.string("DeliveryStreamName", {.is_required = true});
  const auto id = read_id(members);
  const auto prefix = members.string("Prefix", {.is_required = true});
  const auto from = members.timestamp("From");
  const auto to = members.timestamp("To");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto definition = world.deliveries.find(*name);
  if (definition == nullptr) {
    return refuse("ResourceNotFoundException",
                  fmt::format("there is no delivery stream {}", *name));
  }
  if (!from || !to) {
    return refuse("InvalidArgumentException", "From and To are needed.");
  }
  const Rerun rerun{.id = rerun_id(*id), .prefix = std::string(*prefix), .from = *from, .to = *to};
  if (std::string wrong = what_is_wrong(world, *definition, rerun); !wrong.empty()) {
    return refuse("InvalidArgumentException", std::move(wrong));
  }
  if (const auto begun = world.deliveries.begin_rerun(*name, {.rerun = rerun, .source = {}});
      !begun) {
    return refuse_with(begun.error());
  }
  return write_standing(world, *name, *id);
}

Answer describe_backfill(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = members.string("DeliveryStreamName", {.is_required = true});
  const auto id = read_id(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (world.deliveries.find(*name) == nullptr) {
    return refuse("ResourceNotFoundException",
                  fmt::format("there is no delivery stream {}", *name));
  }
  return write_standing(world, *name, *id);
}

Answer stop_backfill(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = members.string("DeliveryStreamName", {.is_required = true});
  const auto id = read_id(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (const auto stopped = world.deliveries.stop_rerun(*name, rerun_id(*id)); !stopped) {
    return refuse_with(stopped.error());
  }
  return write_standing(world, *name, *id);
}

}  // namespace sluice::server
