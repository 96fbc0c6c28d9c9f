#include "cli/environment.h"

#include "base/check.h"
#include "base/file_system.h"
#include "cli/interruption.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <optional>
#include <utility>

namespace sluice::cli {
namespace {

constexpr const char* local_endpoint = "http://127.0.0.1:4566";
constexpr const char* local_region = "us-east-1";

// Empty counts as not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::optional<Bytes>> read_if_there(const std::string& path) {
  const auto files = make_posix_file_system();
  auto bytes = read_file(*files, path);
  if (bytes) {
    return std::optional(std::move(*bytes));
  }
  if (bytes.error().fault() == Fault::missing) {
    return std::optional<Bytes>();
  }
  return std::unexpected(std::move(bytes).error());
}

}  // namespace

Result<ServiceAddress> resolve_service(const ServiceOptions& options,
                                       const aws::ClientSettings& found,
                                       std::string_view service) {
  ServiceAddress address;
  address.region = options.region.empty() ? found.region : options.region;
  if (options.is_aws) {
    if (!options.endpoint.empty()) {
      return fail(Fault::invalid, "--endpoint and --aws name two servers; give one of them");
    }
    SLUICE_TRY(endpoint, aws::public_endpoint(service, address.region));
    if (!found.credentials) {
      return fail(Fault::invalid,
                  found.refused.empty()
                      ? fmt::format("AWS wants a key: set AWS_ACCESS_KEY_ID and "
                                    "AWS_SECRET_ACCESS_KEY, or give the profile {} one with aws "
                                    "configure",
                                    found.profile)
                      : "AWS wants a key, and " + found.refused);
    }
    address.endpoint = std::move(endpoint);
    address.credentials = *found.credentials;
    return address;
  }
  address.endpoint = options.endpoint.empty() ? found.endpoint : options.endpoint;
  if (address.endpoint.empty()) {
    address.endpoint = local_endpoint;
  }
  if (address.region.empty()) {
    address.region = local_region;
  }
  address.credentials = found.credentials.value_or(aws::Credentials{"sluice", "sluice", ""});
  return address;
}

Result<aws::ClientSettings> client_settings_of_process(std::string_view service) {
  return aws::load_client_settings({variable, read_if_there}, service);
}

bool pause_unless_interrupted(std::chrono::milliseconds time) {
  SLUICE_CHECK(time.count() >= 0);
  if (Interruption::has_happened()) {
    return false;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec wait{static_cast<std::time_t>(seconds.count()),
                      static_cast<long>(std::chrono::nanoseconds(time - seconds).count())};
  // Cut short by a signal only.
  static_cast<void>(::nanosleep(&wait, nullptr));
  return !Interruption::has_happened();
}

}  // namespace sluice::cli
