// Tests of heartrate/bluez_radio.h and of the links it makes, on a bus that follows a script.
#include "heartrate/bluez_radio.h"

#include "heartrate/bluez_fixture.h"
#include "heartrate/bluez_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const std::string address = "AA:BB:CC:DD:EE:01";
const std::string device = device_path(address);
const std::string measurement = device + "/service0001/char0001";

bool always() {
  return true;
}

// A sensor that is heard after 200 ms and does all it is asked to.
struct GoodSensor : BusScript {
  GoodSensor() {
    say(200ms, heard(address, "Strap"));
    answers["Connect"] = [this]() -> Result<Bytes> {
      say_now(changed(device, bluez::device, {{"Connected", true}}));
      say_now(characteristic_added(measurement, heart_rate_measurement));
      say_now(changed(device, bluez::device, {{"ServicesResolved", true}}));
      return Bytes();
    };
  }

  Result<std::unique_ptr<SensorLink>> connect(const std::string& wanted = address) {
    return BluezRadio(opener_of(*this), clock).connect(wanted, 5s, always);
  }
};

std::string why_lost(SensorLink& link) {
  const auto event = link.wait(10s);
  if (!event) {
    return "nothing happened";
  }
  const auto* lost = std::get_if<LinkLost>(&*event);
  return lost == nullptr ? "a notification" : lost->why;
}

TEST(BluezScan, ListsWhatWasHeardWhileItLooked) {
  BusScript script;
  script.say(100ms, heard(address, "Strap"));
  script.say(900ms, heard("AA:BB:CC:DD:EE:02", "Watch"));
  script.say(1500ms, heard("AA:BB:CC:DD:EE:03", "Late"));
  const auto found = BluezRadio(opener_of(script), script.clock).scan(1s, always);
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ((*found)[0].name, "Strap");
  EXPECT_EQ((*found)[1].name, "Watch");
  EXPECT_EQ(script.clock.steady(), 1s);
  EXPECT_EQ(script.calls,
            (std::vector<std::string>{"SetDiscoveryFilter " + adapter_path,
                                      "StartDiscovery " + adapter_path,
                                      "StopDiscovery " + adapter_path}));
}

TEST(BluezScan, EndsWhenItIsNoLongerWanted) {
  BusScript script;
  script.say(100ms, heard(address, "Strap"));
  const auto found = BluezRadio(opener_of(script), script.clock).scan(1h, [&script] {
    return script.clock.steady() < 1s;
  });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  EXPECT_LT(script.clock.steady(), 2s);
}

TEST(BluezScan, WhatGoesWrongIsSaid) {
  struct Case {
    const char* what;
    std::function<void(BusScript&)> spoil;
    Fault fault;
    const char* part;
  };

  const std::vector<Case> cases = {
      {"no adapter",
       [](BusScript& bus) { bus.objects.clear(); },
       Fault::unavailable,
       "no Bluetooth adapter"},
      {"off",
       [](BusScript& bus) { bus.objects = one_adapter(false); },
       Fault::unavailable,
       "switched off"},
      {"denied",
       [](BusScript& bus) {
         bus.answers["StartDiscovery"] = [] { return fail(Fault::io, "denied"); };
       },
       Fault::io,
       "denied"},
      {"switched off meanwhile",
       [](BusScript& bus) {
         bus.say(300ms, changed(adapter_path, bluez::adapter, {{"Powered", false}}));
       },
       Fault::unavailable,
       "was switched off"},
      {"unplugged meanwhile",
       [](BusScript& bus) {
         bus.say(300ms, InterfacesRemoved{adapter_path, {std::string(bluez::adapter)}});
       },
       Fault::unavailable,
       "unplugged"},
      {"BlueZ stopped meanwhile",
       [](BusScript& bus) { bus.gone_at = 300ms; },
       Fault::unavailable,
       "stopped or restarted"}};
  for (const Case& one : cases) {
    BusScript script;
    one.spoil(script);
    const auto found = BluezRadio(opener_of(script), script.clock).scan(1s, always);
    ASSERT_FALSE(found) << one.what;
    EXPECT_EQ(found.error().fault(), one.fault) << one.what;
    EXPECT_THAT(found.error().message(), HasSubstr(one.part)) << one.what;
  }
}

TEST(BluezConnect, NotificationsArriveAsSentWithTheirTime) {
  GoodSensor script;
  script.answers["StartNotify"] = [&script]() -> Result<Bytes> {
    script.say_now(changed(measurement, bluez::characteristic, {{"Value", Bytes("\x00\x48", 2)}}));
    script.say_now(changed(measurement, bluez::characteristic, {{"Notifying", true}}));
    return Bytes();
  };
  const auto link = script.connect();
  ASSERT_TRUE(link) << link.error().message();
  EXPECT_EQ((*link)->info().address, address);
  EXPECT_EQ((*link)->info().name, "Strap");
  script.say(700ms, changed(measurement, bluez::characteristic, {{"Value", Bytes("\xff")}}));

  auto event = (*link)->wait(1s);
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Notification>(*event).packet, Bytes("\x00\x48", 2));
  event = (*link)->wait(1s);
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<Notification>(*event).packet, "\xff");
  EXPECT_EQ(std::get<Notification>(*event).time, SampleTime(700ms));
  EXPECT_FALSE((*link)->wait(1s));
}

