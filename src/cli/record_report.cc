#include "cli/record_report.h"

#include "base/check.h"
#include "base/digest.h"
#include "cli/quantity.h"
#include "heartrate/measurement.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::cli {
namespace {

// A rate older than this is no longer shown as the present one.
constexpr std::chrono::seconds fresh_for{5};
constexpr std::chrono::seconds rate_line_every{10};

// Malformed packets are told of so many times; the summary counts the rest.
constexpr std::uint64_t malformed_told_max = 5;

std::string seconds_text(std::chrono::milliseconds wait) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(wait).count());
}

}  // namespace

RecordReport::RecordReport(Terminal& terminal,
                           const Clock& clock,
                           Subject subject,
                           heartrate::Zones zones,
                           std::function<Traffic()> traffic)
    : terminal_(terminal),
      clock_(clock),
      subject_(std::move(subject)),
      zones_(std::move(zones)),
      traffic_(std::move(traffic)),
      is_live_(!subject_.is_json && terminal.is_out_terminal() && terminal.paint().is_coloured()),
      screen_(terminal, clock),
      start_(clock.steady()) {
  view_.sensor = printable(subject_.sensor);
  view_.stream = printable(subject_.stream);
  view_.duration = subject_.duration;
  if (!is_live_) {
    say(fmt::format("recording {} into {} at {}; Ctrl-C ends it",
                    view_.sensor,
                    view_.stream,
                    printable(subject_.endpoint)));
  }
}

// Beside JSON lines everything else goes to standard error.
void RecordReport::say(const std::string& line) {
  if (subject_.is_json) {
    terminal_.note("sluice: " + line + "\n");
    return;
  }
  terminal_.print(line + "\n");
  is_heard_ = terminal_.flush() && is_heard_;
}

void RecordReport::note_spool(const heartrate::SpoolReport& found, std::uint64_t waiting) {
  if (waiting > 0) {
    say(fmt::format("{} of an earlier recording {} first",
                    counted(waiting, "record", "records"),
                    waiting == 1 ? "goes" : "go"));
  }
  if (found.lost_records > 0 || found.damaged_bytes > 0) {
    terminal_.complain("heartrate record",
                       fmt::format("the disk has destroyed {} of an earlier recording",
                                   counted(found.lost_records, "record", "records")));
  }
}

void RecordReport::on_beat(const heartrate::Beat& beat) {
  const Traffic traffic = traffic_();
  disk_trouble_.clear();
  last_beat_ = clock_.steady();
  view_.rate = beat.heart_rate;
  view_.contact = beat.contact;
  if (subject_.is_json) {
    terminal_.print(heartrate::to_record(beat, heartrate::BeatFields::all));
    is_heard_ = terminal_.flush() && is_heard_;
    return;
  }
  history_.add(beat);
  view_.now = beat.time;
  if (!is_live_) {
    say_rate(beat, traffic);
  }
}

void RecordReport::say_rate(const heartrate::Beat& beat, const Traffic& traffic) {
  if (next_rate_line_ && clock_.steady() < *next_rate_line_) {
    return;
  }
  next_rate_line_ = clock_.steady() + rate_line_every;
  const std::string trouble = trouble_of(traffic);
  say(fmt::format("{}  {} bpm  {} sent  {} waiting{}",
                  heartrate::to_text(std::chrono::floor<std::chrono::seconds>(beat.time)),
                  beat.heart_rate.value_or(0),
                  traffic.sender.sent,
                  traffic.spool.waiting,
                  trouble.empty() ? "" : "  " + trouble));
}

void RecordReport::on_connected(const heartrate::SensorInfo& sensor,
                                const std::optional<std::string>& location) {
  view_.link = LinkView::connected;
  view_.battery_percent = sensor.battery_percent;
  view_.device = printable(
      sensor.name.empty() ? sensor.address : fmt::format("{} ({})", sensor.name, sensor.address));
  if (location) {
    view_.device += ", " + printable(*location);
  }
  if (is_live_) {
    draw();
    return;
  }
  say(fmt::format(
      "connected to {}{}",
      view_.device,
      sensor.battery_percent ? fmt::format(", battery {} %", *sensor.battery_percent) : ""));
}

