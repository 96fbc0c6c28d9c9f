// Notifications as S3 sends them: the message that Lambda functions, queues and webhooks know.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
#pragma once

#include "store/notifications.h"

#include <span>
#include <string>

namespace sluice::s3 {

// What all records of a message have in common.
struct EventSource {
  std::string region;
  std::string account;
  std::string configuration;  // the name of what the receiver has asked for
};

// {"Records":[…]}, in the order given.  Who made the object and with which request is not known:
// those members are there and empty.
std::string event_message(const EventSource& source,
                          std::span<const store::Notification> notifications);

}  // namespace sluice::s3
