#include "heartrate/recorder.h"

#include "base/check.h"
#include "heartrate/session_id.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::heartrate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds back_off_first{500};
constexpr milliseconds back_off_max{30'000};

// Tries without an answer before anything was recorded; afterwards there is no limit.
constexpr int first_failures_max = 3;

// What a recorder leaves in the spool for the one after it.
struct SessionMemo {
  std::string device;
  std::string session;
  std::int64_t seq = 0;
  SampleTime time{};
};

std::optional<SessionMemo> read_memo(const Bytes& memo) {
  const auto document = json::Document::parse(memo);
  if (!document || !document->root().is(json::Kind::object)) {
    return std::nullopt;
  }
  const json::View root = document->root();
  const auto device = root.find("device").as_string();
  const auto session = root.find("session").as_string();
  const auto seq = root.find("seq").as_int64();
  const auto time = parse_sample_time(root.find("time").as_string().value_or(""));
  if (!device || !session || !seq || !time) {
    return std::nullopt;
  }
  return SessionMemo{std::string(*device), std::string(*session), *seq, *time};
}

}  // namespace

Recorder::Recorder(RecorderSettings settings, RecorderWorld world, RecorderObserver& observer)
    : settings_(std::move(settings)), world_(std::move(world)), observer_(observer) {
  if (settings_.duration) {
    end_at_ = world_.clock.steady() + std::max(*settings_.duration, search_min);
  }
}

Result<void> Recorder::run() {
  while (state_ != State::ended) {
    SLUICE_TRY_DO(step());
  }
  return {};
}

bool Recorder::is_over() const {
  return !world_.keep_on() || (end_at_ && world_.clock.steady() >= *end_at_);
}

Result<void> Recorder::step() {
  SLUICE_CHECK(state_ != State::ended);
  if (is_over()) {
    const bool is_found = counts_.links > 0 || !world_.keep_on();
    end();
    return is_found
               ? Result<void>()
               : fail(Fault::missing,
                      fmt::format("{} did not come into range; wear it, or name another (sluice "
                                  "heartrate scan lists them)",
                                  settings_.sensor));
  }
  if (state_ == State::linked) {
    listen();
    return {};
  }
  return connect();
}

Result<void> Recorder::connect() {
  state_ = State::looking;
  milliseconds patience = settings_.connect_patience;
  if (end_at_) {
    patience =
        std::min(patience, std::chrono::ceil<milliseconds>(*end_at_ - world_.clock.steady()));
  }
  // Once known it is called by its address: names may be shared.
  auto linked =
      world_.radio.connect(device_.empty() ? settings_.sensor : device_, patience, [this] {
        observer_.on_time();
        return !is_over();
      });
  if (!linked) {
    const Fault fault = linked.error().fault();
    const bool is_worth_a_try = counts_.links > 0 || fault == Fault::missing ||
                                fault == Fault::cancelled ||
                                (fault == Fault::unavailable && failures_ + 1 < first_failures_max);
    if (!is_worth_a_try) {
      end();
      return std::unexpected(std::move(linked).error());
    }
    if (is_over()) {
      return {};
    }
    if (fault == Fault::missing) {
      failures_ = 0;  // it was looked for all the while: no need to spare anybody
    }
    lose_link(linked.error().message());
    return {};
  }
  link_ = std::move(*linked);
  device_ = link_->info().address;
  state_ = State::linked;
  heard_at_ = world_.clock.steady();
  ++counts_.links;
  if (counts_.links == 1 && settings_.duration) {
    end_at_ = world_.clock.steady() + *settings_.duration;
  }
  observer_.on_connected(link_->info(), link_->location());
  return {};
}

void Recorder::listen() {
  auto event = link_->wait(settings_.wait_patience);
  for (std::size_t taken = 0; event && taken < sync_beats_max; ++taken) {
    take(*event);
    event = link_ ? link_->wait(milliseconds(0)) : std::nullopt;
  }
  if (event) {
    take(*event);
  }
  keep_pending();
  if (link_ && world_.clock.steady() - heard_at_ >= silence_max) {
    lose_link(fmt::format("no notification for {} s", silence_max.count()));
  }
  observer_.on_time();
}

void Recorder::take(const SensorEvent& event) {
  if (const auto* lost = std::get_if<LinkLost>(&event)) {
    lose_link(lost->why);
    return;
  }
  take_notification(std::get<Notification>(event));
}

