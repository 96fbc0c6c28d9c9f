// Who may ask: signatures where credentials are configured, and without them a guard against web
// pages, which could otherwise reach a server on loopback and read or delete everything.
#pragma once

#include "aws/sigv4.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "net/http.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

struct Denial {
  aws::AuthFault fault = aws::AuthFault::missing_token;
  bool is_foreign = false;  // a Host or Origin that is not ours; `fault` means nothing then
  std::string message;
};

// Thread-safe.
class Gate {
 public:
  // Without credentials nobody is asked for a signature.  `region` empty: any.
  Gate(std::vector<aws::Credentials> credentials,
       std::string region,
       std::vector<std::string> cors_origins);

  bool checks_signatures() const { return !credentials_.empty(); }

  // Before the body is read.
  std::optional<Denial> check_head(const net::RequestHead& head,
                                   std::string_view service,
                                   UnixMillis now) const;

  // After: the body's hash, where the head did not settle it.
  std::optional<Denial> check_body(const net::RequestHead& head,
                                   std::string_view service,
                                   ByteView body,
                                   UnixMillis now) const;

  // Of a form that is posted to a bucket: its policy, in base64, and how it is signed.  Nothing is
  // wrong where nobody is asked for a signature.
  std::optional<Denial> check_policy(const aws::PolicySignature& given,
                                     std::string_view policy) const;

  // What a chunked body's signatures are checked with, of a request whose head was found right;
  // nothing where nobody is asked for a signature.
  std::optional<aws::ChunkSigner> chunk_signer(const net::RequestHead& head) const;

  // Whether a web page of this origin may read answers.
  bool allows_origin(std::string_view origin) const;

 private:
  std::optional<Denial> check_foreign(const net::RequestHead& head) const;

  std::vector<aws::Credentials> credentials_;
  std::vector<std::string> cors_origins_;
  aws::Verifier verifier_;
};

}  // namespace sluice::server
