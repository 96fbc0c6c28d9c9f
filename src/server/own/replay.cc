// StartReplay, DescribeReplay, StopReplay and ListReplayable.
#include "base/base64.h"
#include "server/own/own.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::server {
namespace {

constexpr std::size_t repairs_max = 100'000;
constexpr std::size_t page_bytes_max = std::size_t{8} << 20;

std::unexpected<aws::ApiError> refuse_with(const Error& error) {
  return std::unexpected(aws::api_error(error, aws::firehose_faults));
}

std::vector<Repair> read_repairs(aws::Members& members) {
  std::vector<Repair> repairs;
  const json::View list = members.list("Repairs", {.length_min = 1, .length_max = repairs_max});
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    aws::Members each = members.element("Repairs", index++, element);
    Repair& repair = repairs.emplace_back();
    if (const auto text = each.string("ReplayId")) {
      if (const auto place = delivery::ErrorPlace::parse(*text)) {
        repair.place = *place;
      } else {
        each.violation("ReplayId", *text, "Member must be a replay id, as 12-5");
      }
    } else {
      repair.sequence_number =
          each.string("SequenceNumber", {.is_required = true}).value_or(std::string_view());
    }
    each.blob("Data", {.is_required = true}, repair.data);
  }
  return repairs;
}

// Counts without delivering.
Answer try_dry(World& world, ReplaySource::Order order, std::uint64_t not_waiting) {
  ReplayAnswer answer;
  std::uint64_t matched = 0;
  const auto source = make_replay_source(world, std::move(order));
  source->walk({}, [&](const ReplaySource::Waiting& waiting) {
    ++matched;
    ++answer.codes[waiting.line.code];
    return true;
  });
  answer.counts = source->counts();
  answer.counts.matched = matched;
  answer.not_waiting = not_waiting;
  return write_replay(answer);
}

// The line with its place as its first member.
std::string with_replay_id(const ReplaySource::Waiting& waiting) {
  std::string text = waiting.text;
  const std::size_t brace = text.find('{');
  text.insert(brace + 1, fmt::format("\"replayId\":\"{}\",", waiting.place.text()));
  return text;
}

}  // namespace

std::string write_replay(const ReplayAnswer& answer) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("Replay");
  out.begin_object();
  out.member("State", answer.state);
  out.member("Objects", answer.counts.objects);
  out.member("Lines", answer.counts.lines);
  out.member("Passed", answer.counts.passed);
  out.member("Matched", answer.counts.matched);
  out.member("Delivered", answer.delivered);
  out.member("StillFailing", answer.counts.still_failing());
  out.key("Failing");
  out.begin_array();
  for (const auto& [code, failing] : answer.counts.failing) {
    out.begin_object();
    out.member("Code", std::string_view(code));
    out.member("Lines", failing.lines);
    out.member("Message", std::string_view(failing.message));
    out.end_object();
  }
  out.end_array();
  out.key("Codes");
  out.begin_array();
  for (const auto& [code, lines] : answer.codes) {
    out.begin_object();
    out.member("Code", std::string_view(code));
    out.member("Lines", lines);
    out.end_object();
  }
  out.end_array();
  out.key("Problems");
  out.begin_array();
  for (const std::string& problem : answer.counts.problems) {
    out.value(std::string_view(problem));
  }
  out.end_array();
  out.member("NotWaiting", answer.not_waiting);
  if (!answer.last_error.empty()) {
    out.member("LastError", std::string_view(answer.last_error));
  }
  out.end_object();
  out.end_object();
  return text;
}

ReplayAnswer replay_standing(const World& world, std::string_view delivery_stream) {
  ReplayAnswer answer;
  const auto standing = world.deliveries.rerun(delivery_stream, replay_id);
  if (!standing) {
    return answer;
  }
  const runner::RunnerStatus& status = standing->status;
  const bool has_ended = status.state == runner::RunnerState::ended && !standing->is_stopped;
  answer.state = standing->is_stopped                          ? "STOPPED"
                 : has_ended                                   ? "DONE"
                 : status.state == runner::RunnerState::broken ? "BROKEN"
                                                               : "RUNNING";
  answer.delivered = status.records_delivered;
  answer.last_error = status.last_error;
  if (const auto source = std::dynamic_pointer_cast<ReplaySource>(standing->source)) {
    answer.counts = source->counts();
    if (has_ended) {
      // An object of an earlier life counts with what this one has delivered, but was not asked
      // for.
      answer.delivered = answer.counts.matched - answer.counts.still_failing();
    }
  }
  return answer;
}

Answer start_replay(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const ReplaySelection selection = read_replay_selection(members);
  const std::vector<Repair> repairs = read_repairs(members);
  const bool is_dry = members.boolean("DryRun").value_or(false);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  // What is under way settles lines that would be counted here.
  if (!is_dry && replay_standing(world, selection.delivery_stream).state == "RUNNING") {
    return refuse("ResourceInUseException",
                  fmt::format("A replay of {} is under way.", selection.delivery_stream));
  }
  auto order = select_replay(world, selection);
  if (!order) {
    return refuse_with(order.error());
  }
  Result<std::uint64_t> not_waiting = 0;
  if (!repairs.empty()) {
    not_waiting = take_repairs(world, repairs, *order);
  }
  if (!not_waiting) {
    return refuse_with(not_waiting.error());
  }
  if (is_dry) {
    return try_dry(world, *std::move(order), *not_waiting);
  }
  const auto source = make_replay_source(world, *std::move(order));
  const auto begun =
      world.deliveries.begin_rerun(selection.delivery_stream,
                                   {.rerun = {.id = std::string(replay_id)},
                                    .source = source,
                                    .on_left = [source](delivery::ShardKey shard,
                                                        const delivery::SourceRecord& record,
                                                        const serde::Rejection& why) {
                                      source->note_left(shard, record, why);
                                    }});
  if (!begun) {
    return refuse_with(begun.error());
  }
  ReplayAnswer answer = replay_standing(world, selection.delivery_stream);
  answer.not_waiting = *not_waiting;
  return write_replay(answer);
}

Answer describe_replay(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = members.string("DeliveryStreamName", {.is_required = true});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (world.deliveries.find(*name) == nullptr) {
    return refuse("ResourceNotFoundException",
                  fmt::format("there is no delivery stream {}", *name));
  }
  return write_replay(replay_standing(world, *name));
}

Answer stop_replay(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = members.string("DeliveryStreamName", {.is_required = true});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (const auto stopped = world.deliveries.stop_rerun(*name, replay_id); !stopped) {
    return refuse_with(stopped.error());
  }
  return write_replay(replay_standing(world, *name));
}

Answer list_replayable(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const ReplaySelection selection = read_replay_selection(members);
  delivery::ErrorPlace after;
  if (const auto text = members.string("After")) {
    if (const auto place = delivery::ErrorPlace::parse(*text)) {
      after = *place;
    } else {
      members.violation("After", *text, "Member must be a replay id, as 12-5");
    }
  }
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto order = select_replay(world, selection);
  if (!order) {
    return refuse_with(order.error());
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("Lines");
  out.begin_array();
  std::string next;
  make_replay_source(world, *std::move(order))
      ->walk(after, [&](const ReplaySource::Waiting& waiting) {
        out.value(std::string_view(with_replay_id(waiting)));
        next = text.size() >= page_bytes_max ? waiting.place.text() : "";
        return next.empty();
      });
  out.end_array();
  if (!next.empty()) {
    out.member("Next", std::string_view(next));
  }
  out.end_object();
  return text;
}

}  // namespace sluice::server
