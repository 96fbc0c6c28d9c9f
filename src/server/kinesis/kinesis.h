// The operations of Kinesis Data Streams (API version 2013-12-02), one file each.
#pragma once

#include "server/api.h"

#include <span>

namespace sluice::server {

inline constexpr std::string_view kinesis_target = "Kinesis_20131202";

// Sorted by name.
std::span<const Operation> kinesis_operations();

Answer create_stream(World& world, const ApiRequest& request);
Answer delete_stream(World& world, const ApiRequest& request);
Answer describe_stream(World& world, const ApiRequest& request);
Answer describe_stream_summary(World& world, const ApiRequest& request);
Answer get_records(World& world, const ApiRequest& request);
Answer get_shard_iterator(World& world, const ApiRequest& request);
Answer list_shards(World& world, const ApiRequest& request);
Answer list_streams(World& world, const ApiRequest& request);
void put_record(World& world, const ApiRequest& request, Reply reply);
void put_records(World& world, const ApiRequest& request, Reply reply);

}  // namespace sluice::server
