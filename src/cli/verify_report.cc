// Findings in words.
#include "cli/verify_report.h"

#include "cli/quantity.h"
#include "cli/table.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::cli {
namespace {

using proof::Examined;
using proof::Facts;
using proof::Finding;
using proof::ShardSpan;
using proof::Verdict;

// Of the stretches of records of one fault, so many are shown as text.
constexpr std::size_t stretches_shown_max = 10;

bool is_proven(const Verdict& verdict) {
  return verdict.findings.empty() && verdict.unproven.empty();
}

std::string stream_name(const delivery::ShardKey& shard, const Facts& facts) {
  const auto known = facts.stream_names.find(shard.stream);
  return known == facts.stream_names.end() ? fmt::format("{:016x}", shard.stream.value)
                                           : printable(known->second);
}

// "records 1-50 of shard 0 of stream events", "49 of the records 1-50 …"
std::string span_text(const ShardSpan& span, const Facts& facts) {
  const std::string range = span.first == span.last
                                ? fmt::format("record {}", span.first.value)
                                : fmt::format("records {}-{}", span.first.value, span.last.value);
  return fmt::format("{}{} of shard {} of stream {}",
                     span.is_whole() ? "" : fmt::format("{} of the ", span.count),
                     range,
                     span.shard.shard,
                     stream_name(span.shard, facts));
}

std::string records_text(const std::vector<ShardSpan>& records, const Facts& facts) {
  std::string text;
  for (std::size_t i = 0; i < std::min(records.size(), stretches_shown_max); ++i) {
    text += (text.empty() ? "" : ", ") + span_text(records[i], facts);
  }
  if (records.size() > stretches_shown_max) {
    text += fmt::format(" and {} more stretches", records.size() - stretches_shown_max);
  }
  return text;
}

std::string finding_text(const Finding& finding, const Facts& facts, const Paint& paint) {
  std::string subject = printable(finding.delivery.name);
  if (finding.plan) {
    subject += fmt::format(", plan {}", finding.plan->value);
  }
  if (!finding.key.empty()) {
    subject += fmt::format(", s3://{}/{}", printable(finding.bucket), printable(finding.key));
  }
  std::string text = fmt::format("{}  {}\n", paint(Ink::red, flaw_name(finding.flaw)), subject);
  if (!finding.records.empty()) {
    text += fmt::format("  {}\n", records_text(finding.records, facts));
  }
  return text + fmt::format("  {}\n", printable(finding.message));
}

std::uint64_t faults_of(const Verdict& verdict, const store::DeliveryId& delivery) {
  return static_cast<std::uint64_t>(
      std::count_if(verdict.findings.begin(), verdict.findings.end(), [&](const Finding& finding) {
        return finding.delivery == delivery;
      }));
}

std::string kind_text(const Examined& examined) {
  if (!examined.has_ledger) {
    return "the objects alone";
  }
  return examined.is_defined ? "ledger" : "ledger of a deleted one";
}

std::string examined_text(const Verdict& verdict, const Paint& paint) {
  Table table({{"DELIVERY STREAM"},
               {"OBJECTS", Align::right},
               {"RECORDS", Align::right},
               {"SIZE", Align::right},
               {"WAITING", Align::right},
               {"FAULTS", Align::right},
               {"PROVEN BY"}});
  for (const Examined& examined : verdict.examined) {
    table.add_row({printable(examined.delivery.name),
                   human_count(examined.objects),
                   human_count(examined.records),
                   human_bytes(examined.bytes),
                   human_count(examined.planned),
                   human_count(faults_of(verdict, examined.delivery)),
                   kind_text(examined)});
  }
  return table.empty() ? "No delivery stream has put anything here.\n" : table.to_string(paint, 0);
}

// "faults", "proven-in-part", "proven": what the last line of the text says.
std::string_view verdict_word(const Verdict& verdict) {
  if (!verdict.findings.empty()) {
    return "faults";
  }
  return is_proven(verdict) ? "proven" : "proven-in-part";
}

void write_spans(const std::vector<ShardSpan>& spans, const Facts& facts, json::Writer& out) {
  out.begin_array();
  for (const ShardSpan& span : spans) {
    out.begin_object();
    out.member("stream", std::string_view(stream_name(span.shard, facts)));
    out.member("incarnation", std::string_view(fmt::format("{:016x}", span.shard.stream.value)));
    out.member("shard", span.shard.shard);
    out.member("first", span.first.value);
    out.member("last", span.last.value);
    out.member("count", span.count);
    out.end_object();
  }
  out.end_array();
}

void write_finding(const Finding& finding, const Facts& facts, json::Writer& out) {
  out.begin_object();
  out.member("fault", flaw_name(finding.flaw));
  out.member("delivery_stream", std::string_view(finding.delivery.name));
  out.member("incarnation", std::string_view(fmt::format("{:016x}", finding.delivery.incarnation)));
  if (finding.plan) {
    out.member("plan", finding.plan->value);
  }
  if (!finding.key.empty()) {
    out.member("bucket", std::string_view(finding.bucket));
    out.member("key", std::string_view(finding.key));
  }
  out.key("records");
  write_spans(finding.records, facts, out);
  out.member("message", std::string_view(finding.message));
  out.end_object();
}

void write_examined(const Examined& examined, json::Writer& out) {
  out.begin_object();
  out.member("delivery_stream", std::string_view(examined.delivery.name));
  out.member("incarnation",
             std::string_view(fmt::format("{:016x}", examined.delivery.incarnation)));
  out.member("has_ledger", examined.has_ledger);
  out.member("is_defined", examined.is_defined);
  out.member("objects", examined.objects);
  out.member("planned", examined.planned);
  out.member("records", examined.records);
  out.member("bytes", examined.bytes);
  out.end_object();
}

}  // namespace

ExitCode exit_code_of(const Verdict& verdict) {
  if (!verdict.findings.empty()) {
    return ExitCode::failed;
  }
  return is_proven(verdict) ? ExitCode::ok : ExitCode::unknown;
}

std::string to_text(const Verdict& verdict, const Facts& facts, const Paint& paint) {
  std::string text = examined_text(verdict, paint);
  for (const Finding& finding : verdict.findings) {
    text += "\n" + finding_text(finding, facts, paint);
  }
  for (const std::string& sentence : verdict.unproven) {
    text += fmt::format("\n{}  {}\n", paint(Ink::yellow, "not proven"), printable(sentence));
  }
  const std::size_t faults = verdict.findings.size();
  if (faults > 0) {
    text += fmt::format("\n{}\n", paint(Ink::red, counted(faults, "fault", "faults")));
  } else if (!verdict.unproven.empty()) {
    text += fmt::format("\n{}: nothing is missing, double or foreign as far as can be told\n",
                        paint(Ink::yellow, "proven in part"));
  } else {
    text +=
        fmt::format("\n{}: nothing is missing, double or foreign\n", paint(Ink::green, "proven"));
  }
  return text;
}

std::string to_json(const Verdict& verdict, const Facts& facts) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("proven", is_proven(verdict));
  out.member("verdict", verdict_word(verdict));
  out.key("delivery_streams");
  out.begin_array();
  for (const Examined& examined : verdict.examined) {
    write_examined(examined, out);
  }
  out.end_array();
  out.key("faults");
  out.begin_array();
  for (const Finding& finding : verdict.findings) {
    write_finding(finding, facts, out);
  }
  out.end_array();
  out.key("not_proven");
  out.begin_array();
  for (const std::string& sentence : verdict.unproven) {
    out.value(std::string_view(sentence));
  }
  out.end_array();
  out.end_object();
  return text + "\n";
}

}  // namespace sluice::cli
