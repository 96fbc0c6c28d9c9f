// Where the keys are that records are encrypted with at rest.
#pragma once

#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "stream/keyring.h"

#include <memory>
#include <string>

namespace sluice::server {

// The keys of the key file at `path` (stream/keyring.h says what is in it).  Fault::missing without
// the file; every message names it.
Result<std::shared_ptr<const stream::Keyring>> read_key_file(FileSystem& files,
                                                             const std::string& path);

// "<data directory>/encryption.key": read, or made with a new key where it is missing, durable and
// for its owner alone.
Result<std::shared_ptr<const stream::Keyring>> own_key_file(FileSystem& files,
                                                            const std::string& data_directory,
                                                            Random& random);

}  // namespace sluice::server
