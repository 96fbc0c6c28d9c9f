// Heart-rate sensors in range, for a person and for a program.
#include "cli/sensor_listing.h"

#include "cli/quantity.h"
#include "cli/table.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <optional>

namespace sluice::cli {
namespace {

constexpr std::size_t name_columns_max = 32;

template <class T>
std::string cell(const std::optional<T>& value, std::string_view unit) {
  return value ? fmt::format("{} {}", *value, unit) : "–";
}

template <class T>
void member(json::Writer& writer, std::string_view name, const std::optional<T>& value) {
  writer.key(name);
  if (value) {
    writer.value(*value);
  } else {
    writer.null();
  }
}

}  // namespace

std::string sensors_text(const std::vector<heartrate::SensorInfo>& sensors, const Paint& paint) {
  Table table({{"NAME"}, {"ADDRESS"}, {"SIGNAL", Align::right}, {"BATTERY", Align::right}});
  for (const heartrate::SensorInfo& sensor : sensors) {
    table.add_row({sensor.name.empty() ? "–" : shorten(printable(sensor.name), name_columns_max),
                   printable(sensor.address),
                   cell(sensor.signal_dbm, "dBm"),
                   cell(sensor.battery_percent, "%")});
  }
  return table.to_string(paint, 0);
}

std::string sensors_json(const std::vector<heartrate::SensorInfo>& sensors) {
  std::string out;
  for (const heartrate::SensorInfo& sensor : sensors) {
    json::Writer writer(out);
    writer.begin_object();
    writer.member("address", sensor.address);
    member(writer,
           "name",
           sensor.name.empty() ? std::nullopt : std::optional<std::string_view>(sensor.name));
    member(writer, "signal_dbm", sensor.signal_dbm);
    member(writer, "battery_percent", sensor.battery_percent);
    writer.end_object();
    out += '\n';
  }
  return out;
}

}  // namespace sluice::cli
