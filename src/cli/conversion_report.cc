// What a conversion came to.
#include "cli/conversion_report.h"

#include "cli/quantity.h"
#include "json/writer.h"

#include <fmt/format.h>

namespace sluice::cli {
namespace {

double seconds_of(const ConversionReport& report) {
  return std::chrono::duration<double>(report.elapsed).count();
}

std::string read_text(const ConversionReport& report) {
  std::string text = human_bytes(report.counts.bytes_in);
  const bool is_compressed = report.bytes_read != report.counts.bytes_in;
  if (report.inputs > 1) {
    text += fmt::format(" from {} files", human_count(report.inputs));
  }
  if (is_compressed) {
    text +=
        fmt::format("{} {}", report.inputs > 1 ? " of" : " from", human_bytes(report.bytes_read));
  }
  return text;
}

std::string written_text(const ConversionReport& report) {
  std::string text = human_bytes(report.bytes_out);
  if (report.files != 1) {
    text += fmt::format(" in {}", counted(report.files, "file", "files"));
  }
  if (report.counts.bytes_in > 0) {
    constexpr double percent = 100;
    text += fmt::format(", {:.1f} % of it",
                        percent * static_cast<double>(report.bytes_out) /
                            static_cast<double>(report.counts.bytes_in));
  }
  return text;
}

std::string time_text(const ConversionReport& report) {
  // Of a shorter time the rate says nothing.
  constexpr double seconds_min = 0.1;
  std::string text = human_duration(report.elapsed);
  if (seconds_of(report) >= seconds_min) {
    const double rate = static_cast<double>(report.counts.bytes_in) / seconds_of(report);
    text += fmt::format(", {}/s on {}",
                        human_bytes(static_cast<std::uint64_t>(rate)),
                        counted(report.threads, "thread", "threads"));
  }
  return text;
}

}  // namespace

std::string report_text(const ConversionReport& report, const Paint& paint) {
  std::string text = paint(Ink::bold, printable(report.output)) + "\n";
  const auto line = [&](std::string_view title, const std::string& value) {
    text += fmt::format("  {}{}\n", paint(Ink::dim, fmt::format("{:<10}", title)), value);
  };
  if (!report.inferred.empty()) {
    line("columns", printable(report.inferred));
  }
  line("rows", human_count(report.counts.rows));
  if (report.counts.rejected > 0) {
    const std::string where =
        report.rejects.empty() ? ""
                               : fmt::format("; the reasons are in {}", printable(report.rejects));
    line("rejected", paint(Ink::yellow, counted(report.counts.rejected, "line", "lines") + where));
  }
  line("read", read_text(report));
  line("written", written_text(report));
  line("time", time_text(report));
  return text;
}

std::string report_json(const ConversionReport& report) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("output", report.output);
  writer.member("written", report.is_written);
  if (!report.inferred.empty()) {
    writer.member("schema", report.inferred);
  }
  writer.member("inputs", report.inputs);
  writer.member("files", report.files);
  writer.member("lines", report.counts.lines);
  writer.member("rows", report.counts.rows);
  writer.member("rejected", report.counts.rejected);
  writer.member("bytes_read", report.bytes_read);
  writer.member("bytes_in", report.counts.bytes_in);
  writer.member("bytes_out", report.bytes_out);
  writer.member("threads", report.threads);
  writer.member("seconds", seconds_of(report));
  writer.end_object();
  return out + "\n";
}

}  // namespace sluice::cli
