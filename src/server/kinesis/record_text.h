// Records as GetRecords and SubscribeToShard write them.
#pragma once

#include "json/writer.h"
#include "stream/block_batch.h"
#include "stream/definition.h"

#include <cstdint>
#include <string>

namespace sluice::server {

// "Records":[…]
void append_records(std::string& body,
                    const stream::StreamDefinition& definition,
                    const stream::ShardDefinition& shard,
                    const stream::BlockBatch& batch);

// How far the reader of the batch is behind: 0 exactly at the tip.
std::int64_t millis_behind(const stream::BlockBatch& batch, UnixMillis now);

// Whether a closed shard has no record from `next` on.
bool is_drained(const stream::ShardDefinition& shard, stream::Ordinal next);

// "ChildShards":[…], the shards that a closed shard became.
void append_children(std::string& body,
                     const stream::StreamDefinition& definition,
                     stream::ShardIndex parent);

}  // namespace sluice::server