void Recorder::take_notification(const Notification& notification) {
  heard_at_ = world_.clock.steady();
  failures_ = 0;
  const bool is_repeat = last_packet_time_ && notification.packet == last_packet_ &&
                         notification.time >= *last_packet_time_ &&
                         notification.time - *last_packet_time_ < repeat_within;
  last_packet_ = notification.packet;
  last_packet_time_ = notification.time;
  if (is_repeat) {
    ++counts_.repeated;
    return;
  }
  const auto decoded = decode_measurement(notification.packet);
  if (!decoded) {
    ++counts_.malformed;
    observer_.on_malformed(notification.packet, decoded.error());
    return;
  }
  counts_.odd += decoded->warnings.any() ? 1 : 0;
  if (unkept_.size() >= unkept_beats_max) {
    ++counts_.lost;
    return;
  }
  const Beat beat = make_beat(notification, decoded->measurement);
  unkept_.push_back({beat, to_record(beat, settings_.fields)});
  // Written at once, so that a kill finds nothing of it in memory; synced with its neighbours.
  write_unkept();
}

void Recorder::write_unkept() {
  while (!unkept_.empty()) {
    const Pending& next = unkept_.front();
    if (auto kept = world_.spool.append({device_, next.record}, memo(next.beat)); !kept) {
      note_disk_trouble(kept.error());
      break;
    }
    unsynced_.push_back(next.beat);
    unkept_.pop_front();
  }
  counts_.unkept = unkept_.size();
}

void Recorder::note_disk_trouble(const Error& error) {
  if (!std::exchange(is_disk_in_trouble_, true)) {
    observer_.on_disk_trouble(error);
  }
}

Beat Recorder::make_beat(const Notification& notification, const Measurement& measurement) {
  begin_or_resume_session(notification.time);
  Beat beat = to_beat(measurement, notification.time);
  beat.device_id = device_;
  beat.session_id = session_id_;
  beat.seq = ++seq_;
  if (std::exchange(is_resumed_, false) && last_time_) {
    beat.resumed_after_s =
        std::chrono::duration<double>(std::chrono::round<milliseconds>(beat.time - *last_time_))
            .count();
  }
  last_time_ = beat.time;
  return beat;
}

void Recorder::begin_or_resume_session(SampleTime now) {
  if (!session_id_.empty()) {
    return;
  }
  const auto before = read_memo(world_.spool.memo());
  if (before && before->device == device_ && before->time <= now &&
      now - before->time <= session_gap) {
    session_id_ = before->session;
    seq_ = before->seq;
    last_time_ = before->time;
    is_resumed_ = true;
    return;
  }
  session_id_ = new_session_id(now, world_.random);
}

Bytes Recorder::memo(const Beat& beat) const {
  Bytes out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("device", beat.device_id);
  writer.member("session", beat.session_id);
  writer.member("seq", beat.seq.value_or(0));
  writer.member("time", to_text(beat.time));
  writer.end_object();
  return out;
}

void Recorder::keep_pending() {
  write_unkept();
  if (unsynced_.empty()) {
    return;
  }
  if (auto synced = world_.spool.sync(); !synced) {
    note_disk_trouble(synced.error());
    return;
  }
  is_disk_in_trouble_ = !unkept_.empty();
  for (const Beat& beat : std::exchange(unsynced_, {})) {
    ++counts_.beats;
    observer_.on_beat(beat);
  }
}

void Recorder::lose_link(const std::string& why) {
  link_ = nullptr;
  state_ = State::waiting;
  is_resumed_ = last_time_.has_value();
  keep_pending();
  milliseconds wait = back_off();
  observer_.on_disconnected(why, wait);
  constexpr milliseconds slice{200};
  while (wait.count() > 0 && !is_over()) {
    const milliseconds part = std::min(wait, slice);
    world_.pause(part);
    wait -= part;
    observer_.on_time();
  }
}

milliseconds Recorder::back_off() {
  constexpr int doublings_max = 10;
  const auto longest =
      std::min(back_off_max, back_off_first * (1 << std::min(failures_, doublings_max)));
  ++failures_;
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  return milliseconds(half + world_.random.below(half + 1));
}

void Recorder::end() {
  link_ = nullptr;
  keep_pending();
  state_ = State::ended;
}

}  // namespace sluice::heartrate
