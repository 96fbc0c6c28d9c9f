// One connection of the load generators: blocking HTTP/1.1 with as little work as possible.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::bench {

// Not thread-safe.
class Caller {
 public:
  Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller();

  // To 127.0.0.1.
  Result<void> connect(std::uint16_t port);

  // Sends a whole request and reads the whole answer; its body, good until the next call.
  // Fault::invalid with the beginning of an answer that is not 200.
  Result<std::string_view> call(std::string_view request);

 private:
  Result<void> send(std::string_view request) const;

  int descriptor_ = -1;
  std::string buffer_;
};

// A request for an operation of Kinesis, with the headers that every implementation of it wants to
// see; `extra` are whole header lines.
std::string kinesis_request(std::uint16_t port,
                            std::string_view operation,
                            std::string_view body,
                            std::string_view extra = {});

}  // namespace sluice::bench
