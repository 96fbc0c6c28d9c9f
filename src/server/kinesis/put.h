// What PutRecord and PutRecords share.
#pragma once

#include "server/api.h"
#include "stream/frame.h"

#include <string>

namespace sluice::server {

// Names one logical call: the SDK's invocation id and a digest of the body.  All zero without an
// id.
stream::RequestKey request_key(const ApiRequest& request);

// {"ShardId":…,"SequenceNumber":…} without the braces.
void append_placed(std::string& body,
                   const stream::StreamDefinition& definition,
                   const stream::Placed& placed);

// The error of a put that Streams has refused.
aws::ApiError put_error(const Error& error);

}  // namespace sluice::server
