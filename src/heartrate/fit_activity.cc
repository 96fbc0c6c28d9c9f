// Sessions as a FIT activity.
#include "heartrate/fit_activity.h"

#include "base/check.h"
#include "heartrate/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace sluice::heartrate {
namespace {

using std::chrono::microseconds;

// Numbers of the profile: messages, and values of their fields.
namespace message {
constexpr std::uint16_t file_id = 0;
constexpr std::uint16_t session = 18;
constexpr std::uint16_t lap = 19;
constexpr std::uint16_t record = 20;
constexpr std::uint16_t event = 21;
constexpr std::uint16_t device_info = 23;
constexpr std::uint16_t activity = 34;
constexpr std::uint16_t hrv = 78;
constexpr std::uint16_t field_description = 206;
constexpr std::uint16_t developer_data_id = 207;
}  // namespace message

constexpr std::uint8_t file_activity = 4;
constexpr std::uint16_t manufacturer_development = 255;
constexpr std::uint8_t event_timer = 0;
constexpr std::uint8_t event_session = 8;
constexpr std::uint8_t event_lap = 9;
constexpr std::uint8_t event_activity = 26;
constexpr std::uint8_t event_start = 0;
constexpr std::uint8_t event_stop = 1;
constexpr std::uint8_t event_stop_all = 4;
constexpr std::uint8_t sport_generic = 0;
constexpr std::uint8_t lap_trigger_session_end = 7;
constexpr std::uint8_t session_trigger_activity_end = 0;
constexpr std::uint8_t activity_manual = 0;
constexpr std::uint8_t device_index_creator = 0;
constexpr std::uint8_t device_index_sensor = 1;
constexpr std::uint8_t source_bluetooth_low_energy = 3;

// Layouts under way; hrv messages have one for each number of intervals.
constexpr std::uint8_t local_single = 0;
constexpr std::uint8_t local_event = 1;
constexpr std::uint8_t local_record = 2;
constexpr std::uint8_t local_hrv = 2;  // + number of intervals
constexpr std::size_t hrv_intervals_max = 5;

// Developer fields.
constexpr std::uint8_t field_microsecond = 0;
constexpr std::uint8_t field_rr_ms = 1;

// Says whose developer fields these are: a random UUID.
constexpr std::array<std::uint8_t, 16> application_id = {
    0x6f, 0x5a, 0x1d, 0x3e, 0x8b, 0x27, 0x4c, 0x90, 0x9d, 0x42, 0x17, 0xe6, 0xb3, 0x0c, 0x58, 0xa1};

constexpr std::uint8_t name_bytes = 32;
constexpr std::uint8_t unit_bytes = 8;
constexpr std::uint8_t product_name_bytes = 64;
constexpr std::int32_t rate_max = 254;
constexpr double hrv_ms_max = 65'534;

// Times fit_activity.h allows.
std::uint32_t fit_seconds(SampleTime time) {
  SLUICE_CHECK(time >= fit_time_min);
  SLUICE_CHECK(time <= fit_time_max);
  constexpr auto epoch = std::chrono::sys_days(std::chrono::year(1989) / 12 / 31);
  return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(time - epoch).count());
}

std::uint32_t microsecond_of(SampleTime time) {
  return static_cast<std::uint32_t>(
      (time - std::chrono::floor<std::chrono::seconds>(time)).count());
}

// In milliseconds, as fields of 32 bits hold them.
std::uint32_t fit_duration(microseconds duration) {
  return static_cast<std::uint32_t>(
      std::chrono::round<std::chrono::milliseconds>(duration).count());
}

std::uint8_t fit_rate(double rate) {
  return rate <= rate_max ? static_cast<std::uint8_t>(std::lround(rate)) : fit_no_uint8;
}

bool is_exact_in_hrv(double ms) {
  return ms <= hrv_ms_max && ms == std::floor(ms);
}

bool needs_exact_intervals(const Session& session) {
  return std::ranges::any_of(session.beats, [](const Beat& beat) {
    return !std::ranges::all_of(beat.rr_ms, is_exact_in_hrv);
  });
}

