// Work in three steps on a few threads, with the result of one.
//
// Items are made one after the other, worked on side by side, and used one after the other in the
// order they were made: blocks of a file are read, parsed, and their rows written.  No step has a
// thread of its own: whoever is free takes what is wanted most, the next item to use, else one to
// work on, else a new one.  So two threads are both busy whichever step is the slow one, and one
// thread does everything by itself, item after item.  Using an item may have parts that can be done
// side by side, such as columns; whoever is free takes a part.
//
// Items live in slots that the caller owns and that are used again: their number bounds memory.  An
// item whose result would be too large is worked on in rounds: work, use, work, use, ...
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice {

// What is done with the items.  A slot is in one thread at a time, and what one step left there the
// next one sees, whichever threads they run in.
class OrderedSteps {
 public:
  OrderedSteps() = default;
  OrderedSteps(const OrderedSteps&) = delete;
  OrderedSteps& operator=(const OrderedSteps&) = delete;
  virtual ~OrderedSteps() = default;

  // Fills a slot with the next item.  One call at a time.  False: there are no more items, and
  // nothing is in the slot.
  virtual Result<bool> make(std::size_t slot) = 0;

  // Several calls at a time, each with another slot and another thread (0 to threads - 1).  True
  // when it was the item's last round.
  virtual Result<bool> work(std::size_t slot, std::size_t thread) = 0;

  // What one round of work has brought.  One call at a time, in the order of the items.  Returns
  // how many parts of it are to be done, side by side, before the next call for the same round; 0:
  // the round is used up.
  virtual Result<std::size_t> use(std::size_t slot) = 0;

  // One of the parts that use() has asked for, from 0 on, each once.  Never beside use().
  virtual Result<void> use_part(std::size_t slot, std::size_t part) = 0;
};

struct OrderedWorkLimits {
  std::size_t threads = 1;  // at work, the caller's among them
  std::size_t slots = 1;    // items at hand; as many as threads at least, better some more
  std::string thread_name;  // of the threads that are started; at most 15 letters
};

// Returns when all items are used, or the first failure of any step once no step is running; an
// exception that leaves a step is a failure (Fault::io).  Starts threads - 1 threads and joins
// them.
Result<void> run_in_order(OrderedSteps& steps, const OrderedWorkLimits& limits);

}  // namespace sluice
