// How many calls of each AWS operation there were, how they ended and how long they took, for the
// metrics page.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>

namespace sluice::server {

struct Operation;

// How a call was answered.
enum class CallResult : std::uint8_t {
  success,
  refused,  // with a 4xx
  failed,   // with a 5xx
};

// "success", "refused", "failed".
std::string_view call_result_name(CallResult result);

inline constexpr std::size_t call_results = 3;

// The calls of one operation.  Thread-safe.
class OperationCalls {
 public:
  // Upper bounds of the latencies that are counted together; what is slower comes last.
  static constexpr std::array<double, 8> bounds_s{0.001, 0.0025, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0};

  OperationCalls(std::string_view service, std::string_view operation)
      : service_(service), operation_(operation) {}

  void add(CallResult result, std::chrono::nanoseconds latency);

  std::string_view service() const { return service_; }

  std::string_view operation() const { return operation_; }

  struct Figures {
    std::array<std::uint64_t, call_results> by_result{};
    std::array<std::uint64_t, bounds_s.size() + 1> by_latency{};  // each up to its bound, and above
    std::chrono::nanoseconds latencies{0};                        // their sum

    std::uint64_t calls() const { return by_result[0] + by_result[1] + by_result[2]; }
  };

  Figures figures() const;

 private:
  std::string_view service_;  // of static operations
  std::string_view operation_;
  std::array<std::atomic<std::uint64_t>, call_results> by_result_{};
  std::array<std::atomic<std::uint64_t>, bounds_s.size() + 1> by_latency_{};
  std::atomic<std::int64_t> latencies_ns_ = 0;
};

// Of all operations; which there are does not change once calls come.
using CallTotals = std::map<const Operation*, OperationCalls>;

}  // namespace sluice::server
