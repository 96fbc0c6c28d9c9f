// CreateDeliveryStream requests to definitions.
//
// A request is judged in layers, each of which Firehose answers with another error: the JSON types
// of members, the form of role ARNs, the model (every violation in one message), and last what
// spans members (delivery/validate.h).
#pragma once

#include "delivery/definition.h"
#include "delivery/request_form.h"
#include "json/view.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sluice::delivery {

// Where the server stands, for defaults and ARNs.
struct Account {
  std::string region;
  std::string id;  // 12 digits
};

// arn:aws:firehose:<region>:<account>:deliverystream/<name>
std::string delivery_stream_arn(const Account& account, std::string_view name);

// The definition that a CreateDeliveryStream request asks for, validated.  Left to the caller:
// incarnation, created, delivery_start; whether the source stream, the bucket and the table exist.
// Members that the model does not know are ignored.
std::expected<DeliveryStream, Refusal> parse_create_request(json::View request,
                                                            const Account& account);

// Fills in what depends on the account: the ARN, and catalog and region of the schema where they
// were not given.
void apply_account_defaults(DeliveryStream& stream, const Account& account);

}  // namespace sluice::delivery
