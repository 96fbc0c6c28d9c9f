// Who is told that an object has come into the local bucket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

// How an object came.
enum class Creation : std::uint8_t { put, post, copy, complete_multipart_upload };

// S3's name of the event, as in notifications: "ObjectCreated:Put".
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
std::string_view event_of(Creation how);

// Thread-safe.
class ObjectEvents {
 public:
  ObjectEvents() = default;
  ObjectEvents(const ObjectEvents&) = delete;
  ObjectEvents& operator=(const ObjectEvents&) = delete;
  virtual ~ObjectEvents() = default;

  // The names of those that are to be told of such an object.
  virtual std::vector<std::string> receivers(std::string_view bucket,
                                             std::string_view key,
                                             Creation how) = 0;

  // There is something new to tell: rows of store/notifications.h.
  virtual void on_notifications() = 0;
};

}  // namespace sluice::s3
