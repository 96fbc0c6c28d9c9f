// Errors of D-Bus and BlueZ as ours.
#include "heartrate/bluez_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::heartrate {
namespace {

struct Meaning {
  std::string_view name;
  Fault fault;
  std::string_view cause_and_remedy;  // empty: what BlueZ says itself
};

constexpr std::string_view not_running =
    "BlueZ is not running; install it (Debian: bluez) or start it: systemctl start bluetooth";
constexpr std::string_view denied =
    "denied; log in at this machine, or ask its administrator for the group bluetooth: "
    "usermod -aG bluetooth USER";
constexpr std::string_view switched_off =
    "Bluetooth is switched off; switch it on: bluetoothctl power on";
constexpr std::string_view out_of_range = "it is no longer in range";
constexpr std::string_view silent = "no answer came in time";
constexpr std::string_view unpaired =
    "it wants to be paired first: bluetoothctl pair ADDRESS asks for its PIN";

// Sources: the D-Bus specification, and BlueZ 5.66: doc/device-api.txt, doc/adapter-api.txt,
// doc/gatt-api.txt.
constexpr std::array meanings = {
    Meaning{"org.freedesktop.DBus.Error.ServiceUnknown", Fault::unavailable, not_running},
    Meaning{"org.freedesktop.DBus.Error.NameHasNoOwner", Fault::unavailable, not_running},
    Meaning{"org.freedesktop.DBus.Error.Spawn.ChildExited", Fault::unavailable, not_running},
    Meaning{"org.freedesktop.DBus.Error.NoReply", Fault::unavailable, silent},
    Meaning{"org.freedesktop.DBus.Error.Timeout", Fault::unavailable, silent},
    Meaning{"org.freedesktop.DBus.Error.AccessDenied", Fault::io, denied},
    Meaning{"org.freedesktop.DBus.Error.AuthFailed", Fault::io, denied},
    Meaning{"org.freedesktop.DBus.Error.UnknownObject", Fault::unavailable, out_of_range},
    Meaning{"org.freedesktop.DBus.Error.UnknownMethod", Fault::unavailable, out_of_range},
    Meaning{"org.bluez.Error.DoesNotExist", Fault::unavailable, out_of_range},
    Meaning{"org.bluez.Error.NotReady", Fault::unavailable, switched_off},
    Meaning{"org.bluez.Error.NotAuthorized", Fault::io, unpaired},
    Meaning{"org.bluez.Error.NotPermitted", Fault::io, unpaired},
    Meaning{"org.bluez.Error.AuthenticationFailed", Fault::io, unpaired},
    Meaning{"org.bluez.Error.AuthenticationRejected", Fault::io, unpaired},
    Meaning{"org.bluez.Error.AuthenticationCanceled", Fault::io, unpaired},
    Meaning{"org.bluez.Error.AuthenticationTimeout", Fault::io, unpaired},
    Meaning{"org.bluez.Error.NotSupported", Fault::unsupported, ""},
};

}  // namespace

Error bluez_error(std::string_view doing, std::string_view name, std::string_view message) {
  const auto known = std::ranges::find(meanings, name, &Meaning::name);
  if (known != meanings.end() && !known->cause_and_remedy.empty()) {
    return {known->fault, fmt::format("{}: {}", doing, known->cause_and_remedy)};
  }
  const Fault fault = known == meanings.end() ? Fault::unavailable : known->fault;
  return {fault, fmt::format("{}: {} ({})", doing, message.empty() ? "it failed" : message, name)};
}

bool is_already_so(std::string_view name) {
  return name == "org.bluez.Error.AlreadyConnected" || name == "org.bluez.Error.InProgress";
}

}  // namespace sluice::heartrate
