// What those answer who are asked for a key: STS, single sign-on, containers and instances.
//
// Sources: "AssumeRole" and "AssumeRoleWithWebIdentity" of the STS API reference;
// GetRoleCredentials of the IAM Identity Center portal API reference; "Container credential
// provider" and "IMDS credential provider" of the AWS SDKs and Tools Reference Guide.  Nothing here
// asks anybody, and no message repeats an answer: it may hold a secret.
#pragma once

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::aws {

// A key that lasts until then; std::nullopt: for good.
struct TimedCredentials {
  Credentials key;
  std::optional<UnixMillis> expires;
};

// The XML of either call.  Fault::invalid when it holds no whole key.
Result<TimedCredentials> read_sts_answer(std::string_view body);

// "AccessDenied: who may not do what" of STS's error XML; empty when it is none.
std::string read_sts_refusal(std::string_view body);

// The JSON of a container's or instance's endpoint.  Fault::invalid likewise, and where an instance
// says another Code than "Success".
Result<TimedCredentials> read_metadata_answer(std::string_view body);

// The JSON of the single sign-on portal.  Fault::invalid likewise.
Result<TimedCredentials> read_sso_answer(std::string_view body);

struct SsoToken {
  std::string token;
  UnixMillis expires;
};

// A file of ~/.aws/sso/cache as `aws sso login` leaves it.  Fault::invalid when it is none.
Result<SsoToken> read_sso_token(std::string_view text);

// "2026-07-15T17:10:33Z", with or without a fraction of a second, which is dropped, or "UTC" in
// place of the Z, as old sign-on files have it.
std::optional<UnixMillis> parse_utc_time(std::string_view text);

}  // namespace sluice::aws
