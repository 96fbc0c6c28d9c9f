// Counting the calls of AWS operations.
#include "server/call_totals.h"

#include <algorithm>

namespace sluice::server {

std::string_view call_result_name(CallResult result) {
  switch (result) {
    case CallResult::success:
      return "success";
    case CallResult::refused:
      return "refused";
    case CallResult::failed:
      return "failed";
  }
  return "";
}

void OperationCalls::add(CallResult result, std::chrono::nanoseconds latency) {
  const double seconds = std::chrono::duration<double>(latency).count();
  const auto bound = std::lower_bound(bounds_s.begin(), bounds_s.end(), seconds);
  ++by_result_[static_cast<std::size_t>(result)];
  ++by_latency_[static_cast<std::size_t>(bound - bounds_s.begin())];
  latencies_ns_ += latency.count();
}

OperationCalls::Figures OperationCalls::figures() const {
  Figures out;
  std::copy(by_result_.begin(), by_result_.end(), out.by_result.begin());
  std::copy(by_latency_.begin(), by_latency_.end(), out.by_latency.begin());
  out.latencies = std::chrono::nanoseconds(latencies_ns_.load());
  return out;
}

}  // namespace sluice::server
