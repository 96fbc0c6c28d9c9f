// How much memory delivery streams may take together for the records that they gather.
//
// Each says what it holds and is told what it may hold.  As long as there is plenty, that is all
// that is left; where it runs short, those that hold more than their equal part are told that part,
// and the others wait at what they have until the large ones have made room.
#pragma once

#include <cstdint>
#include <mutex>

namespace sluice::runner {

// Thread-safe.
class MemoryBudget {
 public:
  // `bytes_max` is positive.
  explicit MemoryBudget(std::uint64_t bytes_max);

  // What one delivery stream holds of it.  Not thread-safe; goes back when the share ends.
  class Share {
   public:
    // Without a budget everything may be held.  It must outlive the share.
    explicit Share(MemoryBudget* budget) : budget_(budget) {}

    ~Share() { hold(0); }

    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Says that so much is held now, and returns how much may be.
    std::uint64_t hold(std::uint64_t bytes);

   private:
    MemoryBudget* const budget_;
    std::uint64_t held_ = 0;
  };

  // By all of them.
  std::uint64_t bytes_held() const;

 private:
  std::uint64_t change(std::uint64_t before, std::uint64_t now);

  const std::uint64_t bytes_max_;
  mutable std::mutex mutex_;  // guards those below
  std::uint64_t held_ = 0;
  std::uint64_t holders_ = 0;  // that hold anything
};

}  // namespace sluice::runner
