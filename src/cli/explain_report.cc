// Explanations in words and in members.
#include "cli/explain_report.h"

#include "cli/quantity.h"
#include "json/writer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace sluice::cli {
namespace {

using proof::ExplainedObject;
using proof::Explanation;
using proof::Outlook;

Ink ink_of(Outlook outlook) {
  switch (outlook) {
    case Outlook::well:
      return Ink::green;
    case Outlook::gone:
      return Ink::red;
    default:
      return Ink::yellow;
  }
}

// "2025-07-13T15:55:19.123Z"
std::string time_text(UnixMillis time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(second.time_since_epoch().count())),
                     (time - second).count());
}

void write_time(json::Writer& out, std::string_view name, const std::optional<UnixMillis>& time) {
  if (time) {
    out.member(name, std::string_view(time_text(*time)));
  }
}

void write_text(json::Writer& out, std::string_view name, const std::string& text) {
  if (!text.empty()) {
    out.member(name, std::string_view(text));
  }
}

void write_object(const ExplainedObject& object, json::Writer& out) {
  out.key("object");
  out.begin_object();
  out.member("bucket", std::string_view(object.bucket));
  out.member("key", std::string_view(object.key));
  out.member("plan", object.plan.value);
  out.member("kind", delivery::object_kind_name(object.kind));
  out.member("records", object.records);
  out.member("rows", object.rows);
  out.member("bytes", object.bytes);
  out.member("sha256", std::string_view(to_hex(object.sha256)));
  write_time(out, "committed_at", object.committed_at);
  if (object.in_bucket) {
    out.member("in_bucket", proof::in_bucket_name(*object.in_bucket));
  }
  out.key("shards");
  out.begin_array();
  for (const proof::ShardSpan& span : object.shards) {
    out.begin_object();
    out.member("stream", std::string_view(fmt::format("{:016x}", span.shard.stream.value)));
    out.member("shard", span.shard.shard);
    out.member("first", span.first.value);
    out.member("last", span.last.value);
    out.member("count", span.count);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_backlog(const proof::Backlog& backlog, json::Writer& out) {
  out.key("backlog");
  out.begin_object();
  out.member("records", backlog.records);
  out.member("objects", backlog.objects);
  out.member("open_records", backlog.open_records);
  out.member("open_bytes", backlog.open_bytes);
  out.end_object();
}

void write_explanation(const Explanation& one, json::Writer& out) {
  out.begin_object();
  write_text(out, "delivery_stream", one.delivery_stream);
  out.member("state", std::string_view(one.state));
  out.member("outlook", proof::outlook_name(one.outlook));
  write_text(out, "cause", one.cause);
  write_time(out, "since", one.since);
  write_time(out, "until", one.until);
  write_time(out, "next_attempt", one.next_attempt);
  write_text(out, "last_error", one.last_error);
  write_time(out, "last_error_at", one.last_error_at);
  if (one.object) {
    write_object(*one.object, out);
  }
  if (one.row) {
    out.member("row", *one.row);
  }
  if (one.backlog) {
    write_backlog(*one.backlog, out);
  }
  out.key("sentences");
  out.begin_array();
  for (const std::string& sentence : one.sentences) {
    out.value(std::string_view(sentence));
  }
  out.end_array();
  out.end_object();
}

}  // namespace

std::string to_text(const std::vector<Explanation>& all, const Paint& paint) {
  std::string text;
  for (const Explanation& one : all) {
    const std::string name =
        one.delivery_stream.empty() ? "" : printable(one.delivery_stream) + ": ";
    text += fmt::format("{}{}\n", name, paint(ink_of(one.outlook), one.state));
    for (const std::string& sentence : one.sentences) {
      text += fmt::format("  {}\n", printable(sentence));
    }
  }
  return text;
}

std::string to_json(const std::vector<Explanation>& all) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const Explanation& one : all) {
    write_explanation(one, out);
  }
  out.end_array();
  return text + "\n";
}

ExitCode exit_code_of(const std::vector<Explanation>& all) {
  Outlook worst = Outlook::well;
  for (const Explanation& one : all) {
    worst = std::max(worst, one.outlook);
  }
  switch (worst) {
    case Outlook::well:
      return ExitCode::ok;
    case Outlook::unknown:
      return ExitCode::unknown;
    case Outlook::held:
      return ExitCode::held;
    case Outlook::gone:
      return ExitCode::gone;
  }
  return ExitCode::failed;
}

}  // namespace sluice::cli
