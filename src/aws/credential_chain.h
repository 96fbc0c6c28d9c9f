// A key for a client that runs for long: found where AWS's own clients look for one, and asked for
// anew before it ends.
//
// Source: "Standardized credential providers" of the AWS SDKs and Tools Reference Guide.  In this
// order, the first that has one:
//
//   environment   AWS_ACCESS_KEY_ID …                                     (not with a named
//   profile) web identity  AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN               (not with a
//   named profile) profile       role_arn with source_profile, credential_source or
//   web_identity_token_file;
//                 sso_session or sso_start_url, after `aws sso login`; the key in the profile
//                 itself
//   container     AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, …_FULL_URI      (not with a named
//   profile) instance      the metadata service of EC2, version 2                  (not with a
//   named profile)
//
// Not done: credential_process (a program to run), roles that want a code of a device, and renewing
// a sign-on token (`aws sso login` does it; its file is read anew each time).
#pragma once

#include "aws/credentials.h"
#include "aws/http_fetch.h"
#include "aws/key_answers.h"
#include "base/clock.h"
#include "base/result.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::aws {

struct KeyOptions {
  std::string profile;  // empty: AWS_PROFILE's, or "default"
  std::string region;   // for STS; empty: as configured
};

// Thread-safe: whoever asks while another fetches waits for that.
class CredentialChain {
 public:
  // A key is asked for anew when it has less than this left.
  static constexpr std::chrono::minutes renewal{5};

  // When that fails, or nobody has one, this passes before the next try.
  static constexpr std::chrono::seconds patience{15};

  // Borrows the clock.
  CredentialChain(ClientSources sources, HttpFetch fetch, const Clock& clock, KeyOptions options);

  // The key to sign with now.  Blocks for some seconds where a service has to be asked.
  // Fault::missing when nobody has one, naming where was looked; Fault::invalid for a configuration
  // that cannot be followed or was refused; Fault::unavailable when a service does not answer.  An
  // old key is handed out while it lasts.
  Result<Credentials> get();

  // The next get() asks anew: a server has refused the key.
  void forget();

 private:
  const ClientSources sources_;
  const HttpFetch fetch_;
  const Clock& clock_;
  const KeyOptions options_;
  std::mutex mutex_;  // guards those below
  std::optional<TimedCredentials> last_;
  std::optional<Error> failure_;  // of the last try, until `next_try_`
  std::chrono::nanoseconds next_try_{0};
};

}  // namespace sluice::aws
