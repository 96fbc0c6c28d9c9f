// A bucket whose puts fail, succeed without saying so, or take effect later than anybody thinks.
#pragma once

#include "base/clock.h"
#include "base/digest.h"
#include "base/file_system.h"
#include "base/random.h"
#include "delivery/world.h"
#include "sim/faults.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>

namespace sluice::sim {

// Outlives the lives of the process.
class SimulatedBucket final : public delivery::Sink {
 public:
  struct Options {
    bool moves_file = false;     // as the local bucket does
    bool renames_retry = false;  // sabotage: every further put of a plan gets a fresh name
  };

  SimulatedBucket(
      FileSystem& files, ManualClock& clock, Random& random, Faults& faults, Options options);

  Result<void> put(const delivery::ObjectPlan& plan, const std::string& spool_path) override;

  // The next put times out and takes effect later; for buckets that do not move the file.
  void delay_next_put() { delays_next_ = true; }

  // Puts that were thought to have failed take effect now.
  void let_late_puts_happen();

  struct Object {
    Bytes bytes;
    Sha256Digest sha256{};
  };

  const std::map<std::string, Object>& objects() const { return objects_; }

  // What the caller did wrong; empty: nothing.
  const std::string& complaint() const { return complaint_; }

 private:
  Result<void> store(const std::string& key,
                     const delivery::ObjectPlan& plan,
                     const std::string& spool_path);

  FileSystem& files_;
  ManualClock& clock_;
  Random& random_;
  Faults& faults_;
  const Options options_;
  std::map<std::string, Object> objects_;
  std::deque<std::pair<std::string, Object>> late_;
  std::map<delivery::PlanNumber, std::uint64_t> tries_;
  bool delays_next_ = false;
  std::string complaint_;
};

}  // namespace sluice::sim
