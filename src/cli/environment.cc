// What AWS's tools take from the environment.
#include "cli/environment.h"

#include "base/check.h"
#include "cli/interruption.h"

#include <cstdlib>
#include <ctime>

namespace sluice::cli {
namespace {

// Empty counts as not set.
std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_of(const char* first, const char* second, const char* otherwise) {
  std::string value = variable(first);
  if (value.empty()) {
    value = variable(second);
  }
  return value.empty() ? otherwise : value;
}

}  // namespace

std::string endpoint_of_environment() {
  return first_of("AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
}

std::string region_of_environment() {
  return first_of("AWS_REGION", "AWS_DEFAULT_REGION", "us-east-1");
}

aws::Credentials credentials_of_environment() {
  aws::Credentials credentials{variable("AWS_ACCESS_KEY_ID"),
                               variable("AWS_SECRET_ACCESS_KEY"),
                               variable("AWS_SESSION_TOKEN")};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return {"sluice", "sluice", ""};
  }
  return credentials;
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
