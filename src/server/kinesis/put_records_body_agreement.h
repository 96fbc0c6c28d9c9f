// For the test and the fuzzer: what the plain way takes, the full way takes as the same.
#pragma once

#include "server/call_body.h"
#include "server/kinesis/put_records_body.h"

#include <optional>

namespace sluice::server {

inline bool is_same(const PutRecordsBody& left, const PutRecordsBody& right) {
  return left.reference.name == right.reference.name && left.reference.arn == right.reference.arn &&
         left.entries == right.entries && left.data == right.data &&
         left.is_dry_run == right.is_dry_run;
}

// Whether the plain way has taken the text; std::nullopt if it took one that the full way refuses,
// or reads otherwise.
inline std::optional<bool> plain_way_agrees(ByteView text) {
  const auto plain = read_plain_put_records(text);
  if (!plain) {
    return false;
  }
  const auto document = parse_call_body(text, Wire::json);
  if (!document) {
    return std::nullopt;
  }
  const auto full = read_put_records(document->root(), text.size());
  return full && is_same(*plain, *full) ? std::optional(true) : std::nullopt;
}

}  // namespace sluice::server
