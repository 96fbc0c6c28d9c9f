// Beats as records.
#include "heartrate/beat.h"

#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <limits>

namespace sluice::heartrate {
namespace {

void append_member(std::string& out, std::string_view name) {
  out += out.size() == 1 ? "\"" : ", \"";
  out += name;
  out += "\": ";
}

void append_intervals(std::string& out, const std::vector<double>& rr_ms) {
  out += '[';
  for (std::size_t i = 0; i < rr_ms.size(); ++i) {
    if (i > 0) {
      out += ", ";
    }
    json::append_double(out, rr_ms[i]);
  }
  out += ']';
}

std::unexpected<Error> wrong(std::string_view member, std::string_view wanted) {
  return fail(Fault::invalid, fmt::format("\"{}\" is not {}", member, wanted));
}

Result<std::optional<std::int32_t>> read_count(json::Member member) {
  if (member.value.is_missing_or_null()) {
    return std::optional<std::int32_t>();
  }
  const auto number = member.value.as_int64();
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
    return wrong(member.key, "a count");
  }
  return static_cast<std::int32_t>(*number);
}

Result<std::string> read_text(json::Member member) {
  const auto text = member.value.as_string();
  if (!text && !member.value.is_missing_or_null()) {
    return wrong(member.key, "a text");
  }
  return std::string(text.value_or(std::string_view()));
}

Result<std::vector<double>> read_intervals(json::Member member) {
  std::vector<double> intervals;
  if (member.value.is_missing_or_null()) {
    return intervals;
  }
  if (!member.value.is(json::Kind::array)) {
    return wrong(member.key, "a list of milliseconds");
  }
  for (const json::View element : member.value.elements()) {
    const auto interval = element.as_double();
    if (!interval || !(*interval >= 0) || *interval > std::numeric_limits<std::int32_t>::max()) {
      return wrong(member.key, "a list of milliseconds");
    }
    intervals.push_back(*interval);
  }
  return intervals;
}

Result<void> read_time(json::Member member, Beat& beat) {
  const auto text = member.value.as_string();
  const auto time = text ? parse_sample_time(*text) : std::nullopt;
  if (!time) {
    return wrong(member.key, "a time such as 2025-07-13T21:25:19.123456");
  }
  beat.time = *time;
  return {};
}

Result<void> read_member(json::Member member, Beat& beat) {
  if (member.key == "timestamp") {
    return read_time(member, beat);
  }
  if (member.key == "heart_rate") {
    SLUICE_TRY(rate, read_count(member));
    beat.heart_rate = rate;
  } else if (member.key == "rr_ms" || member.key == "rr_intervals") {
    SLUICE_TRY(intervals, read_intervals(member));
    beat.rr_ms = std::move(intervals);
  } else if (member.key == "energy_kj" || member.key == "energy_expended") {
    SLUICE_TRY(energy, read_count(member));
    beat.energy_kj = energy;
  } else if (member.key == "contact" || member.key == "sensor_contact") {
    beat.contact = member.value.as_bool();
    if (!beat.contact && !member.value.is_missing_or_null()) {
      return wrong(member.key, "true or false");
    }
  } else if (member.key == "device_id") {
    SLUICE_TRY(text, read_text(member));
    beat.device_id = std::move(text);
  } else if (member.key == "session_id") {
    SLUICE_TRY(text, read_text(member));
    beat.session_id = std::move(text);
  } else if (member.key == "seq") {
    beat.seq = member.value.as_int64();
    if (!beat.seq && !member.value.is_missing_or_null()) {
      return wrong(member.key, "a whole number");
    }
  } else if (member.key == "resumed_after_s") {
    beat.resumed_after_s = member.value.as_double();
    if (!beat.resumed_after_s && !member.value.is_missing_or_null()) {
      return wrong(member.key, "a number of seconds");
    }
  }
  return {};
}

}  // namespace

Beat to_beat(const Measurement& measurement, SampleTime time) {
  Beat beat;
  beat.time = time;
  beat.heart_rate = measurement.heart_rate;
  beat.rr_ms.reserve(measurement.rr_1024.size());
  for (const std::uint16_t interval : measurement.rr_1024) {
    beat.rr_ms.push_back(rr_ms(interval));
  }
  beat.energy_kj = measurement.energy_kj;
  if (measurement.contact != Contact::unsupported) {
    beat.contact = measurement.contact == Contact::detected;
  }
  return beat;
}

std::string to_record(const Beat& beat, BeatFields fields) {
  std::string out = "{";
  append_member(out, "timestamp");
  json::append_string(out, to_text(beat.time));
  append_member(out, "heart_rate");
  out += beat.heart_rate ? std::to_string(*beat.heart_rate) : "null";
  if (fields == BeatFields::all) {
    if (!beat.rr_ms.empty()) {
      append_member(out, "rr_ms");
      append_intervals(out, beat.rr_ms);
    }
    if (beat.energy_kj) {
      append_member(out, "energy_kj");
      out += std::to_string(*beat.energy_kj);
    }
    if (beat.contact) {
      append_member(out, "contact");
      out += *beat.contact ? "true" : "false";
    }
    if (!beat.device_id.empty()) {
      append_member(out, "device_id");
      json::append_string(out, beat.device_id);
    }
    if (!beat.session_id.empty()) {
      append_member(out, "session_id");
      json::append_string(out, beat.session_id);
    }
    if (beat.seq) {
      append_member(out, "seq");
      out += std::to_string(*beat.seq);
    }
    if (beat.resumed_after_s) {
      append_member(out, "resumed_after_s");
      json::append_double(out, *beat.resumed_after_s);
    }
  }
  return out + "}\n";
}

Result<Beat> parse_beat(std::string_view record) {
  SLUICE_TRY(document, json::Document::parse(Bytes(record)));
  if (!document.root().is(json::Kind::object)) {
    return fail(Fault::invalid, "the record is no JSON object");
  }
  if (!document.root().find("timestamp").exists()) {
    return fail(Fault::invalid, "\"timestamp\" is missing");
  }
  Beat beat;
  for (const json::Member member : document.root().members()) {
    SLUICE_TRY_DO(read_member(member, beat));
  }
  return beat;
}

Result<std::vector<double>> parse_intervals(std::string_view json) {
  SLUICE_TRY(document, json::Document::parse(Bytes(json)));
  return read_intervals({"rr_ms", document.root()});
}

}  // namespace sluice::heartrate
