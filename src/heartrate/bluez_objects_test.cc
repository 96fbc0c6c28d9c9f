// Tests of heartrate/bluez_objects.h.
#include "heartrate/bluez_objects.h"

#include <gtest/gtest.h>

namespace sluice::heartrate {
namespace {

BluezSignal signal(decltype(BluezSignal::what) what) {
  return {SampleTime(), std::move(what)};
}

TEST(BluezObjects, FollowWhatSignalsTell) {
  BluezObjects objects;
  objects.apply(signal(InterfacesAdded{"/d", {{"D", {{"Name", "Strap"}, {"Connected", false}}}}}));
  objects.apply(signal(InterfacesAdded{"/d", {{"B", {{"Percentage", std::int64_t{80}}}}}}));
  objects.apply(signal(PropertiesChanged{"/d", "D", {{"Connected", true}}, {"Name"}}));

  ASSERT_NE(objects.find("/d", "D"), nullptr);
  EXPECT_EQ(*objects.find("/d", "D"), (BluezProperties{{"Connected", true}}));
  EXPECT_EQ(*objects.find("/d", "B"), (BluezProperties{{"Percentage", std::int64_t{80}}}));

  objects.apply(signal(InterfacesRemoved{"/d", {"D"}}));
  EXPECT_EQ(objects.find("/d", "D"), nullptr);
  EXPECT_NE(objects.find("/d", "B"), nullptr);
  objects.apply(signal(InterfacesRemoved{"/d", {"B"}}));
  EXPECT_TRUE(objects.all().empty());
}

TEST(BluezObjects, PassOverNewsOfWhatIsNotThere) {
  BluezObjects objects;
  objects.apply(signal(PropertiesChanged{"/d", "D", {{"Connected", true}}, {}}));
  objects.apply(signal(InterfacesRemoved{"/d", {"D"}}));
  EXPECT_TRUE(objects.all().empty());

  objects.apply(signal(InterfacesAdded{"/d", {{"D", {}}}}));
  objects.apply(signal(PropertiesChanged{"/d", "Other", {{"Connected", true}}, {}}));
  EXPECT_EQ(objects.find("/d", "Other"), nullptr);
  EXPECT_TRUE(objects.find("/d", "D")->empty());
}

TEST(BluezObjects, AValueOfAnotherTypeIsNoValue) {
  const BluezProperties properties = {{"RSSI", "loud"}, {"Name", std::monostate()}};
  EXPECT_EQ(find_value<std::int64_t>(properties, "RSSI"), nullptr);
  EXPECT_EQ(find_value<std::string>(properties, "Name"), nullptr);
  EXPECT_EQ(find_value<std::string>(properties, "Alias"), nullptr);
  EXPECT_EQ(*find_value<std::string>(properties, "RSSI"), "loud");
}

TEST(BluezObjects, APathIsBelowAnotherAtASlash) {
  EXPECT_TRUE(is_below("/org/bluez/hci0/dev_1", "/org/bluez/hci0"));
  EXPECT_FALSE(is_below("/org/bluez/hci01/dev_1", "/org/bluez/hci0"));
  EXPECT_FALSE(is_below("/org/bluez/hci0", "/org/bluez/hci0"));
}

}  // namespace
}  // namespace sluice::heartrate
