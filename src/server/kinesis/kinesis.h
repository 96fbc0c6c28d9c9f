// The operations of Kinesis Data Streams (API version 2013-12-02), a file each, or one for those
// that mirror each other.
#pragma once

#include "server/api.h"

#include <span>

namespace sluice::server {

inline constexpr std::string_view kinesis_target = "Kinesis_20131202";

// Sorted by name.
std::span<const Operation> kinesis_operations();

Answer add_tags_to_stream(World& world, const ApiRequest& request);
Answer create_stream(World& world, const ApiRequest& request);
Answer decrease_stream_retention_period(World& world, const ApiRequest& request);
Answer delete_resource_policy(World& world, const ApiRequest& request);
Answer delete_stream(World& world, const ApiRequest& request);
Answer deregister_stream_consumer(World& world, const ApiRequest& request);
Answer describe_limits(World& world, const ApiRequest& request);
Answer describe_stream(World& world, const ApiRequest& request);
Answer describe_stream_summary(World& world, const ApiRequest& request);
Answer describe_stream_consumer(World& world, const ApiRequest& request);
Answer disable_enhanced_monitoring(World& world, const ApiRequest& request);
Answer enable_enhanced_monitoring(World& world, const ApiRequest& request);
Answer get_records(World& world, const ApiRequest& request);
Answer get_resource_policy(World& world, const ApiRequest& request);
Answer get_shard_iterator(World& world, const ApiRequest& request);
Answer increase_stream_retention_period(World& world, const ApiRequest& request);
Answer list_shards(World& world, const ApiRequest& request);
Answer list_stream_consumers(World& world, const ApiRequest& request);
Answer list_streams(World& world, const ApiRequest& request);
Answer list_tags_for_kinesis_resource(World& world, const ApiRequest& request);
Answer list_tags_for_stream(World& world, const ApiRequest& request);
Answer merge_shards(World& world, const ApiRequest& request);
void put_record(World& world, const ApiRequest& request, Reply reply);
void put_records(World& world, const RawRequest& request, Reply reply);
Answer put_resource_policy(World& world, const ApiRequest& request);
Answer register_stream_consumer(World& world, const ApiRequest& request);
Answer remove_tags_from_stream(World& world, const ApiRequest& request);
Answer split_shard(World& world, const ApiRequest& request);
Answer start_stream_encryption(World& world, const ApiRequest& request);
Answer stop_stream_encryption(World& world, const ApiRequest& request);
Opened subscribe_to_shard(World& world, const ApiRequest& request);
Answer tag_kinesis_resource(World& world, const ApiRequest& request);
Answer untag_kinesis_resource(World& world, const ApiRequest& request);
Answer update_max_record_size(World& world, const ApiRequest& request);
Answer update_shard_count(World& world, const ApiRequest& request);
Answer update_stream_mode(World& world, const ApiRequest& request);

}  // namespace sluice::server
