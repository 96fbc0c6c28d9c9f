// The operations of Data Firehose (API version 2015-08-04), one file each.
#pragma once

#include "aws/members.h"
#include "server/api.h"

#include <span>

namespace sluice::server {

inline constexpr std::string_view firehose_target = "Firehose_20150804";

std::span<const Operation> firehose_operations();

Answer create_delivery_stream(World& world, const ApiRequest& request);
Answer delete_delivery_stream(World& world, const ApiRequest& request);
Answer describe_delivery_stream(World& world, const ApiRequest& request);
Answer list_delivery_streams(World& world, const ApiRequest& request);
Answer update_destination(World& world, const ApiRequest& request);
Answer start_delivery_stream_encryption(World& world, const ApiRequest& request);
Answer stop_delivery_stream_encryption(World& world, const ApiRequest& request);
Answer tag_delivery_stream(World& world, const ApiRequest& request);
Answer untag_delivery_stream(World& world, const ApiRequest& request);
Answer list_tags_for_delivery_stream(World& world, const ApiRequest& request);
void firehose_put_record(World& world, const ApiRequest& request, Reply reply);
void put_record_batch(World& world, const ApiRequest& request, Reply reply);

// The DeliveryStreamName of a request, by the rules of the model.
std::optional<std::string_view> read_delivery_stream_name(aws::Members& members);

// The error that a refused definition is answered with.
aws::ApiError refused_definition(const delivery::Refusal& refusal);

// What a valid definition needs of the server: its processors, and the table of a conversion, which
// must exist when it is asked for, as in Firehose; later it may go and come back.  Fault::invalid
// otherwise, and if the SerDe cannot fill its columns.
Result<void> check_definition(const World& world, const delivery::DeliveryStream& stream);

// "Firehose x under account 111111111111 not found."
aws::ApiError delivery_stream_not_found(const World& world, std::string_view name);

}  // namespace sluice::server
