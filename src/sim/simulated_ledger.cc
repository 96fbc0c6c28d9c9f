// Each call checks everything first and then changes everything: a transaction.
#include "sim/simulated_ledger.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sluice::sim {

using delivery::LedgerState;
using delivery::ObjectPlan;
using delivery::PlanNumber;
using delivery::ShardMark;

std::unexpected<Error> SimulatedLedger::complain(Fault fault, std::string what) {
  if (complaint_.empty()) {
    complaint_ = what;
  }
  return fail(fault, std::move(what));
}

Result<LedgerState> SimulatedLedger::load() {
  SLUICE_TRY_DO(faults_.before("load", next_.value));
  LedgerState state;
  for (const auto& [key, mark] : marks_) {
    state.marks.push_back(mark);
  }
  for (const auto& [number, plan] : planned_) {
    state.planned.push_back(plan);
  }
  for (const auto& [name, object] : parked_) {
    state.parked.push_back(object);
  }
  std::sort(state.parked.begin(), state.parked.end(), [](const auto& a, const auto& b) {
    return std::tie(a.buffer, a.draft.kind) < std::tie(b.buffer, b.draft.kind);
  });
  state.next_plan = next_;
  return state;
}

Result<void> SimulatedLedger::add_mark(const ShardMark& mark) {
  SLUICE_TRY_DO(faults_.before("add_mark", mark.shard.shard));
  if (!marks_.emplace(mark.shard, mark).second) {
    return fail(Fault::conflict, "the shard has a mark");  // an earlier answer may have been lost
  }
  return faults_.after("add_mark", mark.shard.shard);
}

Result<void> SimulatedLedger::record_plans(const std::vector<ObjectPlan>& plans) {
  if (plans.empty()) {
    return complain(Fault::invalid, "no plan to record");
  }
  SLUICE_TRY_DO(faults_.before("record_plans", plans.front().number.value));
  if (planned_.contains(plans.front().number)) {
    const bool are_same = std::ranges::all_of(plans, [this](const ObjectPlan& plan) {
      const auto known = planned_.find(plan.number);
      return known != planned_.end() && known->second == plan;
    });
    if (!are_same) {
      return complain(Fault::conflict, "a plan was changed");
    }
    return fail(Fault::conflict, "the plan is known");  // an earlier answer was lost
  }
  PlanNumber next = next_;
  for (const ObjectPlan& plan : plans) {
    SLUICE_TRY_DO(check(plan, next));
    ++next;
  }
  for (const ObjectPlan& plan : plans) {
    parked_.erase(plan.spool_name);
    planned_.emplace(plan.number, plan);
    if (sabotage_ == Sabotage::marks_move_at_the_plan) {
      for (const delivery::ShardPositions& positions : plan.positions) {
        marks_.at(positions.shard).settle(positions);
      }
    }
  }
  next_ = next;
  return faults_.after("record_plans", plans.front().number.value);
}

// Of a plan that is to be the next.
Result<void> SimulatedLedger::check(const ObjectPlan& plan, PlanNumber next) {
  if (plan.number != next) {
    return complain(Fault::conflict, "plan " + std::to_string(plan.number.value) + " is not next");
  }
  for (const delivery::ShardPositions& positions : plan.positions) {
    if (!marks_.contains(positions.shard)) {
      return complain(Fault::missing, "a plan names a shard without a mark");
    }
  }
  const auto parked = parked_.find(plan.spool_name);
  if (parked != parked_.end() && parked->second.draft.key != plan.key) {
    return complain(Fault::conflict, "a parked object was renamed");
  }
  return {};
}

Result<void> SimulatedLedger::commit(const std::vector<PlanNumber>& numbers,
                                     const std::vector<ShardMark>& marks,
                                     UnixMillis) {
  if (numbers.empty()) {
    return complain(Fault::invalid, "a commit of nothing");
  }
  SLUICE_TRY_DO(faults_.before("commit", numbers.front().value));
  if (committed_.contains(numbers.front())) {
    return fail(Fault::missing, "the plan is committed");  // an earlier answer was lost
  }
  auto open = planned_.begin();
  for (const PlanNumber number : numbers) {
    if (open == planned_.end() || open->first != number) {
      return complain(Fault::missing,
                      "plan " + std::to_string(number.value) + " is not the next that is open");
    }
    ++open;
  }
  SLUICE_TRY_DO(check(marks));
  for (const ShardMark& mark : marks) {
    marks_.at(mark.shard) = mark;
  }
  for (const PlanNumber number : numbers) {
    committed_.insert(planned_.extract(number));
  }
  return faults_.after("commit", numbers.front().value);
}

Result<void> SimulatedLedger::park(const std::vector<delivery::ParkedObject>& objects,
                                   const std::vector<ShardMark>& marks) {
  SLUICE_TRY_DO(faults_.before("park", objects.size()));
  SLUICE_TRY_DO(check(marks));
  for (const delivery::ParkedObject& object : objects) {
    parked_.insert_or_assign(object.draft.spool_name, object);
  }
  for (const ShardMark& mark : marks) {
    marks_.at(mark.shard) = mark;
  }
  ++times_parked_;
  return faults_.after("park", objects.size());
}

// Marks settle more and more.
Result<void> SimulatedLedger::check(const std::vector<ShardMark>& marks) {
  for (const ShardMark& mark : marks) {
    const auto known = marks_.find(mark.shard);
    if (known == marks_.end()) {
      return complain(Fault::missing, "a change names a shard without a mark");
    }
    delivery::OrdinalSet both = mark.settled;
    both.add_all(known->second.settled);
    both.remove_below(mark.low);
    const bool keeps_parts = std::ranges::all_of(
        known->second.partial.all(), [&mark](const delivery::PartialRecord& before) {
          const delivery::PartialRecord* const now = mark.partial.find(before.ordinal);
          return now == nullptr ? mark.is_settled(before.ordinal)
                                : now->held.count() >= before.held.count();
        });
    if (mark.low < known->second.low || both != mark.settled || !keeps_parts) {
      return complain(Fault::conflict, "a mark goes back");
    }
  }
  return {};
}

void SimulatedLedger::restart() {
  if (sabotage_ == Sabotage::parts_are_forgotten) {
    for (auto& [key, mark] : marks_) {
      mark.partial = {};
    }
    return;
  }
  if (sabotage_ == Sabotage::none || planned_.empty()) {
    return;
  }
  if (sabotage_ == Sabotage::plans_are_forgotten) {
    next_ = planned_.begin()->first;
  }
  planned_.clear();
}

}  // namespace sluice::sim
