// One try for each call: the runner is who tries again.
#include "s3/remote_sink.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::s3 {
namespace {

constexpr std::string_view digest_name = "sluice-sha256";

// A failure without what differs each time it is met: numbers, and the id of the request.
std::string in_essence(std::string_view message) {
  std::string out;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (message.substr(at).starts_with("(request ")) {
      at = std::min(message.find(')', at), message.size() - 1);
    } else if (message[at] < '0' || message[at] > '9') {
      out.push_back(message[at]);
    }
  }
  return out;
}

S3ClientSettings stopped_by(std::function<bool()> is_stopped, S3ClientSettings settings) {
  settings.patience.is_stopped = std::move(is_stopped);
  return settings;
}

ObjectUpload upload_of(const delivery::ObjectPlan& plan, std::shared_ptr<const File> file) {
  ObjectUpload upload{.bucket = plan.bucket,
                      .key = plan.key,
                      .file = std::move(file),
                      .bytes = plan.bytes,
                      .sha256 = plan.sha256,
                      .md5 = plan.md5,
                      .content_type = plan.content_type,
                      .content_encoding = plan.content_encoding,
                      .metadata = plan.metadata};
  upload.metadata.emplace(digest_name, to_hex(plan.sha256));
  return upload;
}

}  // namespace

struct RemoteSink::Stop {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_set = false;

  bool is_stopped() {
    const std::lock_guard lock(mutex);
    return is_set;
  }
};

RemoteSink::RemoteSink(S3ClientSettings settings,
                       Exchange exchange,
                       CredentialsSource credentials,
                       FileSystem& files,
                       const Clock& clock,
                       Random& random)
    : files_(files),
      clock_(clock),
      random_(random),
      stop_(std::make_shared<Stop>()),
      client_(stopped_by([stop = stop_] { return stop->is_stopped(); }, std::move(settings)),
              std::move(exchange),
              std::move(credentials),
              clock) {}

void RemoteSink::stop() {
  const std::lock_guard lock(stop_->mutex);
  stop_->is_set = true;
  stop_->changed.notify_all();
}

Result<void> RemoteSink::put(const delivery::ObjectPlan& plan, const std::string& spool_path) {
  SLUICE_TRY_DO(wait_for_turn());
  auto done = put_once(plan, spool_path);
  note(done);
  const std::string place = fmt::format("{}/{}", plan.bucket, plan.key);
  if (done) {
    const std::lock_guard lock(mutex_);
    failures_.erase(place);
    return done;
  }
  return std::unexpected(
      as_before(place, std::move(done).error().within(fmt::format("plan {}", plan.number.value))));
}

delivery::Sink::Outcome RemoteSink::put_all(std::span<const Sealed> sealed) {
  bool is_alone = false;
  {
    const std::lock_guard lock(mutex_);
    is_alone = has_failed_;
  }
  const auto some = sealed.first(std::min(sealed.size(), is_alone ? 1 : puts_at_once));
  std::vector<Result<void>> results(some.size());
  const auto put_one = [&](std::size_t i) { results[i] = put(some[i].plan, some[i].spool_path); };
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < some.size(); ++i) {
      others.emplace_back([&put_one, i] { put_one(i); });
      pthread_setname_np(others.back().native_handle(), "s3-put");
    }
    put_one(0);
  }
  const auto failed = std::ranges::find_if(results, [](const auto& one) { return !one; });
  Outcome outcome{.done = static_cast<std::size_t>(failed - results.begin())};
  if (failed != results.end()) {
    outcome.next = std::move(*failed);
  }
  return outcome;
}

Result<void> RemoteSink::wait_for_turn() {
  std::chrono::nanoseconds wait{0};
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.steady();
    wait = pace_.admit(now) - now;
  }
  std::unique_lock lock(stop_->mutex);
  if (stop_->is_set || stop_->changed.wait_for(lock, wait, [this] { return stop_->is_set; })) {
    return fail(Fault::cancelled, "puts have been stopped");
  }
  return {};
}

void RemoteSink::note(const Result<void>& done) {
  const std::lock_guard lock(mutex_);
  has_failed_ = !done;
  if (done) {
    pace_.succeeded();
  } else if (done.error().fault() == Fault::throttled) {
    pace_.overloaded(clock_.steady(), random_);
  }
}

// The runner tells of a failure when it is another one than before.
Error RemoteSink::as_before(const std::string& place, Error error) {
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = failures_.emplace(place, error);
  if (!is_new && (known->second.fault() != error.fault() ||
                  in_essence(known->second.message()) != in_essence(error.message()))) {
    known->second = std::move(error);
  }
  return known->second;
}

Result<void> RemoteSink::put_once(const delivery::ObjectPlan& plan,
                                  const std::string& spool_path) const {
  auto file = files_.open(spool_path, OpenMode::read);
  if (!file && file.error().fault() == Fault::missing) {
    auto confirmed = confirm(plan);
    if (!confirmed && confirmed.error().fault() == Fault::missing) {
      return fail(Fault::missing,
                  fmt::format("spool file {} is gone, and object {} is not in bucket {}",
                              spool_path,
                              plan.key,
                              plan.bucket));
    }
    return confirmed;
  }
  if (!file) {
    return std::unexpected(std::move(file).error());
  }
  auto done = client_.put(upload_of(plan, std::move(*file)));
  if (!done && done.error().fault() == Fault::conflict) {
    // If-None-Match: an earlier try may have taken effect.
    return confirm(plan);
  }
  return done;
}

Result<void> RemoteSink::confirm(const delivery::ObjectPlan& plan) const {
  SLUICE_TRY(object, client_.head(plan.bucket, plan.key));
  const auto digest = object.metadata.find(std::string(digest_name));
  if (object.bytes == plan.bytes && digest != object.metadata.end() &&
      digest->second == to_hex(plan.sha256)) {
    return {};
  }
  return fail(Fault::conflict,
              fmt::format("object {} of bucket {} is another one ({} bytes instead of {}): move it "
                          "away, or bring back what was put",
                          plan.key,
                          plan.bucket,
                          object.bytes,
                          plan.bytes));
}

}  // namespace sluice::s3
