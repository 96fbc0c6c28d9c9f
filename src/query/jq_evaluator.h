// Evaluates a jq query in a child process that is confined to memory, processor time and one
// socket, so that no query can harm whoever asks it.
//
// A record that ends the child, or holds it up for too long, is refused; the child starts anew and
// the others get their answers.  No record is refused for what another did: only a child that has
// just started, and was given this record first, speaks against it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/metadata_query.h"
#include "query/interrupt.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sluice::query {

struct JqLimits {
  std::uint64_t memory_bytes = std::uint64_t{256} << 20;  // beyond what a started child has
  std::chrono::milliseconds start_time{30'000};           // for starting and compiling the query
  // Of the processor, so that a busy machine makes no record late; by the clock it may be fifty
  // times as much.
  std::chrono::milliseconds batch_time{5'000};   // for records that are asked about at once
  std::chrono::milliseconds record_time{1'000};  // for one that is asked about alone
  // A query that is hostile to every record must not hold its stream, or a server that stops, for
  // ever: behind so many lost children in one call there is less time for each record.
  std::size_t patience = 8;
  std::chrono::milliseconds impatient_record_time{50};
  std::chrono::milliseconds idle_time{
      60'000};  // a child that waits longer ends; the next starts anew
  std::size_t batch_records = 1'000;
  std::size_t batch_bytes = std::size_t{1} << 20;  // a larger record is a batch of its own
};

// Not thread-safe but for interrupt().
class JqEvaluator {
 public:
  // `keys` are the members wanted of the query's objects.
  JqEvaluator(std::string query, std::vector<std::string> keys, JqLimits limits);
  JqEvaluator(const JqEvaluator&) = delete;
  JqEvaluator& operator=(const JqEvaluator&) = delete;
  ~JqEvaluator();

  // Starts the child where none runs.  Fault::invalid with jq's words when the query is no program;
  // other faults may be tried again.
  Result<void> start();

  // Adds an answer for each record to `answers`, which has been reset for the keys.  A failure may
  // be tried again; what was added by then means nothing.
  Result<void> evaluate(std::span<const ByteView> records, delivery::QueryAnswers& answers);

  // From any thread: what is under way, and everything later, fails soon with Fault::unavailable.
  void interrupt();

 private:
  class Child;

  std::chrono::milliseconds record_time() const;
  std::size_t batch_size(std::span<const ByteView> records) const;
  Result<void> evaluate_batch(std::span<const ByteView> records, delivery::QueryAnswers& answers);

  std::string query_;
  std::vector<std::string> keys_;
  JqLimits limits_;
  Interrupt interrupt_;
  std::unique_ptr<Child> child_;
  std::size_t losses_ = 0;  // of children, in this call
};

}  // namespace sluice::query
