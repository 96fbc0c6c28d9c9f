// Which lines of the error output are to be replayed: from the ledger, which knows every object of
// it, and the bucket, which says whether they are still there.
#include "server/own/own.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace sluice::server {
namespace {

using delivery::ErrorPlace;
using delivery::ObjectKind;
using delivery::ObjectPlan;
using delivery::PlanNumber;
using delivery::ShardMark;

constexpr std::size_t history_page = 1000;
constexpr std::size_t named_max = 5;

bool may_have_lines(const ObjectPlan& plan, const ReplaySelection& selection) {
  return plan.kind != ObjectKind::data && plan.rows > 0 && plan.key.starts_with(selection.prefix) &&
         (!selection.filter.to || plan.oldest_arrival < *selection.filter.to);
}

// Empty: the bucket has the object as it was put.
std::string what_is_wrong(World& world, const ObjectPlan& plan) {
  if (plan.number.value > std::numeric_limits<std::uint32_t>::max()) {
    return "has a plan number that no replay can name";
  }
  if (world.deliveries.is_remote(plan.bucket)) {
    return "lies in another S3, and only objects of local buckets are replayed; its lines can be "
           "put "
           "into the delivery stream again by hand";
  }
  const auto info = world.buckets.head(plan.bucket, plan.key);
  if (!info) {
    return info.error().code() == s3::S3Code::no_such_key ||
                   info.error().code() == s3::S3Code::no_such_bucket
               ? "is not in the bucket any more"
               : "cannot be read: " + std::string(info.error().message());
  }
  return info->bytes == plan.bytes && info->etag == to_hex(plan.md5)
             ? ""
             : "is not what was put there: somebody has changed it";
}

void add_object(World& world,
                const ObjectPlan& plan,
                const std::map<delivery::ShardKey, ShardMark>& marks,
                ReplaySource::Order& order) {
  const delivery::ShardKey shard = replay_shard(order.incarnation, plan.number);
  const auto known = marks.find(shard);
  ShardMark mark = known == marks.end() ? ShardMark{.shard = shard, .settled = {}} : known->second;
  if (mark.low.value > plan.rows) {
    return;  // all of it is delivered
  }
  if (const std::string wrong = what_is_wrong(world, plan); !wrong.empty()) {
    order.problems.push_back(fmt::format("s3://{}/{} {}", plan.bucket, plan.key, wrong));
    return;
  }
  order.objects.push_back({.plan = plan.number,
                           .bucket = plan.bucket,
                           .key = plan.key,
                           .lines = plan.rows,
                           .mark = std::move(mark)});
}

// Where the lines lie that have these sequence numbers.
std::map<std::string, std::vector<ErrorPlace>> places_of(World& world,
                                                         const std::set<std::string>& wanted,
                                                         const ReplaySource::Order& order) {
  std::map<std::string, std::vector<ErrorPlace>> places;
  if (!wanted.empty()) {
    make_replay_source(world, order)->walk({}, [&](const ReplaySource::Waiting& waiting) {
      if (wanted.contains(waiting.line.sequence_number)) {
        places[waiting.line.sequence_number].push_back(waiting.place);
      }
      return true;
    });
  }
  return places;
}

bool waits(const ReplaySource::Order& order, const ErrorPlace& place) {
  return std::ranges::any_of(order.objects, [&](const ReplayObject& object) {
    return object.plan.value == place.plan && place.line <= object.lines &&
           !object.mark.is_settled(delivery::Ordinal(place.line));
  });
}

}  // namespace

ReplaySelection read_replay_selection(aws::Members& members) {
  ReplaySelection selection;
  selection.delivery_stream =
      members.string("DeliveryStreamName", {.is_required = true}).value_or(std::string_view());
  selection.prefix = members.string("Prefix").value_or(std::string_view());
  selection.filter.code = members.string("Code").value_or(std::string_view());
  selection.filter.from = members.timestamp("From");
  selection.filter.to = members.timestamp("To");
  return selection;
}

Result<ReplaySource::Order> select_replay(World& world, const ReplaySelection& selection) {
  const auto definition = world.deliveries.find(selection.delivery_stream);
  if (definition == nullptr) {
    return fail(Fault::missing,
                fmt::format("there is no delivery stream {}", selection.delivery_stream));
  }
  SLUICE_TRY(settled, world.deliveries.rerun_marks(definition->name, replay_id));
  std::map<delivery::ShardKey, ShardMark> marks;
  for (ShardMark& mark : settled) {
    marks.emplace(mark.shard, std::move(mark));
  }
  ReplaySource::Order order{
      .incarnation = definition->incarnation, .objects = {}, .filter = selection.filter};
  PlanNumber from{1};
  while (true) {
    SLUICE_TRY(page, world.deliveries.history(definition->name, from, history_page));
    for (const store::CommittedPlan& committed : page) {
      if (may_have_lines(committed.plan, selection)) {
        add_object(world, committed.plan, marks, order);
      }
    }
    if (page.size() < history_page) {
      return order;
    }
    from = page.back().plan.number + 1;
  }
}

std::shared_ptr<ReplaySource> make_replay_source(World& world, ReplaySource::Order order) {
  return std::make_shared<ReplaySource>(
      std::move(order),
      [&buckets = world.buckets](const std::string& bucket,
                                 const std::string& key) -> Result<std::shared_ptr<const File>> {
        auto found = buckets.get(bucket, key);
        if (!found) {
          return fail(found.error().fault(), std::string(found.error().message()));
        }
        return std::move(found->file);
      });
}

Result<std::uint64_t> take_repairs(World& world,
                                   const std::vector<Repair>& repairs,
                                   ReplaySource::Order& order) {
  std::set<std::string> wanted;
  for (const Repair& repair : repairs) {
    if (!repair.place) {
      wanted.insert(repair.sequence_number);
    }
  }
  const auto places = places_of(world, wanted, order);
  std::vector<std::string> ambiguous;
  std::uint64_t not_waiting = 0;
  for (const Repair& repair : repairs) {
    std::optional<ErrorPlace> place = repair.place;
    if (const auto found = places.find(repair.sequence_number); !place && found != places.end()) {
      place = found->second.front();
      if (found->second.size() > 1) {
        ambiguous.push_back(repair.sequence_number);
        continue;
      }
    }
    if (!place || !waits(order, *place)) {
      ++not_waiting;
    } else if (!order.repairs.emplace(*place, repair.data).second) {
      return fail(Fault::invalid, fmt::format("two lines repair {}", place->text()));
    }
  }
  if (!ambiguous.empty()) {
    ambiguous.resize(std::min(ambiguous.size(), named_max));
    return fail(Fault::invalid,
                fmt::format("several lines have the sequence number {}, as parts of one record do: "
                            "name them by the replayId that `sluice replay --list` gives",
                            fmt::join(ambiguous, ", ")));
  }
  std::erase_if(order.objects, [&](const ReplayObject& object) {
    const auto first = order.repairs.lower_bound({object.plan.value, 0});
    return first == order.repairs.end() || first->first.plan != object.plan.value;
  });
  return not_waiting;
}

}  // namespace sluice::server