TEST(BluezConnect, LooksNoLongerWhenItConnects) {
  GoodSensor script;
  ASSERT_TRUE(script.connect());
  const auto stopped = std::ranges::find(script.calls, "StopDiscovery " + adapter_path);
  const auto connected = std::ranges::find(script.calls, "Connect " + device);
  EXPECT_LT(stopped, connected);
  EXPECT_NE(connected, script.calls.end());
}

TEST(BluezConnect, ByNameItListensForANamesakeFirst) {
  GoodSensor alone;
  ASSERT_TRUE(alone.connect("Strap"));
  EXPECT_EQ(alone.clock.steady(), 200ms + namesake_time);

  GoodSensor two;
  two.say(700ms, heard("AA:BB:CC:DD:EE:02", "Strap"));
  const auto link = two.connect("Strap");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().fault(), Fault::conflict);
  EXPECT_THAT(link.error().message(), HasSubstr("AA:BB:CC:DD:EE:02"));
}

TEST(BluezConnect, AnotherSensorIsNotTaken) {
  GoodSensor script;
  const auto link = script.connect("Watch");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().fault(), Fault::missing);
  EXPECT_THAT(link.error().message(), HasSubstr("in range: Strap (AA:BB:CC:DD:EE:01)"));
  EXPECT_EQ(script.clock.steady(), 5s);
}

TEST(BluezConnect, LocationAndBatteryAreReadWhereOffered) {
  GoodSensor script;
  script.answers["ReadValue"] = [&script]() -> Result<Bytes> {
    const bool is_location = script.calls.back().ends_with("char0002");
    return is_location ? Bytes("\x01") : Bytes("\x50");
  };
  const auto connect = script.answers["Connect"];
  script.answers["Connect"] = [&script, connect] {
    script.say_now(characteristic_added(device + "/service0001/char0002", sensor_location));
    script.say_now(characteristic_added(device + "/service0002/char0001", battery_level_value));
    return connect();
  };
  const auto link = script.connect();
  ASSERT_TRUE(link);
  EXPECT_EQ((*link)->location(), "chest");
  EXPECT_EQ((*link)->info().battery_percent, 80);
}

TEST(BluezConnect, ASensorThatIsConnectedAlreadyStaysSo) {
  BusScript script;
  BluezProperties connected = device_of(address, "Strap");
  connected.erase("RSSI");
  connected["Connected"] = true;
  connected["ServicesResolved"] = true;
  script.objects[device] = device_interfaces(connected);
  script.objects[measurement] =
      characteristic_added(measurement, heart_rate_measurement).interfaces;
  ASSERT_TRUE(BluezRadio(opener_of(script), script.clock).connect(address, 5s, always));
  EXPECT_FALSE(script.has_called("Connect " + device));
  EXPECT_TRUE(script.has_called("StopNotify " + measurement));
  EXPECT_FALSE(script.has_called("Disconnect " + device));
}

TEST(BluezConnect, TheEndOfALinkIsSaidToTheSensor) {
  GoodSensor script;
  ASSERT_TRUE(script.connect());
  EXPECT_EQ(script.calls.back(), "Disconnect " + device);
}

TEST(BluezConnect, WhatGoesWrongIsSaid) {
  struct Case {
    const char* what;
    std::function<void(GoodSensor&)> spoil;
    Fault fault;
    const char* part;
  };

  const auto answer = [](const char* method, Fault fault, const char* text) {
    return [=](GoodSensor& bus) {
      bus.answers[method] = [=]() -> Result<Bytes> { return fail(fault, text); };
    };
  };
  const std::vector<Case> cases = {
      {"refuses", answer("Connect", Fault::unavailable, "aborted"), Fault::unavailable, "aborted"},
      {"unpaired", answer("StartNotify", Fault::io, "pair it"), Fault::io, "pair it"},
      {"never resolves",
       [](GoodSensor& bus) { bus.answers["Connect"] = [] { return Bytes(); }; },
       Fault::unavailable,
       "did not tell its services within 20 s"},
      {"breaks off",
       [](GoodSensor& bus) {
         bus.answers["Connect"] = [&bus]() -> Result<Bytes> {
           bus.say_now(changed(device, bluez::device, {{"Connected", true}}));
           bus.say_now(changed(device, bluez::device, {{"Connected", false}}));
           return Bytes();
         };
       },
       Fault::unavailable,
       "broke off the connection"},
      {"measures nothing",
       [](GoodSensor& bus) {
         bus.answers["Connect"] = [&bus]() -> Result<Bytes> {
           bus.say_now(changed(device, bluez::device, {{"ServicesResolved", true}}));
           return Bytes();
         };
       },
       Fault::unsupported,
       "measures no heart rate"}};
  for (const Case& one : cases) {
    GoodSensor script;
    one.spoil(script);
    const auto link = script.connect();
    ASSERT_FALSE(link) << one.what;
    EXPECT_EQ(link.error().fault(), one.fault) << one.what;
    EXPECT_THAT(link.error().message(), HasSubstr(one.part)) << one.what;
    EXPECT_TRUE(script.has_called("Disconnect " + device)) << one.what;
  }
}

