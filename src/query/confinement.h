// What a process may still do once it runs a user's SQL: read the files it was given, compute, and
// answer.  Three nets, each good for itself:
//
//   resource limits   address space, processor time, no core files
//   Landlock          reading beneath the given paths, writing to one file; no other path, no TCP,
//                     no signals to other processes (as far as the kernel's version goes)
//   seccomp           no new programs, processes or sockets, no looking into other processes
//
// Resource limits and seccomp are enforced on every kernel this program runs on; Landlock from
// Linux 5.13 on, where it is switched on.  DuckDB's own checks (worker.cc) stand in front of all
// three.  All of it is for the calling thread and those it starts later, and for good.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::query {

struct Confinement {
  std::uint64_t memory_bytes = 0;  // of the engine; the address space gets room beyond it
  unsigned threads = 1;
  std::chrono::milliseconds time{0};  // of the clock; the processor's follows from it
  std::vector<std::string> readable;  // those that do not exist are left out
  std::string writable;               // one file that exists; empty: none
};

enum class FileRule : std::uint8_t { enforced, not_offered };

// Call before any other thread exists.  Says whether the kernel guards the files.
Result<FileRule> confine_process(const Confinement& confinement);

// What a process needs that only computes: memory, and one socket to be asked and to answer.
struct SocketConfinement {
  std::uint64_t memory_bytes = 0;          // beyond what the process has now
  std::chrono::seconds processor_time{0};  // of its whole life
  int socket = -1;
};

// Nothing but memory, that socket and the clock is left: no file or descriptor can be opened, none
// but the socket used, no process or thread started or signalled, no memory made executable.  What
// is refused fails with EPERM.  Call before any other thread exists.
Result<void> confine_to_socket(const SocketConfinement& confinement);

// Whether confine_to_socket() bounds memory; sanitizers map more than any bound.
bool confines_memory();

}  // namespace sluice::query
