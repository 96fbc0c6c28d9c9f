// Tells a person, or a program, what a recorder does: a screen on a terminal, lines elsewhere, JSON
// when asked.
#pragma once

#include "base/clock.h"
#include "cli/live_screen.h"
#include "cli/record_screen.h"
#include "cli/terminal.h"
#include "heartrate/recorder.h"
#include "heartrate/sender.h"
#include "heartrate/spool.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sluice::cli {

// Lives on the recorder's thread.  Borrows terminal, clock and recorder.
class RecordReport final : public heartrate::RecorderObserver {
 public:
  struct Subject {
    std::string sensor;
    std::string stream;
    std::string endpoint;
    std::optional<std::chrono::seconds> duration;
    bool is_json = false;
  };

  struct Traffic {
    heartrate::SpoolCounts spool;
    heartrate::SenderStatus sender;
  };

  // `traffic` is also called after each beat: the moment to wake the sender.
  RecordReport(Terminal& terminal,
               const Clock& clock,
               Subject subject,
               heartrate::Zones zones,
               std::function<Traffic()> traffic);

  // Before the recorder runs.
  void note_spool(const heartrate::SpoolReport& found, std::uint64_t waiting);

  void watch(const heartrate::Recorder& recorder) { recorder_ = &recorder; }

  // False once nobody takes what is printed.
  bool is_heard() const { return is_heard_; }

  // The recorder has ended: the last screen stays, the cursor comes back.
  void close();

  // After the sender has ended too.  `folder`: where what waits lies.
  void summarise(const std::string& folder);

  void on_beat(const heartrate::Beat& beat) override;
  void on_connected(const heartrate::SensorInfo& sensor,
                    const std::optional<std::string>& location) override;
  void on_disconnected(const std::string& why, std::chrono::milliseconds wait) override;
  void on_malformed(ByteView packet, heartrate::PacketFault fault) override;
  void on_disk_trouble(const Error& error) override;
  void on_time() override;

 private:
  void say(const std::string& line);
  void say_rate(const heartrate::Beat& beat, const Traffic& traffic);
  void draw();
  std::string trouble_of(const Traffic& traffic) const;

  Terminal& terminal_;
  const Clock& clock_;
  const Subject subject_;
  const heartrate::Zones zones_;
  const std::function<Traffic()> traffic_;
  const bool is_live_;  // a screen instead of lines
  const heartrate::Recorder* recorder_ = nullptr;
  LiveScreen screen_;
  BeatHistory history_;
  RecordView view_;
  std::string disk_trouble_;
  std::chrono::nanoseconds start_;
  std::chrono::seconds elapsed_{0};  // once it has ended
  std::chrono::nanoseconds last_beat_{0};
  std::optional<std::chrono::nanoseconds> next_rate_line_;
  std::uint64_t malformed_told_ = 0;
  bool is_heard_ = true;
};

}  // namespace sluice::cli