TEST(BluezConnect, ItEndsWhenItIsNoLongerWanted) {
  GoodSensor script;
  const auto link = BluezRadio(opener_of(script), script.clock).connect("Watch", 1h, [&script] {
    return script.clock.steady() < 1s;
  });
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().fault(), Fault::cancelled);
  EXPECT_LT(script.clock.steady(), 2s);
}

TEST(BluezLink, EachEndHasItsReasonAndNothingFollows) {
  struct Case {
    const char* what;
    std::function<void(GoodSensor&)> end;
    const char* why;
  };

  const std::vector<Case> cases = {
      {"out of range",
       [](GoodSensor& bus) { bus.say_now(changed(device, bluez::device, {{"Connected", false}})); },
       "out of range"},
      {"forgotten",
       [](GoodSensor& bus) {
         bus.say_now(InterfacesRemoved{device, {std::string(bluez::device)}});
       },
       "no longer knows"},
      {"characteristic gone",
       [](GoodSensor& bus) {
         bus.say_now(InterfacesRemoved{measurement, {std::string(bluez::characteristic)}});
       },
       "no longer offers"},
      {"notifications off",
       [](GoodSensor& bus) {
         bus.say_now(changed(measurement, bluez::characteristic, {{"Notifying", false}}));
       },
       "notifications were switched off"},
      {"adapter off",
       [](GoodSensor& bus) {
         bus.say_now(changed(adapter_path, bluez::adapter, {{"Powered", false}}));
       },
       "Bluetooth was switched off"},
      {"BlueZ restarted", [](GoodSensor& bus) { bus.gone_at = 0ms; }, "stopped or restarted"}};
  for (const Case& one : cases) {
    GoodSensor script;
    const auto link = script.connect();
    ASSERT_TRUE(link) << one.what;
    one.end(script);
    script.say_now(changed(measurement, bluez::characteristic, {{"Value", Bytes("\x01")}}));
    EXPECT_THAT(why_lost(**link), HasSubstr(one.why)) << one.what;
    EXPECT_FALSE((*link)->wait(1s)) << one.what;
  }
}

TEST(BluezLink, TheCauseOfAnEndCountsNotItsFirstSign) {
  GoodSensor script;
  const auto link = script.connect();
  ASSERT_TRUE(link);
  script.say_now(changed(measurement, bluez::characteristic, {{"Notifying", false}}));
  script.say_now(InterfacesRemoved{measurement, {std::string(bluez::characteristic)}});
  script.say_now(changed(device, bluez::device, {{"Connected", false}}));
  EXPECT_THAT(why_lost(**link), HasSubstr("out of range"));
}

TEST(BluezLink, TheBatteryIsFollowed) {
  GoodSensor script;
  const auto link = script.connect();
  ASSERT_TRUE(link);
  EXPECT_EQ((*link)->info().battery_percent, std::nullopt);
  script.say_now(
      InterfacesAdded{device, {{std::string(bluez::battery), {{"Percentage", std::int64_t{80}}}}}});
  EXPECT_FALSE((*link)->wait(1s));
  EXPECT_EQ((*link)->info().battery_percent, 80);
  script.say_now(changed(device, bluez::battery, {{"Percentage", std::int64_t{79}}}));
  EXPECT_FALSE((*link)->wait(1s));
  EXPECT_EQ((*link)->info().battery_percent, 79);
}

TEST(BluezLink, ManyNewsOfOthersDoNotMakeItWaitLonger) {
  GoodSensor script;
  const auto link = script.connect();
  ASSERT_TRUE(link);
  const auto before = std::chrono::floor<std::chrono::milliseconds>(script.clock.steady());
  for (int k = 1; k <= 100; ++k) {
    script.say(before + k * 100ms, heard("AA:BB:CC:DD:EE:02", "Other"));
  }
  EXPECT_FALSE((*link)->wait(1s));
  EXPECT_EQ(script.clock.steady() - before, 1s);
}

TEST(BluezLink, NewsOfOthersAreNoEvents) {
  GoodSensor script;
  const auto link = script.connect();
  ASSERT_TRUE(link);
  script.say_now(heard("AA:BB:CC:DD:EE:02", "Other"));
  script.say_now(changed(device_path("AA:BB:CC:DD:EE:02"), bluez::device, {{"Connected", false}}));
  script.say_now(changed(device, bluez::device, {{"RSSI", std::int64_t{-70}}}));
  const auto before = script.clock.steady();
  EXPECT_FALSE((*link)->wait(1s));
  EXPECT_EQ(script.clock.steady() - before, 1s);
}

}  // namespace
}  // namespace sluice::heartrate
