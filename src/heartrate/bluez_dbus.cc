// BlueZ on D-Bus's system bus, by sdbus-c++, which is known nowhere else.
//
// There is no thread and no event loop: whoever waits here reads the bus.  Calls go out
// asynchronously, and their caller reads until the answer is there, so that signals are seen in
// order and a deadline or Ctrl-C ends the waiting.  sdbus-c++ throws; all of it is caught here.
#include "heartrate/bluez_dbus.h"

#include "heartrate/bluez_error.h"

#include <fmt/format.h>
#include <poll.h>
#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <utility>

namespace sluice::heartrate {
namespace {

using std::chrono::milliseconds;

constexpr const char* bluez_name = "org.bluez";
constexpr const char* object_manager = "org.freedesktop.DBus.ObjectManager";
constexpr milliseconds objects_patience{10000};  // BlueZ may have to be started first
constexpr milliseconds keep_on_interval{100};

using DbusProperties = std::map<std::string, sdbus::Variant>;
using DbusInterfaces = std::map<std::string, DbusProperties>;
using DbusObjects = std::map<sdbus::ObjectPath, DbusInterfaces>;

template <class Wire>
BluezValue integer(const sdbus::Variant& value) {
  return static_cast<std::int64_t>(value.get<Wire>());
}

BluezValue text(const sdbus::Variant& value) {
  return value.get<std::string>();
}

BluezValue truth(const sdbus::Variant& value) {
  return value.get<bool>();
}

BluezValue path(const sdbus::Variant& value) {
  return std::string(value.get<sdbus::ObjectPath>());
}

BluezValue bytes(const sdbus::Variant& value) {
  const auto wire = value.get<std::vector<std::uint8_t>>();
  return Bytes(wire.begin(), wire.end());
}

BluezValue texts(const sdbus::Variant& value) {
  return value.get<std::vector<std::string>>();
}

BluezValue to_value(const sdbus::Variant& value) {
  struct Reader {
    std::string_view type;
    BluezValue (*read)(const sdbus::Variant&);
  };

  static constexpr std::array readers = {Reader{"b", truth},
                                         Reader{"y", integer<std::uint8_t>},
                                         Reader{"n", integer<std::int16_t>},
                                         Reader{"q", integer<std::uint16_t>},
                                         Reader{"i", integer<std::int32_t>},
                                         Reader{"u", integer<std::uint32_t>},
                                         Reader{"s", text},
                                         Reader{"o", path},
                                         Reader{"ay", bytes},
                                         Reader{"as", texts}};
  const std::string type = value.peekValueType();
  const auto* reader = std::ranges::find(readers, type, &Reader::type);
  return reader == readers.end() ? BluezValue() : reader->read(value);
}

BluezProperties to_properties(const DbusProperties& wire) {
  BluezProperties out;
  for (const auto& [name, value] : wire) {
    out.emplace(name, to_value(value));
  }
  return out;
}

BluezInterfaces to_interfaces(const DbusInterfaces& wire) {
  BluezInterfaces out;
  for (const auto& [name, properties] : wire) {
    out.emplace(name, to_properties(properties));
  }
  return out;
}

DbusProperties to_wire(const BluezProperties& properties) {
  DbusProperties out;
  for (const auto& [name, value] : properties) {
    if (const bool* is = std::get_if<bool>(&value)) {
      out.emplace(name, *is);
    } else if (const auto* words = std::get_if<std::vector<std::string>>(&value)) {
      out.emplace(name, *words);
    } else if (const auto* word = std::get_if<std::string>(&value)) {
      out.emplace(name, *word);
    }
  }
  return out;
}

Error to_error(std::string_view doing, const sdbus::Error& error) {
  return bluez_error(doing, error.getName(), error.getMessage());
}

class DbusBluezBus final : public BluezBus {
 public:
  // Throws sdbus::Error.
  explicit DbusBluezBus(SampleClock clock)
      : clock_(std::move(clock)), connection_(sdbus::createSystemBusConnection()) {
    listen();
  }

