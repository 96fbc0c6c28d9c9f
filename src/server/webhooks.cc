#include "server/webhooks.h"

#include "base/base64.h"
#include "base/count_text.h"
#include "base/digest.h"
#include "net/http_client.h"
#include "s3/event_message.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t secret_bytes_min = 24;
constexpr std::size_t secret_bytes_max = 64;

// Notifications of one request.
constexpr std::size_t batch_max = 100;

constexpr std::chrono::milliseconds first_pause{1'000};
constexpr std::chrono::milliseconds longest_pause{60'000};

constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;

}  // namespace

Result<Bytes> parse_webhook_secret(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  std::optional<Bytes> key;
  if (text.starts_with(secret_prefix)) {
    key = base64_decode(text.substr(secret_prefix.size()));
  }
  if (!key || key->size() < secret_bytes_min || key->size() > secret_bytes_max) {
    return fail(Fault::invalid,
                fmt::format("it must hold {0} and {1} to {2} bytes in base64; make one with: echo "
                            "\"{0}$(openssl rand -base64 32)\"",
                            secret_prefix,
                            secret_bytes_min,
                            secret_bytes_max));
  }
  return *std::move(key);
}

// Tells one service.
class Webhooks::Sender {
 public:
  Sender(WebhookSetting setting, std::optional<Bytes> secret, const Needs& needs)
      : setting_(std::move(setting)),
        secret_(std::move(secret)),
        source_{needs.account.region, needs.account.id, setting_.name},
        notifications_(needs.database),
        clock_(needs.clock),
        random_(needs.random),
        report_(needs.report),
        thread_([this] { run(); }) {}

  ~Sender() { stop(std::chrono::milliseconds(0)); }

  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  const std::string& name() const { return setting_.name; }

  bool wants(std::string_view bucket, std::string_view key) const {
    return (setting_.bucket.empty() || setting_.bucket == bucket) &&
           key.starts_with(setting_.prefix) && key.ends_with(setting_.suffix);
  }

  void wake() {
    {
      const std::lock_guard lock(mutex_);
      has_news_ = true;
    }
    changed_.notify_all();
  }

  // Tells the thread to end with what waits, or at once.
  void finish(bool sends_rest) {
    {
      const std::lock_guard lock(mutex_);
      is_finishing_ = true;
      is_stopped_ = is_stopped_ || !sends_rest;
    }
    changed_.notify_all();
  }

  void stop(std::chrono::milliseconds patience) {
    finish(patience.count() > 0);
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, patience, [this] { return has_ended_; });
    }
    finish(false);
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  Status status() {
    const auto waiting = notifications_.count(setting_.name);
    return {setting_.name, waiting.value_or(0), told_, failures_, given_up_};
  }

 private:
  void run() {
    pthread_setname_np(pthread_self(), "sluice-webhook");
    bool goes_on = true;
    while (goes_on) {
      auto sent = send_some();
      goes_on = sent ? after_success(*sent) : after_failure(sent.error());
    }
    {
      const std::lock_guard lock(mutex_);
      has_ended_ = true;
    }
    changed_.notify_all();
  }

  // Whether there was anything to send or give up.
  Result<bool> send_some() {
    {
      const std::lock_guard lock(mutex_);
      has_news_ = false;
      if (is_stopped_) {
        return false;
      }
    }
    SLUICE_TRY(page, notifications_.oldest(setting_.name, batch_max));
    if (page.last_id == 0) {
      return false;
    }
    if (!page.notifications.empty() &&
        page.notifications.front().time < clock_.now() - setting_.keep) {
      SLUICE_TRY_DO(give_up_old());
      return true;
    }
    if (page.damaged > 0) {
      report_(fmt::format("webhook {}: {} damaged in the database, and not sent",
                          setting_.name,
                          counted(page.damaged, "notification is", "notifications are")));
    }
    if (!page.notifications.empty()) {
      SLUICE_TRY_DO(send(page.notifications));
    }
    SLUICE_TRY_DO(notifications_.remove_through(setting_.name, page.last_id));
    told_ += page.notifications.size();
    given_up_ += page.damaged;
    return true;
  }

  Result<void> give_up_old() {
    SLUICE_TRY(removed, notifications_.remove_before(setting_.name, clock_.now() - setting_.keep));
    if (removed > 0) {
      given_up_ += removed;
      report_(fmt::format("webhook {}: {} given up after {} s without success",
                          setting_.name,
                          counted(removed, "notification was", "notifications were"),
                          setting_.keep.count()));
    }
    return {};
  }

  Result<void> send(const std::vector<store::Notification>& batch) {
    const std::string id =
        fmt::format("{}-{}-{}", setting_.name, batch.front().id, batch.back().id);
    const std::string time = fmt::format("{}", to_count(clock_.now()) / 1000);
    net::HttpClientRequest request;
    request.method = "POST";
    request.url = setting_.url;
    request.body = s3::event_message(source_, batch);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("User-Agent", "sluice");
    request.headers.add("webhook-id", id);
    request.headers.add("webhook-timestamp", time);
    if (secret_) {
      const std::string text = fmt::format("{}.{}.{}", id, time, request.body);
      const std::string signature = base64_encode(to_bytes(hmac_sha256(*secret_, text)));
      request.headers.add("webhook-signature", "v1," + signature);
    }
    request.timeout = setting_.timeout;
    request.answer_bytes_max = answer_bytes_max;
    request.is_stopped = [this] {
      const std::lock_guard lock(mutex_);
      return is_stopped_;
    };
    SLUICE_TRY(answer, client_.perform(request));
    if (answer.status < 200 || answer.status > 299) {
      return fail(Fault::unavailable,
                  fmt::format("POST {} was answered with status {}", setting_.url, answer.status));
    }
    return {};
  }

  // Waits for more to send; false: it is time to end.
  bool after_success(bool has_sent) {
    if (has_sent && pause_ > first_pause) {
      report_(fmt::format("webhook {}: {} answers again", setting_.name, setting_.url));
      pause_ = first_pause;
    }
    std::unique_lock lock(mutex_);
    if (!has_sent) {
      changed_.wait(lock, [this] { return has_news_ || is_finishing_; });
    }
    return !is_stopped_ && (has_sent || has_news_ || !is_finishing_);
  }

  // Waits for the next try; false: it is time to end.
  bool after_failure(const Error& error) {
    std::unique_lock lock(mutex_);
    if (is_stopped_) {
      return false;
    }
    ++failures_;
    if (pause_ == first_pause) {
      lock.unlock();
      report_(
          fmt::format("webhook {}: {}; what there is to tell is kept and tried again, at "
                      "least each minute",
                      setting_.name,
                      error.message()));
      lock.lock();
    }
    // Between half of the pause and all of it, so that many do not come at once.
    const auto half = static_cast<std::uint64_t>(pause_.count()) / 2;
    const std::chrono::milliseconds pause(half + random_.below(half));
    pause_ = std::min(2 * pause_, longest_pause);
    changed_.wait_for(lock, pause, [this] { return is_finishing_; });
    return !is_finishing_;
  }

  const WebhookSetting setting_;
  const std::optional<Bytes> secret_;
  const s3::EventSource source_;
  store::Notifications notifications_;
  const Clock& clock_;
  Random& random_;
  const std::function<void(const std::string& line)> report_;

  // Of the thread.
  net::HttpClient client_;
  std::chrono::milliseconds pause_ = first_pause;

  std::atomic<std::uint64_t> told_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  std::atomic<std::uint64_t> given_up_ = 0;

  std::mutex mutex_;  // guards those below
  std::condition_variable changed_;
  bool has_news_ = false;
  bool is_finishing_ = false;  // ends when nothing is left or can be sent
  bool is_stopped_ = false;    // ends at once
  bool has_ended_ = false;

  std::thread thread_;
};

