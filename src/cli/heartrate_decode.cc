// sluice heartrate decode: what the bytes of a sensor mean.
#include "base/digest.h"
#include "cli/command.h"
#include "cli/heartrate_commands.h"
#include "cli/input_file.h"
#include "cli/line_reader.h"
#include "cli/quantity.h"
#include "cli/table.h"
#include "heartrate/measurement.h"
#include "json/writer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

constexpr const char* kind_measurement = "measurement";
constexpr const char* kind_location = "location";
constexpr const char* kind_battery = "battery";

struct Options {
  std::vector<std::string> values;
  std::string kind = kind_measurement;
  bool is_json = false;
};

// An attribute of Bluetooth Low Energy has at most 512 bytes; this leaves room for separators.
constexpr std::size_t line_bytes_max = 4096;

std::optional<std::uint8_t> nibble(char digit) {
  if (digit >= '0' && digit <= '9') {
    return static_cast<std::uint8_t>(digit - '0');
  }
  const auto lower = static_cast<char>(digit | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return static_cast<std::uint8_t>(lower - 'a' + 10);
  }
  return std::nullopt;
}

bool is_separator(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\r' || letter == ':';
}

// "1648", "16 48", "16:48", "0x16 0x48"; a byte is never split.  std::nullopt for anything else.
std::optional<Bytes> parse_hex(ByteView text) {
  Bytes out;
  bool is_at_begin = true;  // of a group of digits
  for (std::size_t i = 0; i < text.size();) {
    if (is_separator(text[i])) {
      is_at_begin = true;
      ++i;
      continue;
    }
    if (i + 1 == text.size()) {
      return std::nullopt;
    }
    if (is_at_begin && text[i] == '0' && (text[i + 1] | 0x20) == 'x') {
      is_at_begin = false;
      i += 2;
      continue;
    }
    const auto high = nibble(text[i]);
    const auto low = nibble(text[i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    out.push_back(static_cast<char>(*high << 4 | *low));
    is_at_begin = false;
    i += 2;
  }
  return out;
}

// What a value says, once for a person and once for a program: title of a column, name of a member.
class Reading {
 public:
  explicit Reading(std::string hex) : hex_(std::move(hex)) {
    json_.begin_object();
    json_.member("hex", hex_);
  }

  void refuse(std::string_view why) {
    json_.member("error", why);
    note_ = why;
    is_malformed_ = true;
  }

  void warn(std::string_view what) {
    if (!what.empty()) {
      json_.member("warning", what);
      note_ = what;
    }
  }

  void add_cell(std::string cell) { cells_.push_back(std::move(cell)); }

  json::Writer& json() { return json_; }

  bool is_malformed() const { return is_malformed_; }

  std::string to_line() {
    json_.end_object();
    return text_ + "\n";
  }

  // The value's own columns between its bytes and the note.
  std::vector<std::string> to_row(std::size_t columns) {
    std::vector<std::string> row = {printable(hex_)};
    cells_.resize(columns);
    row.insert(row.end(), cells_.begin(), cells_.end());
    row.push_back(note_);
    return row;
  }

 private:
  std::string hex_;
  std::string text_;
  json::Writer json_{text_};
  std::vector<std::string> cells_;
  std::string note_;
  bool is_malformed_ = false;
};

void read_measurement(ByteView packet, Reading& reading) {
  const auto decoded = heartrate::decode_measurement(packet);
  if (!decoded) {
    reading.refuse(heartrate::packet_fault_name(decoded.error()));
    return;
  }
  const heartrate::Measurement& measurement = decoded->measurement;
  const int bits = measurement.is_16_bit ? 16 : 8;
  json::Writer& json = reading.json();
  json.member("heart_rate", measurement.heart_rate);
  json.member("bits", bits);
  json.member("contact", heartrate::contact_name(measurement.contact));
  json.key("energy_kj");
  if (measurement.energy_kj) {
    json.value(*measurement.energy_kj);
  } else {
    json.null();
  }
  json.key("rr_1024");
  json.begin_array();
  for (const std::uint16_t interval : measurement.rr_1024) {
    json.value(interval);
  }
  json.end_array();
  json.key("rr_ms");
  json.begin_array();
  std::string intervals;
  for (const std::uint16_t interval : measurement.rr_1024) {
    const double interval_ms = heartrate::rr_ms(interval);
    json.value(interval_ms);
    intervals += fmt::format("{}{:.1f}", intervals.empty() ? "" : " ", interval_ms);
  }
  json.end_array();
  reading.add_cell(fmt::to_string(measurement.heart_rate));
  reading.add_cell(fmt::to_string(bits));
  reading.add_cell(std::string(heartrate::contact_name(measurement.contact)));
  reading.add_cell(measurement.energy_kj ? fmt::to_string(*measurement.energy_kj) : "");
  reading.add_cell(intervals);
  reading.warn(heartrate::packet_warning_names(decoded->warnings));
}

void read_location(ByteView value, Reading& reading) {
  const auto location = heartrate::body_sensor_location(value);
  if (!location) {
    reading.refuse("not-one-byte");
    return;
  }
  reading.json().member("location", *location);
  reading.add_cell(std::string(*location));
}

void read_battery(ByteView value, Reading& reading) {
  const auto percent = heartrate::battery_level(value);
  if (!percent) {
    reading.refuse(value.size() == 1 ? "above-100" : "not-one-byte");
    return;
  }
  reading.json().member("battery_percent", *percent);
  reading.add_cell(fmt::to_string(*percent));
}

std::vector<TableColumn> columns_of(const std::string& kind) {
  if (kind == kind_location) {
    return {{"VALUE", Align::left}, {"LOCATION", Align::left}, {"NOTE", Align::left}};
  }
  if (kind == kind_battery) {
    return {{"VALUE", Align::left}, {"BATTERY %", Align::right}, {"NOTE", Align::left}};
  }
  return {{"PACKET", Align::left},
          {"RATE", Align::right},
          {"BITS", Align::right},
          {"CONTACT", Align::left},
          {"ENERGY kJ", Align::right},
          {"RR ms", Align::left},
          {"NOTE", Align::left}};
}

// One run of the command.
class Decoding {
 public:
  Decoding(const Options& options, Terminal& terminal)
      : options_(options),
        terminal_(terminal),
        columns_(columns_of(options.kind)),
        table_(columns_) {}

  ExitCode run();

 private:
  void decode(ByteView text);
  void show(Reading& reading);
  Result<void> decode_input();

  const Options& options_;
  Terminal& terminal_;
  std::vector<TableColumn> columns_;
  Table table_;
  bool has_malformed_ = false;
};

void Decoding::decode(ByteView text) {
  const auto value = parse_hex(text);
  Reading reading(value ? to_hex(*value) : std::string(text));
  if (!value) {
    reading.refuse("not-hexadecimal");
  } else if (options_.kind == kind_location) {
    read_location(*value, reading);
  } else if (options_.kind == kind_battery) {
    read_battery(*value, reading);
  } else {
    read_measurement(*value, reading);
  }
  show(reading);
}

void Decoding::show(Reading& reading) {
  has_malformed_ = has_malformed_ || reading.is_malformed();
  if (options_.is_json) {
    terminal_.print(reading.to_line());
  } else {
    constexpr std::size_t columns_around = 2;  // the bytes and the note
    table_.add_row(reading.to_row(columns_.size() - columns_around));
  }
}

Result<void> Decoding::decode_input() {
  SLUICE_TRY(input, InputFile::open(std::string(standard_input)));
  LineReader::Limits limits;
  limits.line_bytes_max = line_bytes_max;
  LineReader lines([&input](char* to, std::size_t count) { return input.read(to, count); }, limits);
  for (;;) {
    SLUICE_TRY(line, lines.next());
    if (!line) {
      return {};
    }
    if (line->is_too_long) {
      constexpr std::size_t shown_bytes = 40;
      Reading reading(std::string(line->text.substr(0, shown_bytes)) + "…");
      reading.refuse("too-long");
      show(reading);
    } else if (!is_blank(line->text)) {
      decode(line->text);
    }
  }
}

ExitCode Decoding::run() {
  for (const std::string& value : options_.values) {
    if (value != standard_input) {
      decode(value);
    } else if (const auto read = decode_input(); !read) {
      terminal_.complain("heartrate decode", read.error().message());
      return exit_code_of(read.error().fault());
    }
  }
  if (!options_.is_json && !table_.empty()) {
    terminal_.print(table_.to_string(terminal_.paint(), 0));
  }
  return has_malformed_ ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

void add_heartrate_decode(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("decode", "show what the bytes of a sensor mean");
  app.add_option("HEX",
                 options->values,
                 "a value each; blanks, colons and 0x may stand between bytes; - for "
                 "standard input, a value on each line")
      ->required();
  app.add_option("--as",
                 options->kind,
                 "measurement (0x2A37, default), location (0x2A38) or battery (0x2A19)")
      ->type_name("KIND")
      ->check(CLI::IsMember({kind_measurement, kind_location, kind_battery}).description(""));
  app.add_flag("--json", options->is_json, "one JSON object a line for each value");
  app.footer(
      "A malformed value is shown with its reason and makes the exit code 1; what is\n"
      "readable yet odd carries a warning.\n"
      "\n"
      "Examples:\n"
      "  sluice heartrate decode 165a9a02 '16 73 0f 02 11 02'\n"
      "  sluice heartrate decode --as battery 0x5f\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Decoding(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
