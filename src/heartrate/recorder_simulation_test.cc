// The recorder on simulated sensors, hours in milliseconds: of everything a sensor sends while it
// can be connected to, each notification is kept once and in order, but for the few between a link
// that could be had again and the recorder's next look.
#include "base/memory_file_system.h"
#include "heartrate/recorder.h"
#include "heartrate/simulated_radio.h"

#include <gtest/gtest.h>

#include <utility>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const UnixMillis start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

class Listener final : public RecorderObserver {
 public:
  void on_beat(const Beat& beat) override { beats.push_back(beat); }

  void on_connected(const SensorInfo&, const std::optional<std::string>&) override {}

  void on_disconnected(const std::string&, std::chrono::milliseconds) override { ++losses; }

  void on_malformed(ByteView, PacketFault) override { ++malformed; }

  void on_disk_trouble(const Error&) override {}

  void on_time() override {}

  std::vector<Beat> beats;
  int losses = 0;
  int malformed = 0;
};

std::vector<Bytes> drain(Spool& spool, Random& random) {
  std::vector<Bytes> records;
  for (;;) {
    auto batch = spool.next_batch(random);
    EXPECT_TRUE(batch.has_value());
    if (!batch || !*batch) {
      return records;
    }
    for (const SpoolRecord& record : (*batch)->records) {
      records.push_back(record.data);
    }
    EXPECT_TRUE(spool.settle(**batch, {}).has_value());
  }
}

TEST(RecorderSimulation, HoursWithBrokenLinksAreKeptOnceAndInOrder) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    GroupOptions options;
    options.seed = seed;
    options.start = start;
    options.duration = 4h;
    options.has_dropouts = true;
    const auto sensors = make_group(options);
    ManualClock clock(start);
    const auto pass = [&clock](std::chrono::milliseconds time) { clock.advance(time); };
    SimulatedRadio radio(sensors, clock, pass);
    MemoryFileSystem files;
    SeededRandom random(seed);
    auto spool = Spool::open(files, "spool");
    ASSERT_TRUE(spool.has_value());
    Listener listener;
    Recorder recorder({.sensor = "Simulated 1", .fields = BeatFields::all, .duration = 4h},
                      {radio, clock, random, **spool, pass, [] { return true; }},
                      listener);
    const auto recorded = recorder.run();
    ASSERT_TRUE(recorded.has_value()) << recorded.error().message();

    const std::vector<Bytes> records = drain(**spool, random);
    ASSERT_EQ(records.size(), listener.beats.size());
    SimulatedWatch watch(sensors.front().watch);
    SampleTime back{};  // when the last broken link could be had again
    std::size_t at = 0;
    std::size_t breaks = 0;
    bool is_broken = false;  // since the beat before
    while (const auto event = watch.next()) {
      if (const auto* const broken = std::get_if<LinkBroken>(&*event)) {
        back = broken->until;
        ++breaks;
        is_broken = at > 0;
        continue;
      }
      const auto& sent = std::get<Notification>(*event);
      const bool is_kept = at < records.size() && listener.beats[at].time == sent.time;
      if (!is_kept) {
        EXPECT_LT(sent.time - back, 2s) << seed << " " << to_text(sent.time);
        continue;
      }
      const Beat& beat = listener.beats[at];
      EXPECT_EQ(records[at], to_record(beat, BeatFields::all));
      EXPECT_EQ(beat.seq, static_cast<std::int64_t>(++at));
      EXPECT_EQ(beat.session_id, listener.beats.front().session_id);
      EXPECT_EQ(beat.heart_rate, decode_measurement(sent.packet)->measurement.heart_rate);
      EXPECT_EQ(beat.resumed_after_s.has_value(), std::exchange(is_broken, false));
    }
    EXPECT_EQ(at, records.size()) << seed;
    EXPECT_GT(breaks, 10U);
    EXPECT_EQ(listener.malformed, 0);
  }
}

}  // namespace
}  // namespace sluice::heartrate
