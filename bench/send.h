// Puts the lines of a file into a stream.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace sluice::bench {

struct SendOptions {
  std::uint16_t port = 0;
  std::string stream;
  std::string path;             // lines, each of which becomes a record, its end included
  std::size_t connections = 1;  // more than one: the order of the lines is kept only roughly
};

// How many records were put, 500 a request.  Fails with the first answer that is not 200, and where
// a record was not stored.
Result<std::uint64_t> run_send(const SendOptions& options);

}  // namespace sluice::bench
