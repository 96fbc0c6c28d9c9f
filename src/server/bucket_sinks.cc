// One remote sink for each table [[s3]].
#include "server/bucket_sinks.h"

#include "aws/credential_chain.h"
#include "net/http_client_pool.h"
#include "server/config_s3.h"
#include "server/http_fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::size_t idle_clients_max = 32;  // of one S3

std::unexpected<Error> refuse(const S3Setting& setting, std::string_view what) {
  return fail(Fault::invalid, fmt::format("{}: {}", setting.place, what));
}

// The secret alone on its line; blanks around it are not part of it.
Result<std::string> read_secret(FileSystem& files, const S3Setting& setting) {
  const auto text = read_file(files, setting.secret_access_key_file);
  if (!text) {
    return refuse(setting,
                  fmt::format("secret_access_key_file cannot be read: {}", text.error().message()));
  }
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t begin = text->find_first_not_of(blank);
  std::string secret = begin == std::string::npos
                           ? ""
                           : text->substr(begin, text->find_last_not_of(blank) + 1 - begin);
  if (secret.empty() || secret.find_first_of(blank) != std::string::npos) {
    return refuse(setting,
                  fmt::format("secret_access_key_file {} must hold the secret key and nothing else",
                              setting.secret_access_key_file));
  }
  return secret;
}

// What S3 says of a key that was renewed or taken back meanwhile.
bool speaks_of_the_key(const net::HttpResponse& answer) {
  return (answer.status == 400 || answer.status == 403) &&
         (answer.body.contains("<Code>ExpiredToken</Code>") ||
          answer.body.contains("<Code>InvalidToken</Code>") ||
          answer.body.contains("<Code>InvalidAccessKeyId</Code>"));
}

// How a setting's requests get their key, and what goes with them.
struct Ways {
  s3::Exchange exchange;
  s3::CredentialsSource credentials;
};

Result<Ways> ways_of(const S3Setting& setting, const BucketSinks::Needs& needs) {
  const auto pool = std::make_shared<net::HttpClientPool>(idle_clients_max);
  if (!setting.access_key_id.empty()) {
    SLUICE_TRY(secret, read_secret(needs.files, setting));
    aws::Credentials key{setting.access_key_id, std::move(secret), {}};
    return Ways{[pool](const net::HttpClientRequest& request) { return pool->perform(request); },
                [key = std::move(key)]() -> Result<aws::Credentials> { return key; }};
  }
  const auto chain = std::make_shared<aws::CredentialChain>(
      needs.sources,
      fetch_by_http(),
      needs.clock,
      aws::KeyOptions{setting.profile, setting.client.store.region});
  return Ways{[pool, chain](const net::HttpClientRequest& request) {
                auto answer = pool->perform(request);
                if (answer && speaks_of_the_key(*answer)) {
                  chain->forget();
                }
                return answer;
              },
              [chain] { return chain->get(); }};
}

}  // namespace

BucketSinks::BucketSinks(std::vector<S3Setting> settings, Needs needs, RemoteBuckets remembered)
    : needs_(std::move(needs)),
      settings_(std::move(settings)),
      remembered_(std::move(remembered)) {}

Result<std::unique_ptr<BucketSinks>> BucketSinks::open(std::vector<S3Setting> settings,
                                                       Needs needs) {
  SLUICE_TRY(remembered, RemoteBuckets::load(needs.files, needs.data_directory));
  std::unique_ptr<BucketSinks> sinks(
      new BucketSinks(std::move(settings), std::move(needs), std::move(remembered)));
  for (const S3Setting& setting : sinks->settings_) {
    const std::string& bundle = setting.client.ca_bundle;
    if (!bundle.empty()) {
      if (const auto read = read_file(sinks->needs_.files, bundle); !read) {
        return refuse(setting, fmt::format("ca_bundle cannot be read: {}", read.error().message()));
      }
    }
    SLUICE_TRY(ways, ways_of(setting, sinks->needs_));
    sinks->remotes_.push_back(std::make_unique<s3::RemoteSink>(setting.client,
                                                               std::move(ways.exchange),
                                                               std::move(ways.credentials),
                                                               sinks->needs_.files,
                                                               sinks->needs_.clock,
                                                               sinks->needs_.random));
  }
  return sinks;
}

s3::RemoteSink* BucketSinks::remote_of(std::string_view bucket) const {
  const S3Setting* setting = setting_of(settings_, bucket);
  return setting == nullptr ? nullptr
                            : remotes_[static_cast<std::size_t>(setting - settings_.data())].get();
}

Result<void> BucketSinks::put(const delivery::ObjectPlan& plan, const std::string& spool_path) {
  s3::RemoteSink* remote = remote_of(plan.bucket);
  if (remote == nullptr) {
    return needs_.local.put(plan, spool_path);
  }
  SLUICE_TRY_DO(remembered_.add(plan.bucket));
  return remote->put(plan, spool_path);
}

// The first ones that go to the same place.
delivery::Sink::Outcome BucketSinks::put_all(std::span<const Sealed> sealed) {
  s3::RemoteSink* const remote = remote_of(sealed.front().plan.bucket);
  const auto end = std::ranges::find_if(
      sealed, [this, remote](const Sealed& one) { return remote_of(one.plan.bucket) != remote; });
  const auto together = std::span(sealed.begin(), end);
  if (remote == nullptr) {
    return needs_.local.put_all(together);
  }
  for (const Sealed& one : together) {
    if (auto added = remembered_.add(one.plan.bucket); !added) {
      return {.done = 0, .next = std::move(added)};
    }
  }
  return remote->put_all(together);
}

bool BucketSinks::is_remote(std::string_view bucket) const {
  return setting_of(settings_, bucket) != nullptr;
}

void BucketSinks::stop() {
  for (const auto& remote : remotes_) {
    remote->stop();
  }
}

aws::ClientSources sources_of_process(FileSystem& files) {
  return {.variable =
              [](const char* name) {
                const char* value = std::getenv(name);
                return std::string(value == nullptr ? "" : value);
              },
          .read = [&files](const std::string& path) -> Result<std::optional<Bytes>> {
            auto text = read_file(files, path);
            if (!text && text.error().fault() == Fault::missing) {
              return std::nullopt;
            }
            SLUICE_TRY(bytes, std::move(text));
            return std::optional(std::move(bytes));
          }};
}

}  // namespace sluice::server
