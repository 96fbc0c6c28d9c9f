// Sessions as files of other programs: what goes in, and what comes out.
#pragma once

#include "base/bytes.h"
#include "heartrate/figures.h"
#include "heartrate/session.h"

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::heartrate {

// Borrows both.
struct SessionToExport {
  std::size_t number = 0;  // from 1
  const Session* session = nullptr;
  const SessionFigures* figures = nullptr;
};

struct Exported {
  Bytes bytes;
  std::vector<std::string> remarks;  // what the format could not take, a sentence each
};

}  // namespace sluice::heartrate
