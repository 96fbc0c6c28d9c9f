#include "aws/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::aws {
namespace {

struct Places {
  std::string config;
  std::string credentials;
};

// "~/x" below the home folder; without one it stays as it is.
std::string expanded(const std::string& path, const std::string& home) {
  return path.starts_with("~/") && !home.empty() ? home + path.substr(1) : path;
}

Places places_of(const ClientSources& sources) {
  const std::string home = sources.variable("HOME");
  Places places{sources.variable("AWS_CONFIG_FILE"),
                sources.variable("AWS_SHARED_CREDENTIALS_FILE")};
  if (places.config.empty()) {
    places.config = "~/.aws/config";
  }
  if (places.credentials.empty()) {
    places.credentials = "~/.aws/credentials";
  }
  return {expanded(places.config, home), expanded(places.credentials, home)};
}

Result<void> read_one(const ClientSources& sources,
                      const std::string& path,
                      SharedFile file,
                      SharedConfig& into) {
  SLUICE_TRY(text, sources.read(path));
  if (!text) {
    return {};
  }
  if (auto read = read_shared_file(*text, file, into); !read) {
    return std::unexpected(std::move(read).error().within("cannot read " + path));
  }
  return {};
}

bool is_true(std::string_view text) {
  return text == "true" || text == "TRUE" || text == "True";
}

// Half a key is a mistake that is better told than passed over.
Result<std::optional<Credentials>> whole_key(Credentials key,
                                             std::string_view id_name,
                                             std::string_view secret_name,
                                             std::string_view where) {
  if (key.access_key_id.empty() != key.secret_access_key.empty()) {
    const bool lacks_secret = key.secret_access_key.empty();
    return fail(Fault::invalid,
                fmt::format("{} has {} but no {}; give both or neither",
                            where,
                            lacks_secret ? id_name : secret_name,
                            lacks_secret ? secret_name : id_name));
  }
  if (key.access_key_id.empty()) {
    return std::nullopt;
  }
  return key;
}

// The key of the environment, or of the profile.
Result<void> find_key(const ClientSources& sources,
                      const SharedConfig& config,
                      ClientSettings& settings) {
  SLUICE_TRY(of_environment, key_of_environment(sources));
  if (of_environment) {
    settings.credentials = std::move(of_environment);
    return {};
  }
  SLUICE_TRY(of_profile, key_of_profile(config, settings.profile));
  if (of_profile) {
    settings.credentials = std::move(of_profile);
    return {};
  }
  constexpr std::array<std::string_view, 5> elsewhere = {
      "credential_process", "sso_session", "sso_start_url", "role_arn", "web_identity_token_file"};
  for (const std::string_view name : elsewhere) {
    if (!config.property(settings.profile, name).empty()) {
      settings.refused = fmt::format(
          "the profile {} gets its key through {}, which is not done here; run "
          "eval \"$(aws configure export-credentials --profile {} --format env)\" first",
          settings.profile,
          name,
          settings.profile);
      return {};
    }
  }
  return {};
}

}  // namespace

Result<SharedConfig> load_shared_config(const ClientSources& sources) {
  const Places places = places_of(sources);
  SharedConfig config;
  SLUICE_TRY_DO(read_one(sources, places.config, SharedFile::config, config));
  SLUICE_TRY_DO(read_one(sources, places.credentials, SharedFile::credentials, config));
  return config;
}

Result<std::optional<Credentials>> key_of_environment(const ClientSources& sources) {
  return whole_key({sources.variable("AWS_ACCESS_KEY_ID"),
                    sources.variable("AWS_SECRET_ACCESS_KEY"),
                    sources.variable("AWS_SESSION_TOKEN")},
                   "AWS_ACCESS_KEY_ID",
                   "AWS_SECRET_ACCESS_KEY",
                   "the environment");
}

Result<std::optional<Credentials>> key_of_profile(const SharedConfig& config,
                                                  const std::string& profile) {
  return whole_key({std::string(config.property(profile, "aws_access_key_id")),
                    std::string(config.property(profile, "aws_secret_access_key")),
                    std::string(config.property(profile, "aws_session_token"))},
                   "aws_access_key_id",
                   "aws_secret_access_key",
                   fmt::format("the profile {}", profile));
}

std::string configured_endpoint(const ClientSources& sources,
                                const SharedConfig& config,
                                const std::string& profile,
                                std::string_view service) {
  if (is_true(sources.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) ||
      is_true(config.property(profile, "ignore_configured_endpoint_urls"))) {
    return {};
  }
  std::string own_variable = fmt::format("AWS_ENDPOINT_URL_{}", service);
  std::ranges::transform(own_variable, own_variable.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  for (const char* name : {own_variable.c_str(), "AWS_ENDPOINT_URL"}) {
    if (std::string value = sources.variable(name); !value.empty()) {
      return value;
    }
  }
  const auto services = config.services.find(config.property(profile, "services"));
  if (services != config.services.end()) {
    const auto own = services->second.find(fmt::format("{}.endpoint_url", service));
    if (own != services->second.end() && !own->second.empty()) {
      return own->second;
    }
  }
  return std::string(config.property(profile, "endpoint_url"));
}

std::string configured_region(const ClientSources& sources,
                              const SharedConfig& config,
                              const std::string& profile) {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string value = sources.variable(name); !value.empty()) {
      return value;
    }
  }
  return std::string(config.property(profile, "region"));
}

Result<ClientSettings> load_client_settings(const ClientSources& sources,
                                            std::string_view service) {
  ClientSettings settings;
  settings.profile = sources.variable("AWS_PROFILE");
  const bool is_named = !settings.profile.empty();
  if (!is_named) {
    settings.profile = "default";
  }
  SLUICE_TRY(config, load_shared_config(sources));
  if (is_named && !config.profiles.contains(settings.profile)) {
    const Places places = places_of(sources);
    return fail(Fault::missing,
                fmt::format("AWS_PROFILE names {}, and neither {} nor {} has that profile",
                            settings.profile,
                            places.config,
                            places.credentials));
  }
  SLUICE_TRY_DO(find_key(sources, config, settings));
  settings.region = configured_region(sources, config, settings.profile);
  settings.endpoint = configured_endpoint(sources, config, settings.profile, service);
  return settings;
}

Result<std::string> public_endpoint(std::string_view service, std::string_view region) {
  const bool is_name = !region.empty() && std::ranges::all_of(region, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!is_name) {
    return fail(Fault::invalid,
                region.empty() ? "no region is set; name one with --region, AWS_REGION or the "
                                 "profile's region"
                               : "that is no region's name; write it as eu-west-1");
  }
  return fmt::format(
      "https://{}.{}.amazonaws.com{}", service, region, region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace sluice::aws