Webhooks::Webhooks() = default;

Webhooks::~Webhooks() {
  stop(std::chrono::milliseconds(0));
}

Result<std::unique_ptr<Webhooks>> Webhooks::start(std::vector<WebhookSetting> settings,
                                                  Needs needs) {
  std::unique_ptr<Webhooks> hooks(new Webhooks());
  std::vector<std::string> names;
  names.reserve(settings.size());
  for (const WebhookSetting& setting : settings) {
    names.push_back(setting.name);
  }
  SLUICE_TRY(others, store::Notifications(needs.database).remove_others(names));
  if (others > 0) {
    needs.report(
        fmt::format("{} of webhooks that the configuration file no longer names {} given "
                    "up",
                    counted(others, "notification", "notifications"),
                    others == 1 ? "is" : "are"));
  }
  for (WebhookSetting& setting : settings) {
    std::optional<Bytes> secret;
    if (!setting.secret_file.empty()) {
      SLUICE_TRY(text, read_file(needs.files, setting.secret_file));
      auto parsed = parse_webhook_secret(text);
      if (!parsed) {
        return std::unexpected(std::move(parsed).error().within(
            fmt::format("webhook {}: {}", setting.name, setting.secret_file)));
      }
      secret = *std::move(parsed);
    }
    hooks->senders_.push_back(
        std::make_unique<Sender>(std::move(setting), std::move(secret), needs));
  }
  return hooks;
}

std::vector<std::string> Webhooks::receivers(std::string_view bucket,
                                             std::string_view key,
                                             s3::Creation) {
  std::vector<std::string> names;
  for (const auto& sender : senders_) {
    if (sender->wants(bucket, key)) {
      names.push_back(sender->name());
    }
  }
  return names;
}

void Webhooks::on_notifications() {
  for (const auto& sender : senders_) {
    sender->wake();
  }
}

void Webhooks::stop(std::chrono::milliseconds patience) {
  for (const auto& sender : senders_) {
    sender->finish(patience.count() > 0);
  }
  const auto end = std::chrono::steady_clock::now() + patience;
  for (const auto& sender : senders_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    sender->stop(std::max(left, std::chrono::milliseconds(0)));
  }
}

std::vector<Webhooks::Status> Webhooks::statuses() {
  std::vector<Status> all;
  all.reserve(senders_.size());
  for (const auto& sender : senders_) {
    all.push_back(sender->status());
  }
  return all;
}

}  // namespace sluice::server
