// StartDeliveryStreamEncryption and StopDeliveryStreamEncryption: of the log of direct puts.
#include "delivery/text_rules.h"
#include "delivery/validate.h"
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::string_view key_types[] = {"AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"};

aws::StringRule key_arn_rule() {
  static const aws::Pattern pattern = {delivery::kms_key_arn_rule.pattern,
                                       delivery::kms_key_arn_rule.fits};
  return {.length_min = delivery::kms_key_arn_rule.length_min,
          .length_max = delivery::kms_key_arn_rule.length_max,
          .pattern = &pattern};
}

Answer encrypt(World& world,
               std::string_view name,
               const std::optional<delivery::Encryption>& encryption) {
  const auto changed = world.deliveries.encrypt(
      name, [&](const delivery::DeliveryStream& current) -> Result<delivery::DeliveryStream> {
        if (current.source_type != delivery::SourceType::direct_put) {
          return fail(Fault::invalid,
                      fmt::format("Server-side encryption is only applicable for DirectPut stream "
                                  "type; {} reads a Kinesis stream, which is encrypted itself",
                                  current.name));
        }
        delivery::DeliveryStream next = current;
        next.encryption = encryption;
        return next;
      });
  if (changed) {
    return std::string("{}");
  }
  if (changed.error().fault() == Fault::missing) {
    return std::unexpected(delivery_stream_not_found(world, name));
  }
  return std::unexpected(aws::api_error(changed.error(), aws::firehose_faults));
}

}  // namespace

Answer start_delivery_stream_encryption(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  aws::Members given = members.object("DeliveryStreamEncryptionConfigurationInput", false);
  delivery::Encryption encryption{.key_type = std::string(key_types[0]), .key_arn = {}};
  if (given.exists()) {
    encryption.key_arn = given.string("KeyARN", key_arn_rule()).value_or("");
    encryption.key_type =
        given.string("KeyType", {.is_required = true, .values = key_types}).value_or("");
  }
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto valid = delivery::validate_encryption(encryption); !valid) {
    return refuse("InvalidArgumentException", valid.error().message());
  }
  return encrypt(world, *name, encryption);
}

Answer stop_delivery_stream_encryption(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return encrypt(world, *name, std::nullopt);
}

}  // namespace sluice::server
