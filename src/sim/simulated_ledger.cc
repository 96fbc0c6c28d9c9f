// Each call checks everything first and then changes everything: a transaction.
#include "sim/simulated_ledger.h"

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

Result<void> SimulatedLedger::record_plan(const ObjectPlan& plan) {
  SLUICE_TRY_DO(faults_.before("record_plan", plan.number.value));
  if (const auto known = planned_.find(plan.number); known != planned_.end()) {
    if (known->second != plan) {
      return complain(Fault::conflict, "a plan was changed");
    }
    return fail(Fault::conflict, "the plan is known");  // an earlier answer was lost
  }
  if (plan.number != next_) {
    return complain(Fault::conflict, "plan " + std::to_string(plan.number.value) + " is not next");
  }
  for (const delivery::ShardPositions& positions : plan.positions) {
    if (!marks_.contains(positions.shard)) {
      return complain(Fault::missing, "a plan names a shard without a mark");
    }
  }
  planned_.emplace(plan.number, plan);
  ++next_;
  if (sabotage_ == Sabotage::marks_move_at_the_plan) {
    for (const delivery::ShardPositions& positions : plan.positions) {
      marks_.at(positions.shard).settle(positions.ordinals);
    }
  }
  return faults_.after("record_plan", plan.number.value);
}

Result<void> SimulatedLedger::commit(PlanNumber number,
                                     const std::vector<ShardMark>& marks,
                                     UnixMillis) {
  SLUICE_TRY_DO(faults_.before("commit", number.value));
  if (committed_.contains(number)) {
    return fail(Fault::missing, "the plan is committed");  // an earlier answer was lost
  }
  const auto plan = planned_.find(number);
  if (plan == planned_.end()) {
    return complain(Fault::missing, "plan " + std::to_string(number.value) + " is not open");
  }
  if (plan != planned_.begin()) {
    return complain(Fault::conflict, "an earlier plan is open");
  }
  for (const ShardMark& mark : marks) {
    const auto known = marks_.find(mark.shard);
    if (known == marks_.end()) {
      return complain(Fault::missing, "a commit names a shard without a mark");
    }
    if (mark.low < known->second.low) {
      return complain(Fault::conflict, "a mark goes back");
    }
  }
  for (const ShardMark& mark : marks) {
    marks_.at(mark.shard) = mark;
  }
  committed_.insert(planned_.extract(plan));
  return faults_.after("commit", number.value);
}

void SimulatedLedger::restart() {
  if (sabotage_ == Sabotage::none || planned_.empty()) {
    return;
  }
  if (sabotage_ == Sabotage::plans_are_forgotten) {
    next_ = planned_.begin()->first;
  }
  planned_.clear();
}

}  // namespace sluice::sim
