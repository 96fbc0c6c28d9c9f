// Writing what a check has found.
#include "cli/check_report.h"

#include "base/base64.h"
#include "base/count_text.h"
#include "cli/conversion_schema.h"
#include "cli/quantity.h"
#include "delivery/ledger.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::cli {
namespace {

constexpr std::size_t shown_columns = 120;  // of a record or a text

template <class... Arguments>
void line(std::string& out, fmt::format_string<Arguments...> form, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), form, std::forward<Arguments>(arguments)...);
  out += '\n';
}

std::string short_text(std::string_view text) {
  return shorten(printable(text), shown_columns);
}

void tell_rest(std::string& out, std::size_t count, std::size_t shown) {
  if (count > shown) {
    line(out, "      and {} more; --rows shows them", human_count(count - shown));
  }
}

void write_object(std::string& out,
                  const RehearsedObject& object,
                  const CheckReportOptions& options,
                  const Paint& paint) {
  line(out,
       "  {}  {}, {}",
       paint(Ink::cyan, printable(object.key)),
       object.kind == delivery::ObjectKind::data
           ? counted(object.records, "record", "records")
           : paint(Ink::red, counted(object.refused.size(), "refusal", "refusals")),
       human_bytes(object.bytes));
  const std::size_t rows = std::min(object.rows.size(), options.rows_max);
  for (std::size_t i = 0; i < rows; ++i) {
    line(out, "      {}", printable(object.rows[i]));
  }
  tell_rest(out, object.rows.size(), rows);
  if (object.text) {
    line(out, "      {}", short_text(*object.text));
  }
  const std::size_t refused = std::min(object.refused.size(), options.rows_max);
  for (std::size_t i = 0; i < refused; ++i) {
    const RefusedRecord& one = object.refused[i];
    line(out, "      {}: {}", printable(one.code), printable(one.message));
    line(out, "        {}", paint(Ink::dim, short_text(one.data)));
  }
  tell_rest(out, object.refused.size(), refused);
}

void write_stream(std::string& out,
                  const CheckedStream& stream,
                  const CheckReportOptions& options,
                  const Paint& paint) {
  const delivery::S3Destination& s3 = stream.definition.s3;
  line(out, "{}  {}", paint(Ink::bold, stream.definition.name), paint(Ink::dim, stream.place));
  line(out, "  to s3://{}, times in {}", s3.bucket(), s3.custom_time_zone.value_or("UTC"));
  if (stream.held_back) {
    line(out, "  {} {}", paint(Ink::red, "delivers nothing:"), printable(*stream.held_back));
    return;
  }
  if (stream.rehearsal.schema) {
    line(out, "  columns: {}", columns_text(*stream.rehearsal.schema));
  }
  for (const std::string& key : stream.keys) {
    line(out, "  {}", paint(Ink::cyan, printable(key)));
  }
  for (const RehearsedObject& object : stream.rehearsal.objects) {
    write_object(out, object, options, paint);
  }
  if (options.has_sample && stream.rehearsal.objects.empty()) {
    line(out, "  no objects: there are no records");
  }
}

void write_object(json::Writer& out, const RehearsedObject& object) {
  out.begin_object();
  out.member("kind", delivery::object_kind_name(object.kind));
  out.member("key", std::string_view(object.key));
  out.member("records", object.records);
  out.member("bytes", object.bytes);
  out.key("rows");
  out.begin_array();
  for (const std::string& row : object.rows) {
    out.raw(row);
  }
  out.end_array();
  if (object.text) {
    out.member("text", std::string_view(*object.text));
  }
  out.key("refused");
  out.begin_array();
  for (const RefusedRecord& refused : object.refused) {
    out.begin_object();
    out.member("code", std::string_view(refused.code));
    out.member("message", std::string_view(refused.message));
    out.member("data", std::string_view(base64_encode(refused.data)));
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_stream(json::Writer& out, const CheckedStream& stream) {
  out.begin_object();
  out.member("delivery_stream", std::string_view(stream.definition.name));
  out.member("place", std::string_view(stream.place));
  out.member("bucket", std::string_view(stream.definition.s3.bucket()));
  if (stream.held_back) {
    out.member("held_back", std::string_view(*stream.held_back));
  }
  if (stream.rehearsal.schema) {
    out.member("columns", std::string_view(columns_text(*stream.rehearsal.schema)));
  }
  out.key("keys");
  out.begin_array();
  for (const std::string& key : stream.keys) {
    out.value(std::string_view(key));
  }
  out.end_array();
  out.key("objects");
  out.begin_array();
  for (const RehearsedObject& object : stream.rehearsal.objects) {
    write_object(out, object);
  }
  out.end_array();
  out.end_object();
}

}  // namespace

std::string to_text(const std::vector<CheckedStream>& streams,
                    const CheckReportOptions& options,
                    const Paint& paint) {
  std::string out;
  for (const CheckedStream& stream : streams) {
    out += out.empty() ? "" : "\n";
    write_stream(out, stream, options, paint);
  }
  return out;
}

std::string to_json(const std::vector<CheckedStream>& streams) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const CheckedStream& stream : streams) {
    write_stream(out, stream);
  }
  out.end_array();
  return text + "\n";
}

std::string to_text(const std::vector<CheckedExpectation>& tests, const Paint& paint) {
  std::string out;
  std::size_t failed = 0;
  for (const CheckedExpectation& test : tests) {
    const bool is_good = test.differences.empty();
    failed += is_good ? 0 : 1;
    line(out,
         "{}  {}",
         is_good ? paint(Ink::green, "ok    ") : paint(Ink::red, "FAILED"),
         printable(test.name));
    for (const std::string& difference : test.differences) {
      line(out, "        {}", difference);
    }
  }
  line(out, "{}, {} failed", counted(tests.size(), "test", "tests"), failed);
  return out;
}

std::string to_json(const std::vector<CheckedExpectation>& tests) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const CheckedExpectation& test : tests) {
    out.begin_object();
    out.member("name", std::string_view(test.name));
    out.member("delivery_stream", std::string_view(test.delivery_stream));
    out.member("passed", test.differences.empty());
    out.key("differences");
    out.begin_array();
    for (const std::string& difference : test.differences) {
      out.value(std::string_view(difference));
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
  return text + "\n";
}

}  // namespace sluice::cli
