// The texts of `sluice demo`.
#include "cli/demo_report.h"

#include "cli/quantity.h"
#include "cli/tree.h"

#include <fmt/format.h>

namespace sluice::cli {
namespace {

// Six folders deep, with sizes behind, within 80 columns.
constexpr std::size_t tree_name_columns = 24;

std::string heading(std::string_view text, const Paint& paint) {
  return fmt::format("\n{}\n", paint(Ink::bold, text));
}

std::string amount_line(std::string_view what,
                        std::string_view count,
                        std::string_view rest,
                        const Paint& paint) {
  return fmt::format("  {}  {:<17}{}\n", paint(Ink::dim, fmt::format("{:<10}", what)), count, rest);
}

struct ParquetObjects {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

ParquetObjects parquet_objects(const Landing& landing) {
  ParquetObjects out;
  for (const LandedObject& object : landing.objects) {
    if (object.rows) {
      ++out.count;
      out.bytes += object.bytes;
    }
  }
  return out;
}

std::string command_line(std::string_view text, const Paint& paint) {
  return fmt::format("  {}\n", paint(Ink::cyan, text));
}

}  // namespace

std::string demo_step(std::string_view what, std::string_view text, const Paint& paint) {
  return fmt::format(
      "  {} {}  {}\n", paint(Ink::green, "✓"), paint(Ink::dim, fmt::format("{:<9}", what)), text);
}

std::string landing_text(const DemoResult& result, const Paint& paint) {
  std::vector<TreeFile> files;
  for (const LandedObject& object : result.landing.objects) {
    files.push_back({object.key,
                     human_bytes(object.bytes),
                     object.rows ? counted(*object.rows, "row", "rows") : ""});
  }
  std::string out = heading("The bucket", paint);
  out += tree_text(result.bucket, files, tree_name_columns, paint);
  out += heading("The figures", paint);
  out += amount_line("in",
                     counted(result.records, "record", "records"),
                     fmt::format("{} of JSON", human_bytes(result.bytes_in)),
                     paint);
  const ParquetObjects objects = parquet_objects(result.landing);
  out += amount_line("out",
                     counted(result.landing.rows, "row", "rows"),
                     fmt::format("{} in {}",
                                 human_bytes(objects.bytes),
                                 counted(objects.count, "Parquet file", "Parquet files")),
                     paint);
  return out;
}

std::string question_sql(const DemoResult& result) {
  return "SELECT max(heart_rate) AS max, min(heart_rate) AS min,\n"
         "       max(heart_rate) - min(heart_rate) AS difference\n"
         "FROM " +
         result.table;
}

std::string question_text(const DemoResult& result, const Paint& paint) {
  std::string out = heading("The question", paint);
  out += command_line(
      fmt::format("{} query --data-dir {} \\", result.program, result.data_directory), paint);
  const std::string sql = question_sql(result);
  std::string_view rest = sql;
  for (std::string_view quote = "\""; !rest.empty(); quote = " ") {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const bool is_last = end == rest.size();
    out += command_line(fmt::format("  {}{}{}", quote, rest.substr(0, end), is_last ? "\"" : ""),
                        paint);
    rest.remove_prefix(is_last ? end : end + 1);
  }
  return out + "\n";
}

std::string answer_text(const DemoResult& result, const Paint& paint) {
  if (!result.landing.range) {
    return "";
  }
  const ValueRange& range = *result.landing.range;
  return heading("The answer", paint) +
         fmt::format("  heart rate: max {}, min {}, difference {} {} per minute\n",
                     range.max,
                     range.min,
                     paint(Ink::bold, fmt::to_string(range.max - range.min)),
                     range.max - range.min == 1 ? "beat" : "beats");
}

std::string next_steps_text(const DemoResult& result, const Paint& paint) {
  std::string out = heading("Look at the files", paint);
  out += command_line(fmt::format("{} inspect {}", result.program, result.data_directory), paint);
  if (!result.table.empty()) {
    out += command_line(
        fmt::format("{} query --data-dir {} \\", result.program, result.data_directory), paint);
    out += command_line(fmt::format("  \"SELECT * FROM {} LIMIT 5\"", result.table), paint);
  }
  out += paint(Ink::dim, "\n  # with other programs: pip install duckdb pandas pyarrow\n");
  out += command_line(fmt::format("cd {}", result.bucket_directory()), paint);
  out += command_line(
      "python3 -c \"import duckdb; duckdb.sql(\\\"FROM '**/*.parquet'\\\").show()\"", paint);
  out += command_line("python3 -c \"import pandas; print(pandas.read_parquet('.').describe())\"",
                      paint);
  out += command_line("cd -", paint);
  out += heading("Send your own", paint);
  out += command_line(fmt::format("{} serve --config {}", result.program, result.config), paint);
  out +=
      paint(Ink::dim, "\n  # in Python; any AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY will do\n");
  out += command_line("import boto3", paint);
  out += command_line("kinesis = boto3.client(\"kinesis\", \"us-east-1\",", paint);
  out += command_line("                       endpoint_url=\"http://127.0.0.1:4566\")", paint);
  out += command_line(
      fmt::format("kinesis.put_record(StreamName=\"{}\", PartitionKey=\"me\",", result.stream),
      paint);
  out += command_line("    Data='{\"timestamp\": \"2025-07-13T15:55:19\", \"heart_rate\": 89}\\n')",
                      paint);
  return out;
}

std::string what_is_missing(const DemoResult& result) {
  if (result.landing.rows == result.records) {
    return "";
  }
  return fmt::format("{} sent, but {} landed; see {}/demo.log and what else the bucket holds",
                     counted(result.records, "record was", "records were"),
                     counted(result.landing.rows, "row has", "rows have"),
                     result.data_directory);
}

}  // namespace sluice::cli
