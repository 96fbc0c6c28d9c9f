#include "heartrate/simulated_radio.h"

#include "heartrate/measurement.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;

const UnixMillis start = std::chrono::sys_days(std::chrono::year(2025) / 7 / 13) + 15h;

bool always() {
  return true;
}

// A radio whose waiting takes no time.
struct Scene {
  explicit Scene(std::vector<SimulatedSensor> sensors)
      : radio(std::move(sensors), clock, [this](std::chrono::milliseconds time) {
          clock.advance(time);
        }) {}

  std::unique_ptr<SensorLink> connect(const std::string& sensor,
                                      std::chrono::milliseconds patience) {
    auto link = radio.connect(sensor, patience, always);
    EXPECT_TRUE(link.has_value()) << (link ? "" : link.error().message());
    return link ? *std::move(link) : nullptr;
  }

  ManualClock clock{start};
  SimulatedRadio radio;
};

std::vector<SimulatedSensor> sensors(std::size_t count, bool has_dropouts = false) {
  GroupOptions options;
  options.watches = count;
  options.start = start;
  options.has_dropouts = has_dropouts;
  return make_group(options);
}

TEST(SimulatedRadio, AScanTakesItsTimeAndListsTheStrongestFirst) {
  Scene scene(sensors(4));
  const auto found = scene.radio.scan(5s, always);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(scene.clock.now(), start + 5s);
  ASSERT_EQ(found->size(), 4U);
  for (std::size_t i = 1; i < found->size(); ++i) {
    EXPECT_GE((*found)[i - 1].signal_dbm, (*found)[i].signal_dbm);
  }
  EXPECT_FALSE((*found)[0].name.empty());
  EXPECT_TRUE((*found)[0].battery_percent.has_value());
}

TEST(SimulatedRadio, AScanEndsWhenItIsToldTo) {
  Scene scene(sensors(1));
  int asked = 0;
  ASSERT_TRUE(scene.radio.scan(60s, [&asked] { return ++asked < 5; }).has_value());
  EXPECT_LT(scene.clock.now(), start + 2s);
}

TEST(SimulatedRadio, ALinkBringsEveryNotificationAtItsTime) {
  Scene scene(sensors(1));
  const auto link = scene.connect("Simulated 1", 10s);
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(link->info().address, "C0:FF:EE:00:00:00");
  EXPECT_TRUE(link->location() == "wrist" || link->location() == "chest");
  SimulatedGroup group(sensors(1));
  std::size_t notifications = 0;
  for (;;) {
    const auto event = link->wait(10s);
    ASSERT_TRUE(event.has_value());
    if (const auto* const lost = std::get_if<LinkLost>(&*event)) {
      EXPECT_EQ(lost->why, "the sensor was switched off");
      break;
    }
    const auto& notification = std::get<Notification>(*event);
    const auto beat = group.next_beat();
    ASSERT_TRUE(beat.has_value());
    EXPECT_EQ(notification.time, beat->time);
    EXPECT_GE(scene.clock.now(), notification.time);
    EXPECT_LT(scene.clock.now(), notification.time + 1ms);
    ++notifications;
  }
  EXPECT_FALSE(group.next_beat().has_value());
  EXPECT_GT(notifications, 890U);
}

TEST(SimulatedRadio, WaitingIsOverWhenPatienceIs) {
  Scene scene(sensors(1));
  const auto link = scene.connect("Simulated 1", 10s);
  ASSERT_NE(link, nullptr);
  ASSERT_TRUE(link->wait(0ms).has_value());  // the first comes with the start
  EXPECT_FALSE(link->wait(100ms).has_value());
  EXPECT_EQ(scene.clock.now(), start + 100ms);
  EXPECT_TRUE(link->wait(1s).has_value());
}

TEST(SimulatedRadio, ABrokenLinkIsLostForGoodAndTheSensorComesBack) {
  auto both = sensors(1, true);
  both[0].watch.duration = 4h;
  Scene scene(both);
  SimulatedWatch watch(both[0].watch);  // what should come
  std::size_t losses = 0;
  auto link = scene.connect("Simulated 1", 10s);
  while (const auto due = watch.next()) {
    ASSERT_NE(link, nullptr);
    const auto event = link->wait(60s);
    ASSERT_TRUE(event.has_value());
    if (const auto* const broken = std::get_if<LinkBroken>(&*due)) {
      ASSERT_TRUE(std::holds_alternative<LinkLost>(*event));
      EXPECT_FALSE(link->wait(1s).has_value());
      const auto early = scene.radio.connect("Simulated 1", 500ms, always);
      ASSERT_FALSE(early.has_value());
      EXPECT_EQ(early.error().fault(), Fault::missing);
      const auto found = scene.radio.scan(0ms, always);
      EXPECT_TRUE(found && found->empty());
      link = scene.connect("Simulated 1", 60s);
      EXPECT_GE(scene.clock.now(), broken->until);
      EXPECT_LT(scene.clock.now(), broken->until + 300ms);
      ++losses;
    } else {
      ASSERT_TRUE(std::holds_alternative<Notification>(*event)) << losses;
      EXPECT_EQ(std::get<Notification>(*event).packet, std::get<Notification>(*due).packet);
    }
  }
  EXPECT_GT(losses, 10U);
}

TEST(SimulatedRadio, WhatCameBeforeTheConnectionIsGone) {
  Scene scene(sensors(1));
  scene.clock.advance(100s);
  const auto link = scene.connect("C0:FF:EE:00:00:00", 1s);
  ASSERT_NE(link, nullptr);
  const auto event = link->wait(2s);
  ASSERT_TRUE(event.has_value());
  EXPECT_GE(std::get<Notification>(*event).time, start + 100s);
}

TEST(SimulatedRadio, ASensorThatIsNotThereIsLookedForAsLongAsAsked) {
  Scene scene(sensors(1));
  const auto link = scene.radio.connect("Forerunner", 5s, always);
  ASSERT_FALSE(link.has_value());
  EXPECT_EQ(link.error().fault(), Fault::missing);
  EXPECT_NE(link.error().message().find("\"Forerunner\""), std::string::npos);
  EXPECT_EQ(scene.clock.now(), start + 5s);
  const auto stopped = scene.radio.connect("Forerunner", 5s, [] { return false; });
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().fault(), Fault::cancelled);
  EXPECT_EQ(scene.clock.now(), start + 5s);
}

TEST(SimulatedRadio, ASensorAppearsWhenItsSessionBegins) {
  auto later = sensors(1);
  later[0].watch.start += 30s;
  Scene scene(later);
  EXPECT_FALSE(scene.radio.connect("Simulated 1", 10s, always).has_value());
  const auto link = scene.connect("Simulated 1", 60s);
  EXPECT_GE(scene.clock.now(), start + 30s);
}

TEST(SimulatedRadio, TwoOfOneNameAreToldApartByAddress) {
  auto twins = sensors(2);
  twins[1].info.name = twins[0].info.name;
  Scene scene(twins);
  const auto link = scene.radio.connect("Simulated 1", 5s, always);
  ASSERT_FALSE(link.has_value());
  EXPECT_EQ(link.error().fault(), Fault::conflict);
  EXPECT_NE(link.error().message().find("C0:FF:EE:00:00:00, C0:FF:EE:00:00:01"), std::string::npos);
  const auto one = scene.connect("C0:FF:EE:00:00:01", 5s);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->info().address, "C0:FF:EE:00:00:01");
}

}  // namespace
}  // namespace sluice::heartrate
