// Looks at a data directory and lists what check() needs: reads, locks nothing, changes nothing; a
// server may run meanwhile.
#pragma once

#include "base/file_system.h"
#include "base/result.h"
#include "proof/facts.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace sluice::proof {

struct SurveyOptions {
  std::string data_directory;
  std::string bucket;        // empty: all
  bool uses_store = true;    // false: as if there were no sluice.db
  bool uses_ledger = true;   // false: as if sluice.db held no marks and plans
  bool is_thorough = false;  // reads all objects, their error lines, and the spool folders
  std::uint64_t* bytes_planned = nullptr;  // set before the first object is read; may be nullptr
  std::function<void(std::uint64_t bytes)> on_progress;  // bytes read so far; may be empty
};

// Fault::missing when there is no such data directory or bucket, Fault::unsupported for a bucket of
// another S3.  Without sluice.db the objects
// alone are listed.  Reads every object that a plan names.
Result<Facts> survey(const SurveyOptions& options);

// What the file itself says: the proof in its footer if it is a Parquet file, or in `headers`.
// Fault::io when the file cannot be read.
Result<void> read_proof(const File& file,
                        const std::map<std::string, std::string>& headers,
                        FoundObject& object);

}  // namespace sluice::proof
