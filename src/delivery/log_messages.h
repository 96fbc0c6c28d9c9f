// What CloudWatch Logs sends to a subscription, once it is unpacked: any number of
//
//   {"messageType":"DATA_MESSAGE","owner":"…","logGroup":"…","logStream":"…",
//    "subscriptionFilters":["…"],"logEvents":[{"id":"…","timestamp":…,"message":"…"},…]}
//
// one after the other.  A CONTROL_MESSAGE, which only tries whether somebody listens, has no log
// events of an application.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "json/tape.h"

#include <cstddef>
#include <deque>
#include <vector>

namespace sluice::delivery {

// Appends the messages of the log events, in order, as they were logged; they view into a text that
// joins `held`.  Fault::corrupt, and nothing is appended, for a payload of another form.
Result<void> append_log_messages(ByteView payload,
                                 json::Tape& tape,
                                 std::vector<ByteView>& messages,
                                 std::deque<Bytes>& held);

}  // namespace sluice::delivery
