// A ledger in memory that keeps the contract of delivery::Ledger to the letter, complains when its
// caller does not, and fails at times.
#pragma once

#include "delivery/ledger.h"
#include "sim/faults.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sluice::sim {

// Outlives the lives of the process.
class SimulatedLedger final : public delivery::Ledger {
 public:
  enum class Sabotage : std::uint8_t {
    none,
    marks_move_at_the_plan,  // and the plan is forgotten by the next life
    plans_are_forgotten,     // by the next life, and their numbers given again
    parts_are_forgotten,     // of split records that are delivered in part
  };

  SimulatedLedger(Faults& faults, Sabotage sabotage) : faults_(faults), sabotage_(sabotage) {}

  Result<delivery::LedgerState> load() override;
  Result<void> add_mark(const delivery::ShardMark& mark) override;
  Result<void> record_plans(const std::vector<delivery::ObjectPlan>& plans) override;
  Result<void> park(const std::vector<delivery::ParkedObject>& objects,
                    const std::vector<delivery::ShardMark>& marks) override;
  Result<void> commit(const std::vector<delivery::PlanNumber>& numbers,
                      const std::vector<delivery::ShardMark>& marks,
                      UnixMillis now) override;

  // The process was started anew.
  void restart();

  const std::map<delivery::PlanNumber, delivery::ObjectPlan>& planned() const { return planned_; }

  const std::map<delivery::PlanNumber, delivery::ObjectPlan>& committed() const {
    return committed_;
  }

  // By spool name.
  const std::map<std::string, delivery::ParkedObject>& parked() const { return parked_; }

  const std::map<delivery::ShardKey, delivery::ShardMark>& marks() const { return marks_; }

  // How often objects were parked.
  std::uint64_t times_parked() const { return times_parked_; }

  // What the caller did wrong; empty: nothing.
  const std::string& complaint() const { return complaint_; }

 private:
  std::unexpected<Error> complain(Fault fault, std::string what);
  Result<void> check(const delivery::ObjectPlan& plan, delivery::PlanNumber next);
  Result<void> check(const std::vector<delivery::ShardMark>& marks);

  Faults& faults_;
  const Sabotage sabotage_;
  std::map<delivery::ShardKey, delivery::ShardMark> marks_;
  std::map<delivery::PlanNumber, delivery::ObjectPlan> planned_;
  std::map<delivery::PlanNumber, delivery::ObjectPlan> committed_;
  std::map<std::string, delivery::ParkedObject> parked_;
  std::uint64_t times_parked_ = 0;
  delivery::PlanNumber next_{1};
  std::string complaint_;
};

}  // namespace sluice::sim
