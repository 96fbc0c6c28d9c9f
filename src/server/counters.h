// What the server counts about requests, for the metrics page.
#pragma once

#include "base/result.h"
#include "stream/log.h"

#include <atomic>
#include <cstdint>

namespace sluice::server {

// What was put into one delivery stream directly.  Thread-safe; totals since start.
class DirectPuts {
 public:
  // A repetition stores nothing and counts for nothing.
  void put(const stream::AppendReceipt& receipt, std::uint64_t bytes) {
    if (!receipt.is_repeat) {
      records_ += receipt.records.size();
      bytes_ += bytes;
      ++requests_;
    }
  }

  void failed(std::uint64_t records, const Error& why) {
    if (why.fault() == Fault::throttled) {
      throttled_records_ += records;
    }
  }

  std::uint64_t records() const { return records_; }

  std::uint64_t bytes() const { return bytes_; }

  std::uint64_t requests() const { return requests_; }

  std::uint64_t throttled_records() const { return throttled_records_; }

 private:
  std::atomic<std::uint64_t> records_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> throttled_records_ = 0;
};

// Thread-safe; every figure is a total since start.
class Counters {
 public:
  // A repetition stores nothing and counts for nothing.
  void put_to_stream(const stream::AppendReceipt& receipt, std::uint64_t bytes) {
    if (!receipt.is_repeat) {
      records_in_ += receipt.records.size();
      bytes_in_ += bytes;
    }
  }

  void put_failed(std::uint64_t records) { put_failures_ += records; }

  void read_from_stream(std::uint64_t records, std::uint64_t bytes) {
    records_out_ += records;
    bytes_out_ += bytes;
  }

  void request_refused() { ++refused_; }

  void request_failed() { ++failed_; }

  std::uint64_t records_in() const { return records_in_; }

  std::uint64_t bytes_in() const { return bytes_in_; }

  std::uint64_t records_out() const { return records_out_; }

  std::uint64_t bytes_out() const { return bytes_out_; }

  std::uint64_t put_failures() const { return put_failures_; }

  std::uint64_t refused() const { return refused_; }

  std::uint64_t failed() const { return failed_; }

 private:
  std::atomic<std::uint64_t> records_in_ = 0;
  std::atomic<std::uint64_t> bytes_in_ = 0;
  std::atomic<std::uint64_t> records_out_ = 0;
  std::atomic<std::uint64_t> bytes_out_ = 0;
  std::atomic<std::uint64_t> put_failures_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;  // answered with a 4xx
  std::atomic<std::uint64_t> failed_ = 0;   // answered with a 5xx
};

}  // namespace sluice::server
