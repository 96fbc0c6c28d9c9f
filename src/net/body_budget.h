// How many bytes of bodies (of requests; of answers) may be in memory at once, in all and for one
// remote address.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::net {

// Thread-safe.  Must outlive its shares.
class BodyBudget {
 public:
  // `per_address_max` 0: an address may take all of it.
  BodyBudget(std::size_t bytes_max, std::size_t per_address_max);

  std::size_t used() const;

  // The part of the budget that one request holds; grows with its body and goes back when the share
  // is destroyed.  Not thread-safe in itself.
  class Share {
   public:
    Share(BodyBudget& budget, std::string_view address) : budget_(budget), address_(address) {}

    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    ~Share() { clear(); }

    // Raises the share to at least `bytes`; on false it is as before.
    bool grow_to(std::size_t bytes);

    void clear();

    std::size_t held() const { return held_; }

   private:
    BodyBudget& budget_;
    std::string address_;
    std::size_t held_ = 0;
  };

 private:
  bool take(const std::string& address, std::size_t bytes);
  void give_back(const std::string& address, std::size_t bytes);

  const std::size_t bytes_max_;
  const std::size_t per_address_max_;
  mutable std::mutex mutex_;
  std::size_t used_ = 0;
  std::unordered_map<std::string, std::size_t> by_address_;  // only what is not zero
};

}  // namespace sluice::net
