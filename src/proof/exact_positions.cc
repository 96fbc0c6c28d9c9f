// Hypotheses, from the likely to the laborious.
#include "proof/exact_positions.h"

#include "delivery/object_writer.h"
#include "proof/ordinal_sets.h"

#include <utility>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::OrdinalSet;

// Digests computed for one object before it is given up.
constexpr std::size_t tries_max = 200'000;

// What is left of the range when everything elsewhere is taken out of it.
OrdinalSet candidate_of(const ShardSpan& span, const Elsewhere& elsewhere) {
  OrdinalSet range;
  range.add(span.first, span.last);
  OrdinalSet left;
  if (span.count <= 2) {
    left.add(span.first);
    left.add(span.last);
    return left;
  }
  const auto known = elsewhere.find(span.shard);
  left = known == elsewhere.end() || span.is_whole() ? range : without(range, known->second);
  // First and last are certain, whoever else claims them.
  left.add(span.first);
  left.add(span.last);
  return left;
}

class Search {
 public:
  Search(const ObjectProof& proof, const Elsewhere& elsewhere) : proof_(proof) {
    for (const ShardSpan& span : proof.shards) {
      positions_.push_back({span.shard, candidate_of(span, elsewhere)});
    }
  }

  std::optional<Positions> run() {
    std::size_t excessive = 0;  // shards of which too much is left
    std::size_t which = 0;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      const std::uint64_t left = positions_[i].ordinals.count();
      if (left < proof_.shards[i].count) {
        return std::nullopt;
      }
      if (left > proof_.shards[i].count) {
        ++excessive;
        which = i;
      }
    }
    if (positions_.empty() || excessive > 1) {
      return std::nullopt;
    }
    const bool is_found = excessive == 0 ? fits() : without_stretch(which) || without_few(which);
    return is_found ? std::optional(std::move(positions_)) : std::nullopt;
  }

 private:
  bool fits() {
    ++tries_;
    return delivery::positions_digest(positions_) == proof_.positions;
  }

  // Without `gone`, if that is it.
  bool fits_without(std::size_t which, const OrdinalSet& kept, const OrdinalSet& gone) {
    positions_[which].ordinals = without(kept, gone);
    return positions_[which].ordinals.count() == proof_.shards[which].count && fits();
  }

  // As records are lost to damage: those of a frame, or of a segment.
  bool without_stretch(std::size_t which) {
    const OrdinalSet kept = positions_[which].ordinals;
    const ShardSpan& span = proof_.shards[which];
    const std::uint64_t excess = kept.count() - span.count;
    for (const OrdinalSet::Run& run : kept.runs()) {
      for (Ordinal first = run.first; first + excess - 1 <= run.last && tries_ < tries_max;
           ++first) {
        OrdinalSet gone;
        gone.add(first, first + excess - 1);
        if (first != span.first && first + excess - 1 != span.last &&
            fits_without(which, kept, gone)) {
          return true;
        }
      }
    }
    positions_[which].ordinals = kept;
    return false;
  }

  // As records are refused: here and there.
  bool without_few(std::size_t which) {
    const OrdinalSet kept = positions_[which].ordinals;
    std::vector<Ordinal> all;
    constexpr std::size_t records_max = 1000;
    if (kept.count() > records_max) {
      return false;
    }
    for (const OrdinalSet::Run& run : kept.runs()) {
      for (Ordinal one = run.first; one <= run.last; ++one) {
        all.push_back(one);
      }
    }
    return choose(which, kept, all, {1, OrdinalSet()}, kept.count() - proof_.shards[which].count);
  }

  struct Chosen {
    std::size_t next = 0;  // index of the first that may still be taken out
    OrdinalSet gone;
  };

  bool choose(std::size_t which,
              const OrdinalSet& kept,
              const std::vector<Ordinal>& all,
              const Chosen& chosen,
              std::uint64_t missing) {
    if (missing == 0) {
      return fits_without(which, kept, chosen.gone);
    }
    for (std::size_t i = chosen.next; i + missing < all.size() && tries_ < tries_max; ++i) {
      Chosen more{i + 1, chosen.gone};
      more.gone.add(all[i]);
      if (choose(which, kept, all, more, missing - 1)) {
        return true;
      }
    }
    return false;
  }

  const ObjectProof& proof_;
  Positions positions_;
  std::size_t tries_ = 0;
};

}  // namespace

std::optional<Positions> find_positions(const ObjectProof& proof, const Elsewhere& elsewhere) {
  return Search(proof, elsewhere).run();
}

}  // namespace sluice::proof
