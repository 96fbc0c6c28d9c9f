// Records a sensor: connects, takes its notifications, keeps each as a record in a spool, connects
// again when the link is lost.
//
//            connected                    lost, or silent
//   looking ───────────> linked ────────────────────────────┐
//      ^                                                    v
//      └──────────────────────────────────────────────── waiting (back-off)
//
// Ends after a while, when told to, or when going on makes no sense (RecorderWorld::keep_on,
// RecorderSettings::duration, run()'s errors).
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "heartrate/beat.h"
#include "heartrate/measurement.h"
#include "heartrate/sensor.h"
#include "heartrate/spool.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::heartrate {

// The same bytes again so soon are the sensor (or the radio) repeating itself: no heart and no
// sensor has news ten times a second that are the same.
inline constexpr std::chrono::milliseconds repeat_within{100};

// A link without a notification for so long is given up.
inline constexpr std::chrono::seconds silence_max{30};

// A recorder that starts again within so long of the last record goes on with its session.
inline constexpr std::chrono::minutes session_gap{5};

inline constexpr std::chrono::seconds search_min{30};

// Beats that wait in memory while the disk refuses them; beyond it the newest are lost.
inline constexpr std::size_t unkept_beats_max = 100'000;

// Notifications that share a sync, if so many have come already.
inline constexpr std::size_t sync_beats_max = 256;

struct RecorderSettings {
  std::string sensor;  // name or address
  BeatFields fields = BeatFields::seed;
  // Counted from the first connection.  The sensor is looked for as long, and for search_min at
  // least.
  std::optional<std::chrono::seconds> duration{};
  std::chrono::milliseconds connect_patience{10'000};
  std::chrono::milliseconds wait_patience{200};
};

struct RecorderCounts {
  std::uint64_t beats = 0;      // notifications that became records
  std::uint64_t repeated = 0;   // notifications left out: the sensor repeated itself
  std::uint64_t malformed = 0;  // packets left out: they break the layout
  std::uint64_t odd = 0;        // packets read with a warning
  std::uint64_t links = 0;      // connections
  std::uint64_t unkept = 0;     // beats the disk does not take at the moment
  std::uint64_t lost = 0;       // beats it did not take, and memory was full
};

// Is told what happens, on the recorder's thread.
class RecorderObserver {
 public:
  RecorderObserver() = default;
  RecorderObserver(const RecorderObserver&) = delete;
  RecorderObserver& operator=(const RecorderObserver&) = delete;
  virtual ~RecorderObserver() = default;

  // The beat is durable in the spool.
  virtual void on_beat(const Beat& beat) = 0;

  virtual void on_connected(const SensorInfo& sensor,
                            const std::optional<std::string>& location) = 0;

  // The link is lost, or could not be made; the next try comes after `wait`.
  virtual void on_disconnected(const std::string& why, std::chrono::milliseconds wait) = 0;

  virtual void on_malformed(ByteView packet, PacketFault fault) = 0;

  // The disk refuses; what came in waits in memory.  Told when it begins.
  virtual void on_disk_trouble(const Error& error) = 0;

  // Now and then, at least every wait_patience while linked: time to redraw.
  virtual void on_time() = 0;
};

struct RecorderWorld {
  Radio& radio;
  const Clock& clock;
  Random& random;
  Spool& spool;
  // Waits; may return early.
  std::function<void(std::chrono::milliseconds)> pause;
  // False: stop.
  std::function<bool()> keep_on;
};

// One thread.  Borrows all of the world and the observer.
class Recorder {
 public:
  enum class State : std::uint8_t { looking, linked, waiting, ended };

  Recorder(RecorderSettings settings, RecorderWorld world, RecorderObserver& observer);

  // Steps until it has ended.  The error of the radio where no further try makes sense before
  // anything was recorded: no Bluetooth, denied, two sensors of the name, no such service; or
  // Fault::missing when the sensor was not found within the duration.
  Result<void> run();

  // One call of the radio, or one wait.
  Result<void> step();

  State state() const { return state_; }

  const RecorderCounts& counts() const { return counts_; }

  const std::string& session_id() const { return session_id_; }

 private:
  struct Pending {
    Beat beat;
    std::string record;
  };

  bool is_over() const;
  Result<void> connect();
  void listen();
  void take(const SensorEvent& event);
  void take_notification(const Notification& notification);
  Beat make_beat(const Notification& notification, const Measurement& measurement);
  void begin_or_resume_session(SampleTime now);
  void write_unkept();
  void keep_pending();
  void note_disk_trouble(const Error& error);
  void lose_link(const std::string& why);
  std::chrono::milliseconds back_off();
  void end();
  Bytes memo(const Beat& beat) const;

  const RecorderSettings settings_;
  RecorderWorld world_;
  RecorderObserver& observer_;

  State state_ = State::looking;
  RecorderCounts counts_;
  std::unique_ptr<SensorLink> link_;
  std::string device_;  // address, once known
  int failures_ = 0;    // of connecting, since the last beat
  std::optional<std::chrono::nanoseconds> end_at_;
  std::chrono::nanoseconds heard_at_{0};  // steady time of the last notification

  std::string session_id_;
  std::int64_t seq_ = 0;
  std::optional<SampleTime> last_time_;  // of the session's last beat
  bool is_resumed_ = false;              // the next beat is the first after a lost link
  Bytes last_packet_;
  std::optional<SampleTime> last_packet_time_;

  std::deque<Pending> unkept_;  // not yet in the spool
  std::vector<Beat> unsynced_;  // in the spool, not yet durable
  bool is_disk_in_trouble_ = false;
};

}  // namespace sluice::heartrate
