#include "cli/replay_report.h"

#include "cli/quantity.h"
#include "cli/table.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

namespace sluice::cli {
namespace {

constexpr std::size_t message_width = 70;
constexpr std::size_t indent = 2;

std::string problems_text(const ReplayReport& report, const Paint& paint) {
  std::string text;
  for (const std::string& problem : report.problems) {
    text += fmt::format("{} {}\n", paint(Ink::yellow, "left alone:"), printable(problem));
  }
  if (report.not_waiting > 0) {
    text += fmt::format(
        "{}: delivered before, or not of this error output\n",
        counted(
            report.not_waiting, "line of the file does not wait", "lines of the file do not wait"));
  }
  return text;
}

}  // namespace

std::uint64_t ReplayReport::still_failing() const {
  std::uint64_t count = 0;
  for (const auto& [code, of_code] : failing) {
    count += of_code.lines;
  }
  return count;
}

void ReplayReport::add(const ReplayReport& other) {
  state = other.state;
  objects += other.objects;
  lines += other.lines;
  passed += other.passed;
  matched += other.matched;
  delivered += other.delivered;
  not_waiting += other.not_waiting;
  for (const auto& [code, of_code] : other.failing) {
    failing[code].lines += of_code.lines;
    failing[code].message = of_code.message;
  }
  problems.insert(problems.end(), other.problems.begin(), other.problems.end());
  last_error = other.last_error;
}

Result<ReplayReport> parse_replay_report(ByteView answer) {
  SLUICE_TRY(document, json::Document::parse(Bytes(answer)));
  const json::View root = document.root().find("Replay");
  if (!root.is(json::Kind::object)) {
    return fail(Fault::invalid, "the answer is not that of a replay");
  }
  const auto count = [](json::View object, std::string_view name) {
    return static_cast<std::uint64_t>(object.find(name).as_int64().value_or(0));
  };
  const auto text = [](json::View object, std::string_view name) {
    return std::string(object.find(name).as_string().value_or(std::string_view()));
  };
  ReplayReport report;
  report.state = text(root, "State");
  report.objects = count(root, "Objects");
  report.lines = count(root, "Lines");
  report.passed = count(root, "Passed");
  report.matched = count(root, "Matched");
  report.delivered = count(root, "Delivered");
  report.not_waiting = count(root, "NotWaiting");
  report.last_error = text(root, "LastError");
  for (const json::View one : root.find("Failing").elements()) {
    report.failing[text(one, "Code")] = {count(one, "Lines"), text(one, "Message")};
  }
  for (const json::View one : root.find("Codes").elements()) {
    report.codes[text(one, "Code")] = count(one, "Lines");
  }
  for (const json::View one : root.find("Problems").elements()) {
    report.problems.emplace_back(one.as_string().value_or(std::string_view()));
  }
  return report;
}

std::string to_text(const ReplayReport& report,
                    std::string_view delivery_stream,
                    const Paint& paint) {
  std::string text = fmt::format("{} of {} in the error output of {}{}\n",
                                 counted(report.matched, "line", "lines"),
                                 counted(report.objects, "object", "objects"),
                                 paint(Ink::bold, printable(delivery_stream)),
                                 report.state == "STOPPED" ? ", until it was stopped" : "");
  Table table({{"OUTCOME"}, {"LINES", Align::right}, {"WHY"}});
  table.add_row({"delivered", human_count(report.delivered), ""});
  for (const auto& [code, failing] : report.failing) {
    table.add_row(
        {"still failing",
         human_count(failing.lines),
         fmt::format(
             "{}: {}", printable(code), shorten(printable(failing.message), message_width))});
  }
  return text + table.to_string(paint, indent) + problems_text(report, paint);
}

std::string to_dry_text(const ReplayReport& report,
                        std::string_view delivery_stream,
                        const Paint& paint) {
  std::string text = fmt::format("{} of {} in the error output of {} would be tried\n",
                                 counted(report.matched, "line", "lines"),
                                 counted(report.objects, "object", "objects"),
                                 paint(Ink::bold, printable(delivery_stream)));
  if (!report.codes.empty()) {
    Table table({{"REFUSED WITH"}, {"LINES", Align::right}});
    for (const auto& [code, lines] : report.codes) {
      table.add_row({printable(code), human_count(lines)});
    }
    text += table.to_string(paint, indent);
  }
  return text + problems_text(report, paint);
}

std::string to_json(const ReplayReport& report, std::string_view delivery_stream) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("delivery_stream", delivery_stream);
  out.member("state", std::string_view(report.state));
  out.member("objects", report.objects);
  out.member("lines", report.lines);
  out.member("matched", report.matched);
  out.member("delivered", report.delivered);
  out.member("still_failing", report.still_failing());
  out.key("failing");
  out.begin_object();
  for (const auto& [code, failing] : report.failing) {
    out.member(code, failing.lines);
  }
  out.end_object();
  out.key("codes");
  out.begin_object();
  for (const auto& [code, lines] : report.codes) {
    out.member(code, lines);
  }
  out.end_object();
  out.member("not_waiting", report.not_waiting);
  out.key("problems");
  out.begin_array();
  for (const std::string& problem : report.problems) {
    out.value(std::string_view(problem));
  }
  out.end_array();
  out.end_object();
  return text + "\n";
}

ExitCode exit_code_of(const ReplayReport& report) {
  if (report.state == "STOPPED" || report.state == "BROKEN") {
    return ExitCode::failed;
  }
  return report.still_failing() > 0 || !report.problems.empty() ? ExitCode::gone : ExitCode::ok;
}

}  // namespace sluice::cli