void RecordReport::on_disconnected(const std::string& why, std::chrono::milliseconds wait) {
  view_.link = view_.device.empty() ? LinkView::looking : LinkView::lost;
  view_.link_note = printable(why);
  if (!is_live_) {
    say(fmt::format("not connected: {}; next try in {}", view_.link_note, seconds_text(wait)));
  }
}

void RecordReport::on_malformed(ByteView packet, heartrate::PacketFault fault) {
  if (is_live_ || ++malformed_told_ > malformed_told_max) {
    return;
  }
  say(fmt::format("a packet is left out, {}: {}",
                  heartrate::packet_fault_name(fault),
                  packet.empty() ? "no bytes" : to_hex(packet)));
}

void RecordReport::on_disk_trouble(const Error& error) {
  disk_trouble_ = printable(error.message());
  if (!is_live_) {
    say("beats wait in memory: " + disk_trouble_);
  }
}

void RecordReport::on_time() {
  if (is_live_ && screen_.is_due()) {
    draw();
  }
}

std::string RecordReport::trouble_of(const Traffic& traffic) const {
  if (!disk_trouble_.empty()) {
    return "beats wait in memory: " + disk_trouble_;
  }
  return traffic.sender.failures == 0
             ? std::string()
             : "records wait on disk: " + printable(traffic.sender.trouble);
}

void RecordReport::draw() {
  SLUICE_CHECK(recorder_ != nullptr);
  const Traffic traffic = traffic_();
  const heartrate::RecorderCounts& counts = recorder_->counts();
  view_.elapsed = std::chrono::floor<std::chrono::seconds>(clock_.steady() - start_);
  view_.now = std::max<heartrate::SampleTime>(view_.now, clock_.now());
  view_.beats = counts.beats;
  view_.sent = traffic.sender.sent;
  view_.waiting = traffic.spool.waiting + counts.unkept;
  view_.left_out = counts.repeated + counts.malformed;
  view_.trouble = trouble_of(traffic);
  if (clock_.steady() - last_beat_ > fresh_for) {
    view_.rate.reset();
  }
  const std::size_t width = terminal_width();
  screen_.draw(record_screen(view_, history_, zones_, width, terminal_.paint()), width);
}

void RecordReport::close() {
  elapsed_ = std::chrono::floor<std::chrono::seconds>(clock_.steady() - start_);
  if (is_live_) {
    draw();
  }
  screen_.close();
}

void RecordReport::summarise(const std::string& folder) {
  SLUICE_CHECK(recorder_ != nullptr);
  const Traffic traffic = traffic_();
  const heartrate::RecorderCounts& counts = recorder_->counts();
  std::string line = fmt::format("{} recorded in {}, {} sent to {}",
                                 counted(counts.beats, "beat", "beats"),
                                 clock_text(elapsed_),
                                 human_count(traffic.sender.sent),
                                 view_.stream);
  if (counts.links > 1) {
    line += fmt::format("; connected {} times", counts.links);
  }
  if (counts.repeated > 0) {
    line += fmt::format("; {} repeated", counts.repeated);
  }
  if (counts.malformed > 0) {
    line += fmt::format("; {} malformed", counts.malformed);
  }
  say(line);
  if (traffic.spool.waiting > 0) {
    say(fmt::format(
        "{} in {} ({}); record again to send {}",
        traffic.spool.waiting == 1 ? "1 record waits"
                                   : human_count(traffic.spool.waiting) + " records wait",
        printable(folder),
        traffic.sender.trouble.empty() ? "not sent yet" : printable(traffic.sender.trouble),
        traffic.spool.waiting == 1 ? "it" : "them"));
  }
  const std::uint64_t lost = counts.lost + counts.unkept;
  if (lost > 0) {
    terminal_.complain(
        "heartrate record",
        fmt::format("{} could not be kept: {}", counted(lost, "beat", "beats"), disk_trouble_));
  }
}

}  // namespace sluice::cli
