// UpdateStreamMode, UpdateMaxRecordSize, StartStreamEncryption, StopStreamEncryption.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::string_view encryption_types[] = {"NONE", "KMS"};
constexpr aws::StringRule arn_rule = {
    .is_required = true, .length_min = 1, .length_max = 2048, .pattern = &stream_arn_pattern};

using Change = std::optional<aws::ApiError> (*)(stream::StreamDefinition&, std::string_view key);

Answer change_encryption(World& world, const ApiRequest& request, Change change) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto type =
      members.string("EncryptionType", {.is_required = true, .values = encryption_types});
  const auto key =
      members.string("KeyId", {.is_required = true, .length_min = 1, .length_max = 2048});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (type != "KMS") {
    return refuse("ValidationException", "EncryptionType must be KMS.");
  }
  return update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    return change(definition, *key);
  });
}

}  // namespace

Answer update_stream_mode(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  StreamReference reference;
  reference.arn = members.string("StreamARN", arn_rule);
  aws::Members details = members.object("StreamModeDetails", true);
  const auto mode = details.string("StreamMode", {.is_required = true, .values = stream_modes});
  members.integer("WarmThroughputMiBps", {.min = 0});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    definition.mode =
        mode == "ON_DEMAND" ? stream::StreamMode::on_demand : stream::StreamMode::provisioned;
    return std::optional<aws::ApiError>();
  });
}

Answer update_max_record_size(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  StreamReference reference;
  reference.arn = members.string("StreamARN", arn_rule);
  const auto kib =
      members.integer("MaxRecordSizeInKiB", {.is_required = true, .min = 1024, .max = 10240});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    definition.record_bytes_max = static_cast<std::uint32_t>(*kib << 10);
    return std::optional<aws::ApiError>();
  });
}

Answer start_stream_encryption(World& world, const ApiRequest& request) {
  return change_encryption(
      world, request, [](stream::StreamDefinition& definition, std::string_view key) {
        definition.encryption_key = key;
        return std::optional<aws::ApiError>();
      });
}

Answer stop_stream_encryption(World& world, const ApiRequest& request) {
  return change_encryption(
      world, request, [](stream::StreamDefinition& definition, std::string_view) {
        definition.encryption_key.clear();
        return std::optional<aws::ApiError>();
      });
}

}  // namespace sluice::server