class Activity {
 public:
  Exported write(std::span<const SessionToExport> sessions);

 private:
  void write_head(const Session& first, bool has_exact_intervals);
  void describe_field(std::uint8_t number,
                      FitType type,
                      std::string_view name,
                      std::string_view unit);
  void write_device(SampleTime time, std::uint8_t index, std::string_view name);
  void write_session(const SessionToExport& one, std::uint16_t index);
  void write_event(SampleTime time, std::uint8_t type);
  void write_record(const Beat& beat);
  void write_intervals(const std::vector<double>& rr_ms, bool has_exact_intervals);
  void write_lap(const SessionToExport& one, std::uint16_t index);
  void write_totals(const SessionToExport& one, std::uint16_t index);
  void write_tail(std::span<const SessionToExport> sessions);

  FitWriter fit_;
  std::uint64_t rates_left_out_ = 0;
};

Exported Activity::write(std::span<const SessionToExport> sessions) {
  write_head(*sessions.front().session,
             std::ranges::any_of(sessions, [](const SessionToExport& one) {
               return needs_exact_intervals(*one.session);
             }));
  std::uint16_t index = 0;
  for (const SessionToExport& one : sessions) {
    write_session(one, index++);
  }
  write_tail(sessions);
  Exported out{std::move(fit_).finish(), {}};
  if (rates_left_out_ > 0) {
    out.remarks.push_back(fmt::format(
        "{} rates above {} are left out: FIT has no number for them", rates_left_out_, rate_max));
  }
  return out;
}

void Activity::write_head(const Session& first, bool has_exact_intervals) {
  fit_.define(local_single,
              {.message = message::file_id,
               .fields = {{0, FitType::enumeration},
                          {1, FitType::uint16},
                          {2, FitType::uint16},
                          {4, FitType::uint32}},
               .developer_fields = {}});
  fit_.begin(local_single);
  fit_.put(file_activity);
  fit_.put(manufacturer_development);
  fit_.put(std::uint16_t{0});
  fit_.put(fit_seconds(first.start()));

  fit_.define(local_single,
              {.message = message::developer_data_id,
               .fields = {{1, FitType::byte, application_id.size()},
                          {3, FitType::uint8},
                          {4, FitType::uint32}},
               .developer_fields = {}});
  fit_.begin(local_single);
  for (const std::uint8_t byte : application_id) {
    fit_.put(byte);
  }
  fit_.put(std::uint8_t{0});
  fit_.put(std::uint32_t{1});

  describe_field(field_microsecond, FitType::uint32, "microsecond", "us");
  if (has_exact_intervals) {
    describe_field(field_rr_ms, FitType::float64, "rr_ms", "ms");
  }
  write_device(first.start(), device_index_creator, "Sluice");

  fit_.define(
      local_event,
      {.message = message::event,
       .fields = {{253, FitType::uint32}, {0, FitType::enumeration}, {1, FitType::enumeration}},
       .developer_fields = {}});
  fit_.define(local_record,
              {.message = message::record,
               .fields = {{253, FitType::uint32}, {3, FitType::uint8}},
               .developer_fields = {{field_microsecond, FitType::uint32}}});
}

void Activity::describe_field(std::uint8_t number,
                              FitType type,
                              std::string_view name,
                              std::string_view unit) {
  fit_.define(local_single,
              {.message = message::field_description,
               .fields = {{0, FitType::uint8},
                          {1, FitType::uint8},
                          {2, FitType::uint8},
                          {3, FitType::string, name_bytes},
                          {8, FitType::string, unit_bytes}},
               .developer_fields = {}});
  fit_.begin(local_single);
  fit_.put(std::uint8_t{0});
  fit_.put(number);
  fit_.put(static_cast<std::uint8_t>(type));
  fit_.put_text(name, name_bytes);
  fit_.put_text(unit, unit_bytes);
}