  Result<BluezObjects> objects() override;
  Result<Bytes> call(const BluezCall& call, const KeepOn& keep_on) override;
  Result<std::optional<BluezSignal>> next(milliseconds patience) override;

 private:
  // What came back of a call; the handlers of sdbus-c++ refer to it.
  struct Reply {
    bool is_there = false;
    std::optional<sdbus::Error> error;
    sdbus::MethodReply message;
  };

  void listen();
  void on_match(const std::string& rule, void (DbusBluezBus::*handler)(sdbus::Message&));
  void interfaces_added(sdbus::Message& message);
  void interfaces_removed(sdbus::Message& message);
  void properties_changed(sdbus::Message& message);
  void owner_changed(sdbus::Message& message);
  void keep(decltype(BluezSignal::what) what);

  Result<sdbus::MethodReply> ask(const BluezCall& call, const KeepOn& keep_on);
  Result<void> read(milliseconds patience);

  SampleClock clock_;
  std::unique_ptr<sdbus::IConnection> connection_;
  std::deque<BluezSignal> signals_;
  std::optional<Error> gone_;
};

// All signals, whoever they are about: BlueZ has no others.
void DbusBluezBus::listen() {
  const std::string from_bluez = fmt::format("type='signal',sender='{}'", bluez_name);
  const std::string manager = fmt::format("{},interface='{}'", from_bluez, object_manager);
  on_match(manager + ",member='InterfacesAdded'", &DbusBluezBus::interfaces_added);
  on_match(manager + ",member='InterfacesRemoved'", &DbusBluezBus::interfaces_removed);
  on_match(from_bluez + ",interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
           &DbusBluezBus::properties_changed);
  on_match(fmt::format("type='signal',sender='org.freedesktop.DBus',"
                       "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{}'",
                       bluez_name),
           &DbusBluezBus::owner_changed);
}

// A signal that is not laid out as it should be is left out: nothing may be thrown through
// sd-bus, which is C.
void DbusBluezBus::on_match(const std::string& rule,
                            void (DbusBluezBus::*handler)(sdbus::Message&)) {
  connection_->addMatch(
      rule,
      [this, handler](sdbus::Message& message) {
        try {
          (this->*handler)(message);
        } catch (const sdbus::Error&) {
          return;
        }
      },
      sdbus::floating_slot);
}

void DbusBluezBus::keep(decltype(BluezSignal::what) what) {
  signals_.push_back({clock_(), std::move(what)});
}

void DbusBluezBus::interfaces_added(sdbus::Message& message) {
  sdbus::ObjectPath path;
  DbusInterfaces interfaces;
  message >> path >> interfaces;
  keep(InterfacesAdded{path, to_interfaces(interfaces)});
}

void DbusBluezBus::interfaces_removed(sdbus::Message& message) {
  sdbus::ObjectPath path;
  std::vector<std::string> interfaces;
  message >> path >> interfaces;
  keep(InterfacesRemoved{path, std::move(interfaces)});
}

void DbusBluezBus::properties_changed(sdbus::Message& message) {
  PropertiesChanged changed{
      .path = message.getPath(), .interface = {}, .changed = {}, .invalidated = {}};
  DbusProperties properties;
  message >> changed.interface >> properties >> changed.invalidated;
  changed.changed = to_properties(properties);
  keep(std::move(changed));
}

void DbusBluezBus::owner_changed(sdbus::Message& message) {
  std::string name;
  std::string old_owner;
  message >> name >> old_owner;
  if (!old_owner.empty()) {
    gone_ = Error(Fault::unavailable, "BlueZ was stopped or restarted");
  }
}

// Lets the bus be read once: handlers put what came into signals_, gone_ or a Reply.
Result<void> DbusBluezBus::read(milliseconds patience) {
  try {
    if (connection_->processPendingRequest()) {
      return {};
    }
    const auto data = connection_->getEventLoopPollData();
    pollfd waiting{data.fd, data.events, 0};
    const int own = data.getPollTimeout();
    const int limit = static_cast<int>(patience.count());
    static_cast<void>(::poll(&waiting, 1, own < 0 ? limit : std::min(own, limit)));
    while (connection_->processPendingRequest()) {
    }
  } catch (const sdbus::Error& error) {
    gone_ = Error(Fault::unavailable,
                  fmt::format("the D-Bus system bus is gone: {}", error.getMessage()));
    return std::unexpected(*gone_);
  }
  return {};
}

Result<std::optional<BluezSignal>> DbusBluezBus::next(milliseconds patience) {
  if (signals_.empty() && !gone_) {
    SLUICE_TRY_DO(read(patience));
  }
  if (!signals_.empty()) {
    BluezSignal signal = std::move(signals_.front());
    signals_.pop_front();
    return signal;
  }
  if (gone_) {
    return std::unexpected(*gone_);
  }
  return std::nullopt;
}

Result<sdbus::MethodReply> DbusBluezBus::ask(const BluezCall& call, const KeepOn& keep_on) {
  Reply reply;
  try {
    const auto proxy = sdbus::createProxy(*connection_, bluez_name, call.path);
    auto message = proxy->createMethodCall(call.interface, call.method);
    if (call.argument) {
      message << to_wire(*call.argument);
    }
    // Ends with the proxy, so the handler is not called after this.
    proxy->callMethod(
        message,
        [&reply](sdbus::MethodReply& answer, const sdbus::Error* error) {
          reply.is_there = true;
          if (error != nullptr) {
            reply.error = *error;
          } else {
            reply.message = answer;
          }
        },
        call.patience);
    while (!reply.is_there) {
      if (gone_) {
        return std::unexpected(Error(*gone_).within(call.doing));
      }
      if (!keep_on()) {
        return fail(Fault::cancelled, call.doing + ": interrupted");
      }
      SLUICE_TRY_DO(read(keep_on_interval));
    }
  } catch (const sdbus::Error& error) {
    return std::unexpected(to_error(call.doing, error));
  }
  if (reply.error && !is_already_so(reply.error->getName())) {
    return std::unexpected(to_error(call.doing, *reply.error));
  }
  return std::move(reply.message);
}

Result<BluezObjects> DbusBluezBus::objects() {
  SLUICE_TRY(reply,
             ask({"/",
                  object_manager,
                  "GetManagedObjects",
                  std::nullopt,
                  "cannot use Bluetooth",
                  objects_patience},
                 [] { return true; }));
  try {
    DbusObjects objects;
    reply >> objects;
    BluezObjects::Map out;
    for (const auto& [object, interfaces] : objects) {
      out.emplace(object, to_interfaces(interfaces));
    }
    return BluezObjects(std::move(out));
  } catch (const sdbus::Error& error) {
    return std::unexpected(to_error("cannot read BlueZ's objects", error));
  }
}

Result<Bytes> DbusBluezBus::call(const BluezCall& call, const KeepOn& keep_on) {
  SLUICE_TRY(reply, ask(call, keep_on));
  if (call.method != "ReadValue") {
    return Bytes();
  }
  try {
    std::vector<std::uint8_t> value;
    reply >> value;
    return Bytes(value.begin(), value.end());
  } catch (const sdbus::Error& error) {
    return std::unexpected(to_error(call.doing, error));
  }
}

}  // namespace

Result<std::unique_ptr<BluezBus>> open_bluez_dbus(SampleClock clock) {
  try {
    return std::make_unique<DbusBluezBus>(std::move(clock));
  } catch (const sdbus::Error& error) {
    if (error.getName() == "org.freedesktop.DBus.Error.AccessDenied") {
      return std::unexpected(to_error("cannot reach the D-Bus system bus", error));
    }
    return fail(
        Fault::unavailable,
        fmt::format("cannot reach the D-Bus system bus, on which BlueZ listens: {}; install "
                    "or start them (Debian: dbus, bluez)",
                    error.getMessage()));
  }
}

}  // namespace sluice::heartrate
