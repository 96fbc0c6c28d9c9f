#include "aws/credential_chain.h"

#include "aws/uri.h"
#include "base/digest.h"
#include "base/sha1.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view container_host = "http://169.254.170.2";
constexpr std::chrono::milliseconds metadata_timeout = 2s;

constexpr int ok = 200;
constexpr int not_found = 404;

// "host:port" of a URL.
std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::string_view rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

// The path, or "/" where there is none.
std::string_view path_of(std::string_view url) {
  const std::string_view host = host_of(url);
  const std::size_t at = static_cast<std::size_t>(host.data() - url.data()) + host.size();
  const std::string_view path = url.substr(at, url.substr(at).find_first_of("?#"));
  return path.empty() ? "/" : path;
}

std::string_view without_slash(std::string_view url) {
  return url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
}

// A token is one line; what an editor put behind it is not part of it.
std::string_view without_line_end(std::string_view text) {
  const std::size_t end = text.find_last_not_of("\r\n");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

bool is_header_value(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
}

// One round of asking.  Every step is std::nullopt where it has nothing to say.
class Search {
 public:
  using Found = Result<std::optional<TimedCredentials>>;

  Search(const ClientSources& sources,
         const HttpFetch& fetch,
         const Clock& clock,
         const KeyOptions& options)
      : sources_(sources), fetch_(fetch), clock_(clock), options_(options) {}

  Result<TimedCredentials> run();

 private:
  std::string variable(const char* name) const { return sources_.variable(name); }

  std::string_view property(const std::string& profile, std::string_view name) const {
    return config_.property(profile, name);
  }

  Found from_environment() const;
  Found from_web_identity();
  Found from_profile(const std::string& profile);
  Found from_role_of(const std::string& profile);
  Found from_sign_on_of(const std::string& profile);
  Found from_container();
  Found from_instance();

  Result<TimedCredentials> source_key_of(const std::string& profile);
  Result<TimedCredentials> named_source(const std::string& profile, std::string_view name);
  Result<SsoToken> token_of_sign_on(const std::string& profile, const std::string& name) const;

  // What an STS call is about.
  struct RoleCall {
    std::string arn;
    std::string session;
    std::string duration;     // seconds; empty: an hour
    std::string external_id;  // empty: none
    std::string region;       // of the profile, if it has its own
    std::string profile;
  };

  Result<TimedCredentials> assume_by_token(const RoleCall& call, const std::string& file);
  Result<TimedCredentials> assume_by_key(const RoleCall& call, const Credentials& key);
  Result<TimedCredentials> ask_sts(const RoleCall& call, std::string form, const Credentials* key);
  Result<Bytes> read_file(const std::string& path, std::string_view what) const;

  const ClientSources& sources_;
  const HttpFetch& fetch_;
  const Clock& clock_;
  const KeyOptions& options_;
  SharedConfig config_;
  std::vector<std::string> visited_;  // profiles, each a source of the one before
};

Result<TimedCredentials> Search::run() {
  const bool is_named = !options_.profile.empty();
  SLUICE_TRY(config, load_shared_config(sources_));
  config_ = std::move(config);
  std::string profile = is_named ? options_.profile : variable("AWS_PROFILE");
  const bool is_wanted = !profile.empty();
  if (!is_wanted) {
    profile = "default";
  }
  if (!is_named) {
    SLUICE_TRY(of_environment, from_environment());
    if (of_environment) {
      return std::move(*of_environment);
    }
    SLUICE_TRY(of_web_identity, from_web_identity());
    if (of_web_identity) {
      return std::move(*of_web_identity);
    }
  }
  if (is_wanted && !config_.profiles.contains(profile)) {
    return fail(
        Fault::missing,
        fmt::format("there is no profile {} in ~/.aws/config or ~/.aws/credentials: add it, "
                    "or name another",
                    profile));
  }
  SLUICE_TRY(of_profile, from_profile(profile));
  if (of_profile) {
    return std::move(*of_profile);
  }
  if (is_named) {
    return fail(Fault::missing,
                fmt::format("the profile {} has no key, role or sign-on: give it one with aws "
                            "configure",
                            profile));
  }
  for (const auto step : {&Search::from_container, &Search::from_instance}) {
    SLUICE_TRY(found, (this->*step)());
    if (found) {
      return std::move(*found);
    }
  }
  return fail(Fault::missing,
              fmt::format("no key was found in the environment, the profile {}, a container or an "
                          "instance: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run aws "
                          "configure",
                          profile));
}

Search::Found Search::from_environment() const {
  SLUICE_TRY(key, key_of_environment(sources_));
  if (!key) {
    return std::nullopt;
  }
  return TimedCredentials{std::move(*key), std::nullopt};
}

Search::Found Search::from_web_identity() {
  const std::string file = variable("AWS_WEB_IDENTITY_TOKEN_FILE");
  const std::string role = variable("AWS_ROLE_ARN");
  if (file.empty() || role.empty()) {
    return std::nullopt;
  }
  return assume_by_token({role, variable("AWS_ROLE_SESSION_NAME"), {}, {}, {}, "default"}, file);
}

Search::Found Search::from_profile(const std::string& profile) {
  visited_.push_back(profile);
  SLUICE_TRY(of_role, from_role_of(profile));
  if (of_role) {
    return of_role;
  }
  SLUICE_TRY(of_sign_on, from_sign_on_of(profile));
  if (of_sign_on) {
    return of_sign_on;
  }
  SLUICE_TRY(key, key_of_profile(config_, profile));
  if (key) {
    return TimedCredentials{std::move(*key), std::nullopt};
  }
  if (!property(profile, "credential_process").empty()) {
    return fail(
        Fault::unsupported,
        fmt::format("the profile {} gets its key from a program (credential_process), which "
                    "is not run here: write the key into the profile or the environment",
                    profile));
  }
  return std::nullopt;
}

Search::Found Search::from_role_of(const std::string& profile) {
  const std::string role(property(profile, "role_arn"));
  if (role.empty()) {
    return std::nullopt;
  }
  if (!property(profile, "mfa_serial").empty()) {
    return fail(Fault::unsupported,
                fmt::format("the role of profile {} wants a code of a device (mfa_serial), which a "
                            "server cannot be asked for",
                            profile));
  }
  const RoleCall call{role,
                      std::string(property(profile, "role_session_name")),
                      std::string(property(profile, "duration_seconds")),
                      std::string(property(profile, "external_id")),
                      std::string(property(profile, "region")),
                      profile};
  if (const std::string_view file = property(profile, "web_identity_token_file"); !file.empty()) {
    return assume_by_token(call, std::string(file));
  }
  SLUICE_TRY(source, source_key_of(profile));
  return assume_by_key(call, source.key);
}

// The key that is allowed to take the profile's role.
Result<TimedCredentials> Search::source_key_of(const std::string& profile) {
  const std::string source(property(profile, "source_profile"));
  const std::string_view named = property(profile, "credential_source");
  if (source.empty() == named.empty()) {
    return fail(Fault::invalid,
                fmt::format("the profile {} has a role_arn and {} source_profile {} "
                            "credential_source: say one of them",
                            profile,
                            source.empty() ? "neither" : "both",
                            source.empty() ? "nor" : "and"));
  }
  if (!named.empty()) {
    return named_source(profile, named);
  }
  if (source == profile) {
    SLUICE_TRY(key, key_of_profile(config_, profile));
    if (key) {
      return TimedCredentials{std::move(*key), std::nullopt};
    }
  }
  if (std::ranges::find(visited_, source) != visited_.end()) {
    return fail(
        Fault::invalid,
        fmt::format("the profiles {} are each other's source_profile", fmt::join(visited_, ", ")));
  }
  if (!config_.profiles.contains(source)) {
    return fail(
        Fault::missing,
        fmt::format(
            "the profile {} names {} as its source_profile, which is nowhere", profile, source));
  }
  SLUICE_TRY(found, from_profile(source));
  if (!found) {
    return fail(Fault::missing,
                fmt::format("the profile {}, source of {}, has no key", source, profile));
  }
  return std::move(*found);
}

Result<TimedCredentials> Search::named_source(const std::string& profile, std::string_view name) {
  Found found = std::nullopt;
  if (name == "Environment") {
    found = from_environment();
  } else if (name == "EcsContainer") {
    found = from_container();
  } else if (name == "Ec2InstanceMetadata") {
    found = from_instance();
  } else {
    return fail(Fault::invalid,
                fmt::format("credential_source of profile {} is Environment, EcsContainer or "
                            "Ec2InstanceMetadata",
                            profile));
  }
  SLUICE_TRY(key, std::move(found));
  if (!key) {
    return fail(Fault::missing,
                fmt::format("the credential_source of profile {}, {}, has no key", profile, name));
  }
  return std::move(*key);
}

Search::Found Search::from_sign_on_of(const std::string& profile) {
  const std::string session(property(profile, "sso_session"));
  const std::string start(property(profile, "sso_start_url"));
  if (session.empty() && start.empty()) {
    return std::nullopt;
  }
  std::string region(property(profile, "sso_region"));
  if (!session.empty()) {
    const auto section = config_.sso_sessions.find(session);
    if (section == config_.sso_sessions.end() || !section->second.contains("sso_region")) {
      return fail(Fault::invalid,
                  fmt::format("the profile {} names the sso-session {}, which is not there or has "
                              "no sso_region",
                              profile,
                              session));
    }
    region = section->second.at("sso_region");
  }
  SLUICE_TRY(token, token_of_sign_on(profile, session.empty() ? start : session));
  std::string endpoint = configured_endpoint(sources_, config_, profile, "sso");
  if (endpoint.empty()) {
    SLUICE_TRY(portal, public_endpoint("portal.sso", region));
    endpoint = std::move(portal);
  }
  FetchRequest request;
  request.url = fmt::format("{}/federation/credentials?account_id={}&role_name={}",
                            without_slash(endpoint),
                            percent_encode(property(profile, "sso_account_id"), Slash::encode),
                            percent_encode(property(profile, "sso_role_name"), Slash::encode));
  request.headers = {{"x-amz-sso_bearer_token", token.token}};
  SLUICE_TRY(answer, fetch_(request));
  if (answer.status != ok) {
    return fail(Fault::invalid,
                fmt::format("the sign-on of profile {} was refused with status {}: run aws sso "
                            "login --profile {}, and check sso_account_id and sso_role_name",
                            profile,
                            answer.status,
                            profile));
  }
  return read_sso_answer(answer.body);
}

Result<SsoToken> Search::token_of_sign_on(const std::string& profile,
                                          const std::string& name) const {
  const std::string path =
      fmt::format("{}/.aws/sso/cache/{}.json", variable("HOME"), sha1_hex(name));
  SLUICE_TRY(text, sources_.read(path));
  const std::string remedy = fmt::format("run aws sso login --profile {}", profile);
  if (!text) {
    return fail(Fault::missing, fmt::format("nobody has signed on for {}: {}", profile, remedy));
  }
  SLUICE_TRY(token, read_sso_token(*text));
  if (token.expires <= clock_.now()) {
    return fail(Fault::missing, fmt::format("the sign-on of {} has ended: {}", profile, remedy));
  }
  if (!is_header_value(token.token)) {
    return fail(Fault::invalid, fmt::format("{} holds no token: {}", path, remedy));
  }
  return token;
}

// Anything but a name of this machine would be handed the container's token in the clear.
bool is_safe_container_url(std::string_view url) {
  constexpr std::array<std::string_view, 6> plain = {
      "127.0.0.1", "localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  if (url.starts_with("https://")) {
    return true;
  }
  const std::string_view host = host_of(url);
  const std::size_t port = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
  return url.starts_with("http://") &&
         std::ranges::find(plain, host.substr(0, port)) != plain.end();
}

Search::Found Search::from_container() {
  FetchRequest request;
  request.timeout = metadata_timeout;
  if (const std::string relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
      !relative.empty()) {
    request.url = std::string(container_host) + relative;
  } else {
    request.url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  }
  if (request.url.empty()) {
    return std::nullopt;
  }
  if (!is_safe_container_url(request.url)) {
    return fail(
        Fault::invalid,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or an address of this machine or "
        "of the container's agent");
  }
  std::string token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
    SLUICE_TRY(text, read_file(file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    token = without_line_end(text);
  }
  if (!token.empty()) {
    if (!is_header_value(token)) {
      return fail(Fault::invalid, "the container's authorization token is no header's value");
    }
    request.headers = {{"Authorization", token}};
  }
  SLUICE_TRY(answer, fetch_(request));
  if (answer.status != ok) {
    return fail(Fault::unavailable,
                fmt::format("the container's agent answered {} instead of a key", answer.status));
  }
  return read_metadata_answer(answer.body);
}

Search::Found Search::from_instance() {
  if (const std::string off = variable("AWS_EC2_METADATA_DISABLED");
      off == "true" || off == "TRUE") {
    return std::nullopt;
  }
  std::string base = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (base.empty()) {
    base = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") == "IPv6" ? "http://[fd00:ec2::254]"
                                                                        : "http://169.254.169.254";
  }
  base = without_slash(base);
  FetchRequest request;
  request.timeout = metadata_timeout;
  request.method = "PUT";
  request.url = base + "/latest/api/token";
  request.headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  const auto token = fetch_(request);
  // Nobody there is the common case: this is no instance.
  if (!token || token->status != ok || !is_header_value(token->body)) {
    return std::nullopt;
  }
  request.method = "GET";
  request.headers = {{"x-aws-ec2-metadata-token", token->body}};
  const std::string roles = base + "/latest/meta-data/iam/security-credentials/";
  request.url = roles;
  SLUICE_TRY(listed, fetch_(request));
  const std::string role = listed.body.substr(0, listed.body.find_first_of("\r\n"));
  if (listed.status == not_found || role.empty()) {
    return std::nullopt;  // an instance without a role
  }
  request.url = roles + percent_encode(role, Slash::encode);
  SLUICE_TRY(answer, fetch_(request));
  if (listed.status != ok || answer.status != ok) {
    return fail(Fault::unavailable, "the instance's metadata service did not hand out its key");
  }
  return read_metadata_answer(answer.body);
}

Result<Bytes> Search::read_file(const std::string& path, std::string_view what) const {
  SLUICE_TRY(text, sources_.read(path));
  if (!text) {
    return fail(Fault::missing, fmt::format("{} names {}, which is not there", what, path));
  }
  return std::move(*text);
}

Result<TimedCredentials> Search::assume_by_token(const RoleCall& call, const std::string& file) {
  SLUICE_TRY(token, read_file(file, "the web identity's token file"));
  return ask_sts(call,
                 fmt::format("Action=AssumeRoleWithWebIdentity&WebIdentityToken={}",
                             percent_encode(without_line_end(token), Slash::encode)),
                 nullptr);
}

Result<TimedCredentials> Search::assume_by_key(const RoleCall& call, const Credentials& key) {
  std::string form = "Action=AssumeRole";
  if (!call.external_id.empty()) {
    form += "&ExternalId=" + percent_encode(call.external_id, Slash::encode);
  }
  return ask_sts(call, std::move(form), &key);
}

Result<TimedCredentials> Search::ask_sts(const RoleCall& call,
                                         std::string form,
                                         const Credentials* key) {
  std::string region = options_.region;
  if (region.empty()) {
    region = configured_region(sources_, config_, call.profile);
  }
  std::string endpoint = configured_endpoint(sources_, config_, call.profile, "sts");
  if (endpoint.empty() && region.empty()) {
    endpoint = "https://sts.amazonaws.com";
  } else if (endpoint.empty()) {
    SLUICE_TRY(regional, public_endpoint("sts", region));
    endpoint = std::move(regional);
  }
  form +=
      fmt::format("&Version=2011-06-15&RoleArn={}&RoleSessionName={}",
                  percent_encode(call.arn, Slash::encode),
                  percent_encode(call.session.empty() ? "sluice" : call.session, Slash::encode));
  if (!call.duration.empty()) {
    form += "&DurationSeconds=" + percent_encode(call.duration, Slash::encode);
  }
  FetchRequest request;
  request.method = "POST";
  request.url = std::string(without_slash(endpoint)) + "/";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                     {"Host", std::string(host_of(request.url))}};
  if (key != nullptr) {
    const std::vector<Header> headers(request.headers.begin(), request.headers.end());
    for (auto& header : sign({"POST", path_of(request.url), "", headers},
                             *key,
                             region.empty() ? "us-east-1" : region,
                             "sts",
                             to_hex(sha256(form)),
                             clock_.now())) {
      request.headers.push_back(std::move(header));
    }
  }
  request.body = std::move(form);
  SLUICE_TRY(answer, fetch_(request));
  if (answer.status != ok) {
    const std::string why = read_sts_refusal(answer.body);
    const bool is_passing = answer.status >= 500 || answer.status == 429;
    return fail(is_passing ? Fault::unavailable : Fault::invalid,
                fmt::format("STS does not give the role {} (status {}{}{}): check its trust policy "
                            "and who asks",
                            call.arn,
                            answer.status,
                            why.empty() ? "" : ", ",
                            why));
  }
  return read_sts_answer(answer.body);
}

}  // namespace

CredentialChain::CredentialChain(ClientSources sources,
                                 HttpFetch fetch,
                                 const Clock& clock,
                                 KeyOptions options)
    : sources_(std::move(sources)),
      fetch_(std::move(fetch)),
      clock_(clock),
      options_(std::move(options)) {}

Result<Credentials> CredentialChain::get() {
  const std::lock_guard lock(mutex_);
  const UnixMillis now = clock_.now();
  const bool lasts = last_ && (!last_->expires || now < *last_->expires);
  const bool is_fresh = lasts && (!last_->expires || now + renewal < *last_->expires);
  if (is_fresh) {
    return last_->key;
  }
  const bool may_ask = !failure_ || clock_.steady() >= next_try_;
  if (may_ask) {
    auto found = Search(sources_, fetch_, clock_, options_).run();
    if (found) {
      failure_.reset();
      last_ = std::move(*found);
      return last_->key;
    }
    failure_ = std::move(found).error();
    next_try_ = clock_.steady() + patience;
  }
  if (lasts) {
    return last_->key;
  }
  return std::unexpected(*failure_);
}

void CredentialChain::forget() {
  const std::lock_guard lock(mutex_);
  last_.reset();
}

}  // namespace sluice::aws