void Activity::write_device(SampleTime time, std::uint8_t index, std::string_view name) {
  fit_.define(local_single,
              {.message = message::device_info,
               .fields = {{253, FitType::uint32},
                          {0, FitType::uint8},
                          {2, FitType::uint16},
                          {25, FitType::enumeration},
                          {27, FitType::string, product_name_bytes}},
               .developer_fields = {}});
  fit_.begin(local_single);
  fit_.put(fit_seconds(time));
  fit_.put(index);
  fit_.put(manufacturer_development);
  fit_.put(index == device_index_creator ? fit_no_uint8 : source_bluetooth_low_energy);
  fit_.put_text(name, product_name_bytes);
}

void Activity::write_session(const SessionToExport& one, std::uint16_t index) {
  const Session& session = *one.session;
  const bool has_exact_intervals = needs_exact_intervals(session);
  if (one.figures->variability) {
    for (std::uint8_t count = 1; count <= hrv_intervals_max; ++count) {
      FitLayout layout{
          .message = message::hrv, .fields = {{0, FitType::uint16, count}}, .developer_fields = {}};
      if (has_exact_intervals) {
        layout.developer_fields = {{field_rr_ms, FitType::float64, count}};
      }
      fit_.define(static_cast<std::uint8_t>(local_hrv + count), layout);
    }
  }
  if (!session.device_id.empty()) {
    write_device(session.start(), device_index_sensor, session.device_id);
  }
  write_event(session.start(), event_start);
  for (const Beat& beat : session.beats) {
    write_record(beat);
    write_intervals(beat.rr_ms, has_exact_intervals);
  }
  write_event(session.end(), event_stop_all);
  write_lap(one, index);
  write_totals(one, index);
}

void Activity::write_event(SampleTime time, std::uint8_t type) {
  fit_.begin(local_event);
  fit_.put(fit_seconds(time));
  fit_.put(event_timer);
  fit_.put(type);
}

void Activity::write_record(const Beat& beat) {
  const std::int32_t rate = beat.heart_rate.value_or(fit_no_uint8);
  rates_left_out_ += beat.heart_rate && rate > rate_max ? 1 : 0;
  fit_.begin(local_record);
  fit_.put(fit_seconds(beat.time));
  fit_.put(fit_rate(rate));
  fit_.put(microsecond_of(beat.time));
}

void Activity::write_intervals(const std::vector<double>& rr_ms, bool has_exact_intervals) {
  for (std::size_t first = 0; first < rr_ms.size(); first += hrv_intervals_max) {
    const auto some =
        std::span(rr_ms).subspan(first, std::min(hrv_intervals_max, rr_ms.size() - first));
    fit_.begin(static_cast<std::uint8_t>(local_hrv + some.size()));
    for (const double ms : some) {
      const double rounded = std::round(ms);
      fit_.put(rounded <= hrv_ms_max ? static_cast<std::uint16_t>(rounded) : fit_no_uint16);
    }
    if (has_exact_intervals) {
      for (const double ms : some) {
        fit_.put(ms);
      }
    }
  }
}

void Activity::write_lap(const SessionToExport& one, std::uint16_t index) {
  fit_.define(local_single,
              {.message = message::lap,
               .fields = {{254, FitType::uint16},
                          {253, FitType::uint32},
                          {0, FitType::enumeration},
                          {1, FitType::enumeration},
                          {2, FitType::uint32},
                          {7, FitType::uint32},
                          {8, FitType::uint32},
                          {15, FitType::uint8},
                          {16, FitType::uint8},
                          {63, FitType::uint8},
                          {24, FitType::enumeration},
                          {25, FitType::enumeration}},
               .developer_fields = {}});
  fit_.begin(local_single);
  fit_.put(index);
  fit_.put(fit_seconds(one.session->end()));
  fit_.put(event_lap);
  fit_.put(event_stop);
  fit_.put(fit_seconds(one.session->start()));
  fit_.put(fit_duration(one.figures->duration));
  fit_.put(fit_duration(one.figures->duration));
  const auto& rate = one.figures->rate;
  fit_.put(rate ? fit_rate(rate->mean()) : fit_no_uint8);
  fit_.put(rate ? fit_rate(rate->max) : fit_no_uint8);
  fit_.put(rate ? fit_rate(rate->min) : fit_no_uint8);
  fit_.put(lap_trigger_session_end);
  fit_.put(sport_generic);
}

