// Both are walks along two rows of runs.
#include "proof/ordinal_sets.h"

#include <algorithm>
#include <cstddef>

namespace sluice::proof {

using delivery::Ordinal;
using delivery::OrdinalSet;

OrdinalSet without(const OrdinalSet& set, const OrdinalSet& taken) {
  OrdinalSet left;
  std::size_t at = 0;
  for (const OrdinalSet::Run& run : set.runs()) {
    Ordinal from = run.first;
    while (at < taken.runs().size() && taken.runs()[at].last < from) {
      ++at;
    }
    for (std::size_t next = at; next < taken.runs().size() && taken.runs()[next].first <= run.last;
         ++next) {
      const OrdinalSet::Run& gone = taken.runs()[next];
      if (from < gone.first) {
        left.add(from, gone.first - 1);
      }
      from = std::max(from, gone.last + 1);
    }
    if (from <= run.last) {
      left.add(from, run.last);
    }
  }
  return left;
}

OrdinalSet common(const OrdinalSet& left, const OrdinalSet& right) {
  return without(left, without(left, right));
}

}  // namespace sluice::proof
