// What an AWS operation is to the server: a function from a JSON request to a JSON answer.
#pragma once

#include "aws/error.h"
#include "base/clock.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "delivery/request.h"
#include "json/view.h"
#include "net/body_source.h"
#include "query/athena_executions.h"
#include "query/athena_library.h"
#include "query/crawlers.h"
#include "s3/local_store.h"
#include "stream/streams.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sluice::server {

class AwsLimits;
class Deliveries;
class Counters;
class Losses;
class Subscriptions;

// All that operations work on.  Borrows everything; thread-safe as its parts are.
struct World {
  const Clock& clock;
  Random& random;
  stream::Streams& streams;
  catalog::Catalog& catalog;
  s3::LocalStore& buckets;
  Deliveries& deliveries;
  query::Crawlers& crawlers;
  Counters& counters;
  Losses& losses;
  query::Executions& executions;
  query::Library& athena_library;
  delivery::Account account;
  std::string iterator_key;                // secret; keeps iterators good across restarts
  Subscriptions* subscriptions = nullptr;  // set before the first request
  AwsLimits* limits = nullptr;             // null: the machine runs free
};

// The body of a successful answer (empty: no body), or the error.
using Answer = std::expected<std::string, aws::ApiError>;

// The body of an answer that comes over time, as an event stream.
using Opened = std::expected<std::unique_ptr<net::BodySource>, aws::ApiError>;

// Takes the answer of an operation that waits for the log.  Called once, on any thread.
using Reply = std::move_only_function<void(Answer)>;

// What a call is written in, and its answer therefore too.
enum class Wire : std::uint8_t { json, cbor };

// A request to an operation.
struct ApiRequest {
  json::View body;                 // an object
  std::string_view invocation_id;  // amz-sdk-invocation-id; empty when absent
  ByteView raw_body;
  bool is_cbor = false;  // what `body` was written in
};

// The same before anybody has looked at the body.
struct RawRequest {
  ByteView body;
  std::string_view invocation_id;
  Wire wire = Wire::json;
};

struct Operation {
  std::string_view name;

  // One of the four is set.  `run` and `open` may block (they are called on a worker thread);
  // `start` may not and answers when the records are on disk, and so does `start_raw`, which parses
  // the body by itself.
  Answer (*run)(World& world, const ApiRequest& request) = nullptr;
  void (*start)(World& world, const ApiRequest& request, Reply reply) = nullptr;
  void (*start_raw)(World& world, const RawRequest& request, Reply reply) = nullptr;
  Opened (*open)(World& world, const ApiRequest& request) = nullptr;

  bool may_block() const { return start == nullptr && start_raw == nullptr; }
};

inline std::unexpected<aws::ApiError> refuse(std::string type, std::string message) {
  return std::unexpected(aws::ApiError{std::move(type), std::move(message)});
}

}  // namespace sluice::server