void Activity::write_totals(const SessionToExport& one, std::uint16_t index) {
  fit_.define(local_single,
              {.message = message::session,
               .fields = {{254, FitType::uint16},
                          {253, FitType::uint32},
                          {0, FitType::enumeration},
                          {1, FitType::enumeration},
                          {2, FitType::uint32},
                          {5, FitType::enumeration},
                          {7, FitType::uint32},
                          {8, FitType::uint32},
                          {16, FitType::uint8},
                          {17, FitType::uint8},
                          {64, FitType::uint8},
                          {25, FitType::uint16},
                          {26, FitType::uint16},
                          {28, FitType::enumeration}},
               .developer_fields = {}});
  fit_.begin(local_single);
  fit_.put(index);
  fit_.put(fit_seconds(one.session->end()));
  fit_.put(event_session);
  fit_.put(event_stop);
  fit_.put(fit_seconds(one.session->start()));
  fit_.put(sport_generic);
  fit_.put(fit_duration(one.figures->duration));
  fit_.put(fit_duration(one.figures->duration));
  const auto& rate = one.figures->rate;
  fit_.put(rate ? fit_rate(rate->mean()) : fit_no_uint8);
  fit_.put(rate ? fit_rate(rate->max) : fit_no_uint8);
  fit_.put(rate ? fit_rate(rate->min) : fit_no_uint8);
  fit_.put(index);
  fit_.put(std::uint16_t{1});
  fit_.put(session_trigger_activity_end);
}

void Activity::write_tail(std::span<const SessionToExport> sessions) {
  microseconds total{0};
  SampleTime end = sessions.front().session->end();
  for (const SessionToExport& one : sessions) {
    total += one.figures->duration;
    end = std::max(end, one.session->end());
  }
  fit_.define(local_single,
              {.message = message::activity,
               .fields = {{253, FitType::uint32},
                          {0, FitType::uint32},
                          {1, FitType::uint16},
                          {2, FitType::enumeration},
                          {3, FitType::enumeration},
                          {4, FitType::enumeration}},
               .developer_fields = {}});
  fit_.begin(local_single);
  fit_.put(fit_seconds(end));
  fit_.put(fit_duration(total));
  fit_.put(static_cast<std::uint16_t>(sessions.size()));
  fit_.put(activity_manual);
  fit_.put(event_activity);
  fit_.put(event_stop);
}

Result<void> check_fits(std::span<const SessionToExport> sessions) {
  // Of all sessions together, because their sum is written too.
  constexpr microseconds duration_max =
      std::chrono::milliseconds(std::numeric_limits<std::uint32_t>::max() - 1);
  if (sessions.size() >= fit_no_uint16) {
    return fail(Fault::unsupported,
                fmt::format("FIT has no number for {} sessions; choose one with --session",
                            sessions.size()));
  }
  microseconds total{0};
  for (const SessionToExport& one : sessions) {
    const Session& session = *one.session;
    if (session.start() < fit_time_min || session.end() > fit_time_max) {
      return fail(Fault::unsupported,
                  fmt::format("session {} is from {} to {}; FIT has times from {} to {} only",
                              one.number,
                              to_text(session.start()),
                              to_text(session.end()),
                              to_text(fit_time_min),
                              to_text(std::chrono::floor<std::chrono::seconds>(fit_time_max))));
    }
    total += one.figures->duration;
  }
  if (total > duration_max) {
    return fail(Fault::unsupported,
                "FIT has no number for more than 49 days; choose a session or a smaller --gap");
  }
  return {};
}

}  // namespace

Result<Exported> to_fit(std::span<const SessionToExport> sessions) {
  SLUICE_CHECK(!sessions.empty());
  SLUICE_TRY_DO(check_fits(sessions));
  return Activity().write(sessions);
}

}  // namespace sluice::heartrate
