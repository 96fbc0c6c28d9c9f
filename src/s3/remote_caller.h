// One signed request to another S3, and what came of it.
#pragma once

#include "aws/sigv4.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "net/http_client.h"
#include "s3/remote_store.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sluice::s3 {

// Sends a request and waits for its answer, as net::HttpClient::perform.  Thread-safe.
using Exchange = std::function<Result<net::HttpResponse>(const net::HttpClientRequest& request)>;

// The key to sign the next request with; whoever gives it renews it in time.  Thread-safe.
using CredentialsSource = std::function<Result<aws::Credentials>()>;

// What goes on for too long, or breaks off.
struct RemotePatience {
  std::chrono::milliseconds connect{5'000};
  std::chrono::seconds stall{30};      // without a byte either way
  std::chrono::seconds whole{300};     // of one request
  std::function<bool()> is_stopped{};  // true: breaks off; thread-safe
};

// A request without what belongs to the store and to the signature.
struct RemoteCall {
  std::string method = "GET";
  std::string bucket;
  std::string key{};  // empty: the bucket itself
  RemoteQuery query{};
  net::HttpHeaders headers{};
  Bytes body{};
  std::optional<net::FileRegion> file{};  // instead of `body`
  std::string payload_sha256{};           // of the file, lower-case hex
  std::function<bool()> is_stopped{};     // beside the patience's; may be empty
};

// Immutable; thread-safe.
class RemoteCaller {
 public:
  // `clock` must outlive it.
  RemoteCaller(RemoteStore store,
               std::string ca_bundle,
               RemotePatience patience,
               Exchange exchange,
               CredentialsSource credentials,
               const Clock& clock);

  // The answer of a request that went well; else the line and the Fault of s3/remote_failure.h, or
  // Fault::cancelled when it was stopped.
  Result<net::HttpResponse> ask(const RemoteCall& call) const;

  const RemoteStore& store() const { return store_; }

 private:
  net::HttpClientRequest signed_request(const RemoteCall& call,
                                        const aws::Credentials& credentials) const;

  const RemoteStore store_;
  const std::string ca_bundle_;
  const RemotePatience patience_;
  const Exchange exchange_;
  const CredentialsSource credentials_;
  const Clock& clock_;
};

}  // namespace sluice::s3
