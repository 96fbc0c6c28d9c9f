// What the Kinesis operations share: patterns of the model, finding streams, and writing shards.
#pragma once

#include "aws/members.h"
#include "json/writer.h"
#include "server/api.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::server {

// Patterns of the service model.
extern const aws::Pattern name_pattern;  // streams, shards, consumers
extern const aws::Pattern stream_arn_pattern;
extern const aws::Pattern hash_key_pattern;
extern const aws::Pattern sequence_pattern;

// arn:aws:kinesis:<region>:<account>:stream/<name>
std::string stream_arn(const delivery::Account& account, std::string_view name);

// The name behind an ARN of that form; std::nullopt for others.
std::optional<std::string_view> stream_name_of_arn(std::string_view arn);

inline constexpr std::size_t stream_name_chars_max = 128;
inline constexpr std::size_t stream_arn_chars_max = 2048;

// StreamName and StreamARN of a request, by the rules of the model; read them before asking the
// members for a refusal.
struct StreamReference {
  std::optional<std::string_view> name;
  std::optional<std::string_view> arn;
};

StreamReference read_stream_reference(aws::Members& members);

// The stream meant.  ResourceNotFoundException, or InvalidArgumentException when neither or two
// different ones are named.
std::expected<stream::StreamHandle, aws::ApiError> find_stream(const World& world,
                                                               const StreamReference& reference);

// Changes the stream's definition durably, unless `change` refuses; answers with no body.
Answer update_stream(
    World& world,
    const StreamReference& reference,
    const std::function<std::optional<aws::ApiError>(stream::StreamDefinition&)>& change);

inline constexpr std::string_view stream_modes[] = {"PROVISIONED", "ON_DEMAND"};

// What DescribeLimits tells; a stream can have as many shards as the first says.
inline constexpr std::int64_t shards_per_stream_max = 10'000;
inline constexpr std::int64_t shards_per_account_max = 100'000;
inline constexpr std::int64_t on_demand_streams_shown_max = 10'000;

// LimitExceededException if a stream would have that many open shards, of which `more` are new.
std::optional<aws::ApiError> refuse_shards(const World& world,
                                           std::int64_t shards,
                                           std::int64_t more);

// A violation where a tag breaks the rules of keys and values.
void refuse_tag(aws::Members& members, std::string_view key, std::string_view value);

// The answer to a request in which all is in order but for its DryRun: nothing was done.
std::unexpected<aws::ApiError> dry_run();

// What answers say of the encryption of records: "NONE" or "KMS".
std::string_view encryption_type(const stream::StreamDefinition& definition);

// "Stream s under account 111111111111 not found."
aws::ApiError stream_not_found(const World& world, std::string_view name);

// The members that DescribeStream and DescribeStreamSummary have in common.
void write_stream_members(json::Writer& out,
                          const World& world,
                          const stream::StreamDefinition& definition);

void write_shard(json::Writer& out, const stream::ShardDefinition& shard);

}  // namespace sluice::server
