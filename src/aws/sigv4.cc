// Signature Version 4.
#include "aws/sigv4.h"

#include "aws/uri.h"
#include "base/ascii.h"
#include "base/check.h"
#include "base/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sluice::aws {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

std::unexpected<AuthError> refuse(AuthFault fault, std::string message) {
  return std::unexpected<AuthError>(AuthError{fault, std::move(message)});
}

bool equal_names(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](unsigned char a, unsigned char b) {
           return std::tolower(a) == std::tolower(b);
         });
}

std::string_view header(const RequestParts& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (equal_names(key, name)) {
      return value;
    }
  }
  return {};
}

// Trimmed, runs of blanks folded into one.
std::string folded(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool is_blank = c == ' ' || c == '\t';
    if (is_blank && (out.empty() || out.back() == ' ')) {
      continue;
    }
    out.push_back(is_blank ? ' ' : c);
  }
  while (!out.empty() && out.back() == ' ') {
    out.pop_back();
  }
  return out;
}

// RFC 3986 section 5.2.4, as the services other than S3 do before signing.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_in_slash = path.ends_with('/') || path.empty();
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out.append("/").append(segment);
  }
  if (out.empty() || ends_in_slash) {
    out.push_back('/');
  }
  return out;
}

std::string canonical_path(std::string_view path, PathStyle style) {
  if (style == PathStyle::s3) {
    const auto decoded = percent_decode(path);
    return percent_encode(decoded ? *decoded : path, Slash::keep);
  }
  return percent_encode(without_dot_segments(path), Slash::keep);
}

// Sorted by encoded name, then value; the signature itself is left out.
std::string canonical_query(std::string_view query) {
  auto parts = parse_query(query);
  if (!parts) {
    return std::string(query);
  }
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : *parts) {
    if (name != "X-Amz-Signature") {
      encoded.emplace_back(percent_encode(name, Slash::encode),
                           percent_encode(value, Slash::encode));
    }
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) {
      out.push_back('&');
    }
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string scope_of(const Authorization& authorization) {
  return fmt::format(
      "{}/{}/{}/aws4_request", authorization.date, authorization.region, authorization.service);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

// "AKID/20250713/us-east-1/s3/aws4_request"; key ids hold no slash.
bool read_scope(std::string_view credential, Authorization& out) {
  const std::vector<std::string> parts = split(credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request" || parts[0].empty()) {
    return false;
  }
  out.access_key_id = parts[0];
  out.date = parts[1];
  out.region = parts[2];
  out.service = parts[3];
  return true;
}

std::expected<Authorization, AuthError> parse_header_form(const RequestParts& request,
                                                          std::string_view value) {
  Authorization out;
  std::string_view rest = value;
  const std::size_t blank = rest.find(' ');
  if (blank == std::string_view::npos || rest.substr(0, blank) != algorithm) {
    return refuse(AuthFault::incomplete,
                  fmt::format("Unsupported authorization algorithm. Authorization={}", value));
  }
  rest.remove_prefix(blank + 1);
  std::string credential;
  for (const std::string& part : split(rest, ',')) {
    const std::string item = folded(part);
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) {
      continue;
    }
    const std::string name = item.substr(0, equals);
    std::string content = item.substr(equals + 1);
    if (name == "Credential") {
      credential = std::move(content);
    } else if (name == "SignedHeaders") {
      out.signed_headers = split(lower(content), ';');
    } else if (name == "Signature") {
      out.signature = std::move(content);
    }
  }
  out.timestamp = header(request, "x-amz-date");
  std::string lacking;
  if (credential.empty()) {
    lacking += "Authorization header requires 'Credential' parameter. ";
  }
  if (out.signature.empty()) {
    lacking += "Authorization header requires 'Signature' parameter. ";
  }
  if (out.signed_headers.empty()) {
    lacking += "Authorization header requires 'SignedHeaders' parameter. ";
  }
  if (out.timestamp.empty()) {
    lacking +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (!lacking.empty()) {
    return refuse(AuthFault::incomplete, fmt::format("{}Authorization={}", lacking, value));
  }
  if (!read_scope(credential, out)) {
    return refuse(AuthFault::incomplete,
                  fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                              "keyid/date/region/service/term, got '{}'",
                              credential));
  }
  return out;
}

