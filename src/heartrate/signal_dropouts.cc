// Dropouts of the simulated watch.
#include "heartrate/signal_dropouts.h"

namespace sluice::heartrate {
namespace {

struct Trouble {
  Signal signal;
  std::uint64_t notifications_between;  // on average
  std::uint64_t seconds_min;
  std::uint64_t seconds_max;
};

constexpr Trouble troubles[] = {{Signal::no_contact, 180, 3, 20},
                                {Signal::lost_in_the_air, 60, 1, 4},
                                {Signal::link_down, 420, 5, 45}};

}  // namespace

Signal SignalDropouts::at(SampleTime time) {
  if (time < until_) {
    return trouble_;
  }
  trouble_ = Signal::clear;
  for (const Trouble& trouble : troubles) {
    if (random_.below(trouble.notifications_between) == 0) {
      const std::uint64_t seconds =
          trouble.seconds_min + random_.below(trouble.seconds_max - trouble.seconds_min + 1);
      trouble_ = trouble.signal;
      until_ = time + std::chrono::seconds(seconds);
      break;
    }
  }
  return trouble_;
}

}  // namespace sluice::heartrate
