// The table of Kinesis operations.
#include "server/kinesis/kinesis.h"

#include <array>

namespace sluice::server {

std::span<const Operation> kinesis_operations() {
  static constexpr std::array operations = {
      Operation{.name = "CreateStream", .run = create_stream},
      Operation{.name = "DeleteStream", .run = delete_stream},
      Operation{.name = "DescribeStream", .run = describe_stream},
      Operation{.name = "DescribeStreamSummary", .run = describe_stream_summary},
      Operation{.name = "GetRecords", .run = get_records},
      Operation{.name = "GetShardIterator", .run = get_shard_iterator},
      Operation{.name = "ListShards", .run = list_shards},
      Operation{.name = "ListStreams", .run = list_streams},
      Operation{.name = "PutRecord", .start = put_record},
      Operation{.name = "PutRecords", .start = put_records},
  };
  return operations;
}

}  // namespace sluice::server
