// What a read gives: records of one shard in order, with the memory they lie in.
#pragma once

#include "stream/frame.h"
#include "stream/tail_cache.h"

#include <cstdint>
#include <vector>

namespace sluice::stream {

// Some neighbouring records of one block; keeps the memory alive.
struct BlockSlice {
  BlockView block;
  std::uint32_t begin = 0;  // records [begin, end) of the block
  std::uint32_t end = 0;
  SharedBytes owner;
};

// Immutable once returned; copies share the memory.
struct BlockBatch {
  std::vector<BlockSlice> slices;
  Ordinal next;  // where to go on
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;   // data and partition keys
  bool at_tip = false;       // nothing durable lies behind `next`
  UnixMillis tip_arrival{};  // of the shard's newest durable record when this was read

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const BlockSlice& slice : slices) {
      for (std::uint32_t i = slice.begin; i < slice.end; ++i) {
        visit(slice.block.record(i));
      }
    }
  }
};

}  // namespace sluice::stream