std::expected<Authorization, AuthError> parse_query_form(
    const std::vector<std::pair<std::string, std::string>>& query) {
  Authorization out;
  out.is_presigned = true;
  std::string credential;
  std::string algorithm_given;
  std::optional<std::int64_t> expires;
  for (const auto& [name, value] : query) {
    if (name == "X-Amz-Algorithm") {
      algorithm_given = value;
    } else if (name == "X-Amz-Credential") {
      credential = value;
    } else if (name == "X-Amz-Date") {
      out.timestamp = value;
    } else if (name == "X-Amz-SignedHeaders") {
      out.signed_headers = split(lower(value), ';');
    } else if (name == "X-Amz-Signature") {
      out.signature = value;
    } else if (name == "X-Amz-Expires" && !value.empty() && value.size() <= 9 &&
               std::all_of(
                   value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c); })) {
      expires = std::stoll(value);
    }
  }
  if (algorithm_given != algorithm || credential.empty() || out.timestamp.empty() ||
      out.signed_headers.empty() || out.signature.empty()) {
    return refuse(AuthFault::incomplete,
                  "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', "
                  "'X-Amz-Signature', 'X-Amz-SignedHeaders' and 'X-Amz-Date'. Re-examine the "
                  "query-string parameters.");
  }
  if (!read_scope(credential, out)) {
    return refuse(
        AuthFault::incomplete,
        fmt::format("X-Amz-Credential '{}' must be keyid/date/region/service/aws4_request",
                    credential));
  }
  out.expires = std::chrono::seconds(expires.value_or(presigned_max.count()));
  if (out.expires > presigned_max || out.expires < std::chrono::seconds(1)) {
    return refuse(AuthFault::incomplete, "X-Amz-Expires must be between 1 and 604800 seconds");
  }
  return out;
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

std::expected<void, AuthError> check_date(const Authorization& authorization, UnixMillis now) {
  const auto signed_at = parse_amz_date(authorization.timestamp);
  if (!signed_at || authorization.timestamp.substr(0, 8) != authorization.date) {
    return refuse(AuthFault::incomplete,
                  fmt::format("Date '{}' is not of the form yyyyMMddTHHmmssZ, or not of the day of "
                              "its credential scope",
                              authorization.timestamp));
  }
  if (*signed_at > now + clock_skew_max) {
    return refuse(AuthFault::not_yet_current,
                  fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)",
                              authorization.timestamp,
                              amz_date(now + clock_skew_max),
                              amz_date(now),
                              clock_skew_max.count()));
  }
  const auto lifetime =
      authorization.is_presigned
          ? std::chrono::duration_cast<std::chrono::milliseconds>(authorization.expires)
          : std::chrono::duration_cast<std::chrono::milliseconds>(clock_skew_max);
  if (*signed_at + lifetime < now) {
    return refuse(AuthFault::expired,
                  fmt::format("Signature expired: {} is now earlier than {} ({} - {} s)",
                              authorization.timestamp,
                              amz_date(now - lifetime),
                              amz_date(now),
                              lifetime.count() / 1000));
  }
  return {};
}

