// Requests that change a definition, UpdateDestination and those of tags, to definitions.
//
// Judged in the layers of delivery/request.h, and by the same reader (request.cc).
#pragma once

#include "delivery/definition.h"
#include "delivery/request.h"
#include "delivery/request_form.h"
#include "json/view.h"

#include <expected>
#include <string>
#include <vector>

namespace sluice::delivery {

// What an UpdateDestination request names.
struct UpdateTarget {
  std::string name;
  std::string version_id;      // digits; the caller compares it with the version in force
  std::string destination_id;  // likewise, with destination_id of delivery/description.h
};

// The form of an UpdateDestination request, which is judged before anybody looks for the delivery
// stream.
std::expected<UpdateTarget, Refusal> parse_update_request(json::View request);

// `current` with what the request changes, validated as a whole.  What is given replaces what was
// there, what is not stays: BufferingHints, CloudWatchLoggingOptions and the formats of a
// conversion as a whole, the schema of a conversion member by member; a conversion is enabled
// unless the request says otherwise.  Left to the caller: version and time of the update, and what
// parse_create_request() leaves.
std::expected<DeliveryStream, Refusal> apply_update_request(json::View request,
                                                            const DeliveryStream& current,
                                                            const Account& account);

// `current` with these tags in the place of its own, validated as a whole, and with what tags of
// ours say.
Result<DeliveryStream> with_tags(const DeliveryStream& current, std::vector<Tag> tags);

}  // namespace sluice::delivery
