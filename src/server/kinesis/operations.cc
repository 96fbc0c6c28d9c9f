// The table of Kinesis operations.
#include "server/kinesis/kinesis.h"

#include <array>

namespace sluice::server {

std::span<const Operation> kinesis_operations() {
  static constexpr std::array operations = {
      Operation{.name = "AddTagsToStream", .run = add_tags_to_stream},
      Operation{.name = "CreateStream", .run = create_stream},
      Operation{.name = "DecreaseStreamRetentionPeriod", .run = decrease_stream_retention_period},
      Operation{.name = "DeleteResourcePolicy", .run = delete_resource_policy},
      Operation{.name = "DeleteStream", .run = delete_stream},
      Operation{.name = "DeregisterStreamConsumer", .run = deregister_stream_consumer},
      Operation{.name = "DescribeLimits", .run = describe_limits},
      Operation{.name = "DescribeStream", .run = describe_stream},
      Operation{.name = "DescribeStreamConsumer", .run = describe_stream_consumer},
      Operation{.name = "DescribeStreamSummary", .run = describe_stream_summary},
      Operation{.name = "DisableEnhancedMonitoring", .run = disable_enhanced_monitoring},
      Operation{.name = "EnableEnhancedMonitoring", .run = enable_enhanced_monitoring},
      Operation{.name = "GetRecords", .run = get_records},
      Operation{.name = "GetResourcePolicy", .run = get_resource_policy},
      Operation{.name = "GetShardIterator", .run = get_shard_iterator},
      Operation{.name = "IncreaseStreamRetentionPeriod", .run = increase_stream_retention_period},
      Operation{.name = "ListShards", .run = list_shards},
      Operation{.name = "ListStreamConsumers", .run = list_stream_consumers},
      Operation{.name = "ListStreams", .run = list_streams},
      Operation{.name = "ListTagsForResource", .run = list_tags_for_kinesis_resource},
      Operation{.name = "ListTagsForStream", .run = list_tags_for_stream},
      Operation{.name = "MergeShards", .run = merge_shards},
      Operation{.name = "PutRecord", .start = put_record},
      Operation{.name = "PutRecords", .start_raw = put_records},
      Operation{.name = "PutResourcePolicy", .run = put_resource_policy},
      Operation{.name = "RegisterStreamConsumer", .run = register_stream_consumer},
      Operation{.name = "RemoveTagsFromStream", .run = remove_tags_from_stream},
      Operation{.name = "SplitShard", .run = split_shard},
      Operation{.name = "StartStreamEncryption", .run = start_stream_encryption},
      Operation{.name = "StopStreamEncryption", .run = stop_stream_encryption},
      Operation{.name = "SubscribeToShard", .open = subscribe_to_shard},
      Operation{.name = "TagResource", .run = tag_kinesis_resource},
      Operation{.name = "UntagResource", .run = untag_kinesis_resource},
      Operation{.name = "UpdateMaxRecordSize", .run = update_max_record_size},
      Operation{.name = "UpdateShardCount", .run = update_shard_count},
      Operation{.name = "UpdateStreamMode", .run = update_stream_mode},
  };
  return operations;
}

}  // namespace sluice::server
