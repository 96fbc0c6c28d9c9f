// Tells web services of new objects in the local buckets, with S3's own message.
//
// What is to be told is recorded together with the object (store/notifications.h), so that neither
// a crash nor a service that is down loses it: it is sent until the service answers with a 2xx
// status, at least once, in the order in which the objects came.  A thread for each webhook.
//
// Requests carry what https://www.standardwebhooks.com/ says: webhook-id (the same for each try),
// webhook-timestamp and, with a secret, webhook-signature.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/request.h"
#include "s3/object_events.h"
#include "store/notifications.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// [[webhook]] of the configuration file.
struct WebhookSetting {
  std::string name;
  std::string url;
  std::string bucket;  // empty: every local one
  std::string prefix;
  std::string suffix;
  std::string secret_file;                // empty: requests are not signed
  std::chrono::seconds timeout{30};       // of one request
  std::chrono::seconds keep{7 * 86'400};  // what could not be told after this is given up
};

// A secret as Standard Webhooks write it: "whsec_" and 24 to 64 bytes in base64.
Result<Bytes> parse_webhook_secret(std::string_view text);

// Thread-safe.
class Webhooks final : public s3::ObjectEvents {
 public:
  struct Needs {
    store::Database& database;
    FileSystem& files;
    const Clock& clock;
    Random& random;
    delivery::Account account;
    std::function<void(const std::string& line)> report;  // called on any thread
  };

  // Reads the secrets and begins to tell.  What webhooks that are no longer configured should have
  // been told is given up, and reported.  Borrows what `needs` refers to.
  static Result<std::unique_ptr<Webhooks>> start(std::vector<WebhookSetting> settings, Needs needs);
  ~Webhooks() override;

  std::vector<std::string> receivers(std::string_view bucket,
                                     std::string_view key,
                                     s3::Creation how) override;
  void on_notifications() override;

  // Ends the threads once what waits has been told, or cannot be told now, or this time is over.
  // What is left is told by the next process.
  void stop(std::chrono::milliseconds patience);

  struct Status {
    std::string name;
    std::uint64_t waiting = 0;
    std::uint64_t told = 0;      // by this process, as the rest
    std::uint64_t failures = 0;  // requests without a 2xx answer
    std::uint64_t given_up = 0;
  };

  // In the order of the settings.
  std::vector<Status> statuses();

 private:
  class Sender;

  Webhooks();

  std::vector<std::unique_ptr<Sender>> senders_;
};

}  // namespace sluice::server