// Host, or HTTP/2's name for it, and all x-amz-* headers that were sent must be signed.
std::expected<void, AuthError> check_signed_headers(const Authorization& authorization,
                                                    const RequestParts& request) {
  const auto is_signed = [&](std::string_view name) {
    return std::find(authorization.signed_headers.begin(),
                     authorization.signed_headers.end(),
                     name) != authorization.signed_headers.end();
  };
  if (!is_signed("host") && !is_signed(":authority")) {
    return refuse(AuthFault::unsigned_header,
                  "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const auto& [name, value] : request.headers) {
    const std::string lowered = lower(name);
    if (lowered.starts_with("x-amz-") && !is_signed(lowered)) {
      return refuse(
          AuthFault::unsigned_header,
          fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", lowered));
    }
  }
  return {};
}

PathStyle style_of(std::string_view service) {
  return service == "s3" ? PathStyle::s3 : PathStyle::plain;
}

bool signature_fits(const Authorization& authorization,
                    const Credentials& credentials,
                    const RequestParts& request,
                    std::string_view payload_hash) {
  const std::string canonical = canonical_request(
      request, authorization.signed_headers, payload_hash, style_of(authorization.service));
  return equal_constant_time(signature_of(authorization, credentials, canonical),
                             authorization.signature);
}

constexpr std::string_view mismatch_text =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";

}  // namespace

std::string amz_date(UnixMillis time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()),
                     clock.hours().count(),
                     clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<UnixMillis> parse_amz_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') {
    return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (text[i] < '0' || text[i] > '9') {
        return -1;
      }
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const int hour = number(9, 2);
  const int minute = number(11, 2);
  const int second = number(13, 2);
  const int year = number(0, 4);
  const int month = number(4, 2);
  const int day_of_month = number(6, 2);
  if (year < 0 || month < 0 || day_of_month < 0 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day_of_month))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return UnixMillis(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::expected<Authorization, AuthError> parse_authorization(const RequestParts& request) {
  const std::string_view value = header(request, "authorization");
  const auto query = parse_query(request.query);
  const bool is_in_query =
      query && std::any_of(query->begin(), query->end(), [](const auto& part) {
        return part.first == "X-Amz-Algorithm" || part.first == "X-Amz-Signature";
      });
  if (!value.empty() && is_in_query) {
    return refuse(
        AuthFault::both_forms,
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
        "header.");
  }
  if (!value.empty()) {
    return parse_header_form(request, value);
  }
  if (is_in_query) {
    return parse_query_form(*query);
  }
  return refuse(AuthFault::missing_token, "Missing Authentication Token");
}

std::string canonical_request(const RequestParts& request,
                              std::span<const std::string> signed_headers,
                              std::string_view payload_hash,
                              PathStyle style) {
  std::string out;
  out.append(request.method).append("\n");
  out.append(canonical_path(request.path, style)).append("\n");
  out.append(canonical_query(request.query)).append("\n");
  std::string names;
  for (const std::string& name : signed_headers) {
    std::string joined;
    for (const auto& [key, value] : request.headers) {
      if (equal_names(key, name)) {
        if (!joined.empty()) {
          joined.push_back(',');
        }
        joined += folded(value);
      }
    }
    out.append(name).append(":").append(joined).append("\n");
    if (!names.empty()) {
      names.push_back(';');
    }
    names += name;
  }
  out.append("\n").append(names).append("\n").append(payload_hash);
  return out;
}

namespace {

Bytes signing_key_of(const Authorization& authorization, const Credentials& credentials) {
  const auto step = [](ByteView key, ByteView message) {
    return to_bytes(hmac_sha256(key, message));
  };
  const Bytes date_key = step("AWS4" + credentials.secret_access_key, authorization.date);
  const Bytes region_key = step(date_key, authorization.region);
  const Bytes service_key = step(region_key, authorization.service);
  return step(service_key, "aws4_request");
}

}  // namespace

std::string signature_of(const Authorization& authorization,
                         const Credentials& credentials,
                         std::string_view canonical) {
  const std::string to_sign = fmt::format("{}\n{}\n{}\n{}",
                                          algorithm,
                                          authorization.timestamp,
                                          scope_of(authorization),
                                          to_hex(sha256(canonical)));
  return to_hex(hmac_sha256(signing_key_of(authorization, credentials), to_sign));
}

ChunkSigner::ChunkSigner(Authorization authorization, const Credentials& credentials)
    : authorization_(std::move(authorization)),
      key_(signing_key_of(authorization_, credentials)),
      last_(authorization_.signature) {}

std::string ChunkSigner::chunk(const Sha256Digest& data) {
  last_ = to_hex(hmac_sha256(key_,
                             fmt::format("{}-PAYLOAD\n{}\n{}\n{}\n{}\n{}",
                                         algorithm,
                                         authorization_.timestamp,
                                         scope_of(authorization_),
                                         last_,
                                         to_hex(sha256({})),
                                         to_hex(data))));
  return last_;
}

std::string ChunkSigner::trailer(std::string_view headers) {
  last_ = to_hex(hmac_sha256(key_,
                             fmt::format("{}-TRAILER\n{}\n{}\n{}\n{}",
                                         algorithm,
                                         authorization_.timestamp,
                                         scope_of(authorization_),
                                         last_,
                                         to_hex(sha256(headers)))));
  return last_;
}

std::expected<HeadCheck, AuthError> Verifier::check_head(const RequestParts& request,
                                                         std::string_view service,
                                                         UnixMillis now) const {
  auto authorization = parse_authorization(request);
  if (!authorization) {
    return std::unexpected(std::move(authorization).error());
  }
  auto credentials = lookup_(authorization->access_key_id);
  if (!credentials) {
    return refuse(AuthFault::unknown_key, "The security token included in the request is invalid.");
  }
  if (authorization->service != service || (!region_.empty() && authorization->region != region_)) {
    return refuse(AuthFault::wrong_scope,
                  fmt::format("Credential should be scoped to a valid region and to service '{}', "
                              "not to '{}/{}'.",
                              service,
                              authorization->region,
                              authorization->service));
  }
  if (auto checked = check_date(*authorization, now); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  if (auto checked = check_signed_headers(*authorization, request); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  HeadCheck head{.authorization = std::move(*authorization),
                 .credentials = std::move(*credentials),
                 .payload_hash = std::string(header(request, "x-amz-content-sha256"))};
  if (head.payload_hash.empty() && service == "s3") {
    // S3 bodies are not hashed before they take effect, so the head must settle the signature.
    if (!head.authorization.is_presigned) {
      return refuse(AuthFault::incomplete,
                    "Missing required header for this request: x-amz-content-sha256");
    }
    head.payload_hash = unsigned_payload;
  }
  if (!head.payload_hash.empty()) {
    if (!signature_fits(head.authorization, head.credentials, request, head.payload_hash)) {
      return refuse(AuthFault::mismatch, std::string(mismatch_text));
    }
    head.is_signature_checked = true;
  }
  return head;
}

std::expected<void, AuthError> Verifier::check_policy(const PolicySignature& given,
                                                      std::string_view policy) const {
  if (given.credential.empty() || given.signature.empty()) {
    return refuse(AuthFault::missing_token,
                  "The form needs the fields policy, x-amz-algorithm, x-amz-credential, x-amz-date "
                  "and x-amz-signature.");
  }
  Authorization scope;
  if (given.algorithm != algorithm || !parse_amz_date(given.date) ||
      !read_scope(given.credential, scope)) {
    return refuse(AuthFault::incomplete,
                  fmt::format("x-amz-algorithm must be {}, x-amz-date yyyyMMddTHHmmssZ, and "
                              "x-amz-credential keyid/date/region/service/aws4_request",
                              algorithm));
  }
  const auto credentials = lookup_(scope.access_key_id);
  if (!credentials) {
    return refuse(AuthFault::unknown_key, "The security token included in the request is invalid.");
  }
  if (scope.service != "s3" || (!region_.empty() && scope.region != region_) ||
      !given.date.starts_with(scope.date)) {
    return refuse(AuthFault::wrong_scope,
                  fmt::format("x-amz-credential should be scoped to the day of x-amz-date, a valid "
                              "region and service 's3', not to '{}/{}/{}'.",
                              scope.date,
                              scope.region,
                              scope.service));
  }
  const std::string expected = to_hex(hmac_sha256(signing_key_of(scope, *credentials), policy));
  if (!equal_constant_time(expected, given.signature)) {
    return refuse(AuthFault::mismatch, std::string(mismatch_text));
  }
  return {};
}

ChunkSigner Verifier::chunk_signer(const RequestParts& request) const {
  auto authorization = parse_authorization(request);
  SLUICE_CHECK(authorization.has_value());
  const auto credentials = lookup_(authorization->access_key_id);
  SLUICE_CHECK(credentials.has_value());
  return {*std::move(authorization), *credentials};
}

std::expected<void, AuthError> Verifier::check_body(const HeadCheck& head,
                                                    const RequestParts& request,
                                                    std::string_view body_sha256) const {
  SLUICE_CHECK(is_sha256_hex(body_sha256));
  if (!head.is_signature_checked) {
    if (!signature_fits(head.authorization, head.credentials, request, body_sha256)) {
      return refuse(AuthFault::mismatch, std::string(mismatch_text));
    }
    return {};
  }
  if (is_sha256_hex(head.payload_hash) && !equal_constant_time(head.payload_hash, body_sha256)) {
    return refuse(AuthFault::mismatch,
                  "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> sign(const RequestParts& request,
                                                      const Credentials& credentials,
                                                      std::string_view region,
                                                      std::string_view service,
                                                      std::string_view payload_hash,
                                                      UnixMillis now) {
  Authorization authorization;
  authorization.access_key_id = credentials.access_key_id;
  authorization.timestamp = amz_date(now);
  authorization.date = authorization.timestamp.substr(0, 8);
  authorization.region = region;
  authorization.service = service;

  std::vector<std::pair<std::string, std::string>> added = {
      {"X-Amz-Date", authorization.timestamp}};
  if (!credentials.session_token.empty()) {
    added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  }
  std::vector<Header> headers(request.headers.begin(), request.headers.end());
  for (const auto& [name, value] : added) {
    headers.emplace_back(name, value);
  }
  for (const auto& [name, value] : headers) {
    authorization.signed_headers.push_back(lower(name));
  }
  std::sort(authorization.signed_headers.begin(), authorization.signed_headers.end());
  RequestParts whole = request;
  whole.headers = headers;
  const std::string canonical =
      canonical_request(whole, authorization.signed_headers, payload_hash, style_of(service));
  std::string names;
  for (const std::string& name : authorization.signed_headers) {
    names += names.empty() ? name : ";" + name;
  }
  added.emplace_back("Authorization",
                     fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                 algorithm,
                                 credentials.access_key_id,
                                 scope_of(authorization),
                                 names,
                                 signature_of(authorization, credentials, canonical)));
  return added;
}

}  // namespace sluice::aws
