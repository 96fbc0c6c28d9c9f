// What PutRecord and PutRecordBatch share.
#pragma once

#include "server/api.h"
#include "server/deliveries.h"
#include "stream/log.h"

#include <string>
#include <string_view>

namespace sluice::server {

inline constexpr std::size_t firehose_record_bytes_max = 1'024'000;

// Where records of a direct-put delivery stream go.  ResourceNotFoundException, or
// InvalidArgumentException for one that reads from a Kinesis stream.
std::expected<DirectPutTarget, aws::ApiError> find_direct_put(const World& world,
                                                              std::string_view name);

// The RecordId of a stored record: opaque to clients, the record's sequence number to us.
std::string record_id(const stream::StreamDefinition& definition, const stream::Placed& placed);

}  // namespace sluice::server
