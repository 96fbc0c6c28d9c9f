// Sessions as comma-separated values.
#include "heartrate/csv.h"

#include "json/writer.h"

#include <fmt/format.h>

#include <string_view>

namespace sluice::heartrate {
namespace {

void append_text(Bytes& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') {
      out += '"';
    }
    out += c;
  }
  out += '"';
}

template <class T>
void append_optional(Bytes& out, const std::optional<T>& value) {
  if (value) {
    out += fmt::to_string(*value);
  }
}

void append_beat(Bytes& out, const Beat& beat) {
  out += to_text(beat.time);
  out += ',';
  append_optional(out, beat.heart_rate);
  out += ',';
  for (std::size_t i = 0; i < beat.rr_ms.size(); ++i) {
    if (i > 0) {
      out += ' ';
    }
    json::append_double(out, beat.rr_ms[i]);
  }
  out += ',';
  append_optional(out, beat.energy_kj);
  out += ',';
  append_optional(out, beat.contact);
  out += ',';
  append_text(out, beat.device_id);
  out += ',';
  append_text(out, beat.session_id);
  out += ',';
  append_optional(out, beat.seq);
  out += '\n';
}

}  // namespace

Exported to_csv(std::span<const SessionToExport> sessions) {
  Exported out;
  out.bytes = "session,timestamp,heart_rate,rr_ms,energy_kj,contact,device_id,session_id,seq\n";
  for (const SessionToExport& one : sessions) {
    const std::string number = fmt::format("{},", one.number);
    for (const Beat& beat : one.session->beats) {
      out.bytes += number;
      append_beat(out.bytes, beat);
    }
  }
  return out;
}

}  // namespace sluice::heartrate
