// Objects are kept in memory, by key.
#include "sim/simulated_bucket.h"

#include <utility>

namespace sluice::sim {

SimulatedBucket::SimulatedBucket(
    FileSystem& files, ManualClock& clock, Random& random, Faults& faults, Options options)
    : files_(files), clock_(clock), random_(random), faults_(faults), options_(options) {}

Result<void> SimulatedBucket::put(const delivery::ObjectPlan& plan, const std::string& spool_path) {
  SLUICE_TRY_DO(faults_.before("put", plan.number.value));
  const std::uint64_t tries = ++tries_[plan.number];
  if (random_.below(10) == 0) {
    clock_.advance(std::chrono::milliseconds(random_.below(5'000)));  // a slow one
  }
  std::string key = plan.key;
  if (options_.renames_retry && tries > 1) {
    key += "-" + std::to_string(tries);
  }
  SLUICE_TRY_DO(store(key, plan, spool_path));
  return faults_.after("put", plan.number.value);
}

Result<void> SimulatedBucket::store(const std::string& key,
                                    const delivery::ObjectPlan& plan,
                                    const std::string& spool_path) {
  if (!files_.exists(spool_path)) {
    const auto known = objects_.find(key);
    if (known != objects_.end() && known->second.sha256 == plan.sha256) {
      return {};
    }
    return fail(Fault::missing, "spool file " + spool_path + " is gone and " + key + " not there");
  }
  SLUICE_TRY(bytes, read_file(files_, spool_path));
  const Sha256Digest digest = sha256(bytes);
  if (digest != plan.sha256 || bytes.size() != plan.bytes) {
    complaint_ = "spool file " + spool_path + " was put and is not what its plan says";
    return fail(Fault::corrupt, complaint_);
  }
  Object object{std::move(bytes), digest};
  const bool is_late = delays_next_ || (!faults_.is_calm() && random_.below(20) == 0);
  if (!options_.moves_file && is_late) {
    delays_next_ = false;
    late_.emplace_back(key, std::move(object));
    faults_.note("late", plan.number.value);
    return fail(Fault::unavailable, "simulated time-out");
  }
  if (options_.moves_file) {
    SLUICE_TRY_DO(files_.remove(spool_path));
  }
  objects_[key] = std::move(object);
  return {};
}

void SimulatedBucket::let_late_puts_happen() {
  while (!late_.empty()) {
    objects_[late_.front().first] = std::move(late_.front().second);
    late_.pop_front();
  }
}

}  // namespace sluice::sim
