// CSV out, CSV in.
#include "query/athena_result.h"

#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::query {
namespace {

constexpr std::string_view scheme = "s3://";
constexpr std::size_t buffer_bytes = std::size_t{256} << 10;
constexpr std::size_t metadata_bytes_max = std::size_t{16} << 20;

std::string metadata_key(const ResultPlace& place) {
  return place.key + ".metadata";
}

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char c : value) {
    out.append(c == '"' ? 2 : 1, c);
  }
  out.push_back('"');
}

std::string encode_columns(std::span<const AthenaColumn> columns) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("columns");
  out.begin_array();
  for (const AthenaColumn& column : columns) {
    out.begin_object();
    out.member("name", std::string_view(column.name));
    out.member("type", std::string_view(column.type));
    out.member("precision", column.precision);
    out.member("scale", column.scale);
    out.member("case_sensitive", column.is_case_sensitive);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return text;
}

std::unexpected<Error> not_ours(const ResultPlace& place) {
  return fail(
      Fault::corrupt,
      fmt::format("the result {} is not as it was written; ask the question again", place.url()));
}

Result<std::vector<AthenaColumn>> read_columns(s3::LocalStore& store, const ResultPlace& place) {
  auto object = store.get(place.bucket, metadata_key(place));
  if (!object) {
    return std::unexpected(
        std::move(object).error().to_error().within(fmt::format("the columns of {}", place.url())));
  }
  Bytes text;
  SLUICE_TRY_DO(object->file->read_at(0, metadata_bytes_max, text));
  SLUICE_TRY(document, json::Document::parse(std::move(text)));
  std::vector<AthenaColumn> columns;
  for (const json::View one : document.root().find("columns").elements()) {
    columns.push_back({.name = std::string(one.find("name").as_string().value_or("")),
                       .type = std::string(one.find("type").as_string().value_or("varchar")),
                       .precision = one.find("precision").as_int64().value_or(0),
                       .scale = one.find("scale").as_int64().value_or(0),
                       .is_case_sensitive = one.find("case_sensitive").as_bool().value_or(false)});
  }
  return columns;
}

// Cuts rows off a file, piece by piece.
class RowReader {
 public:
  RowReader(const File& file, std::uint64_t offset, std::uint64_t size)
      : file_(file), start_(offset), size_(size) {}

  // Where the next row begins.
  std::uint64_t offset() const { return start_ + used_; }

  bool is_at_end() const { return offset() == size_; }

  // The next row of a CSV; std::nullopt when it is none.
  Result<std::optional<std::vector<std::optional<std::string>>>> csv_row() {
    std::vector<std::optional<std::string>> row;
    while (true) {
      SLUICE_TRY(value, csv_value());
      if (!value) {
        return std::nullopt;
      }
      row.push_back(std::move(value->text));
      if (value->ends_row) {
        return row;
      }
    }
  }

  Result<std::string> line() {
    std::string text;
    while (true) {
      SLUICE_TRY(c, next());
      if (!c || *c == '\n') {
        return text;
      }
      text.push_back(*c);
    }
  }

 private:
  struct Value {
    std::optional<std::string> text;
    bool ends_row = false;
  };

  // "text" or nothing, then a comma or the end of the line; std::nullopt when it is neither.
  Result<std::optional<Value>> csv_value() {
    Value value;
    SLUICE_TRY(first, next());
    std::optional<char> c = first;
    if (c == '"') {
      value.text.emplace();
      while (true) {
        SLUICE_TRY(inner, next());
        if (!inner) {
          return std::nullopt;
        }
        if (*inner == '"') {
          SLUICE_TRY(behind, next());
          c = behind;
          if (c != '"') {
            break;
          }
        }
        value.text->push_back(*inner);
      }
    }
    if (!c || (*c != ',' && *c != '\n')) {
      return std::nullopt;
    }
    value.ends_row = *c == '\n';
    return value;
  }

  Result<std::optional<char>> next() {
    if (used_ == buffer_.size()) {
      start_ += used_;
      used_ = 0;
      buffer_.clear();
      SLUICE_TRY_DO(file_.read_at(start_, buffer_bytes, buffer_));
      if (buffer_.empty()) {
        return std::nullopt;
      }
    }
    return buffer_[used_++];
  }

  const File& file_;
  std::uint64_t start_;  // of the buffer, in the file
  std::uint64_t size_;
  Bytes buffer_;
  std::size_t used_ = 0;
};

}  // namespace

std::string ResultPlace::url() const {
  return fmt::format("{}{}/{}", scheme, bucket, key);
}

Result<ResultPlace> parse_place(std::string_view url) {
  const std::string_view path = url.starts_with(scheme) ? url.substr(scheme.size()) : "";
  const std::size_t slash = path.find('/');
  if (slash == 0 || path.empty()) {
    return fail(Fault::invalid,
                fmt::format("{} is no location for results; write s3://bucket/folder/", url));
  }
  return ResultPlace{std::string(path.substr(0, slash)),
                     std::string(slash == std::string_view::npos ? "" : path.substr(slash + 1))};
}

Result<ResultPlace> place_in(std::string_view location, std::string_view name) {
  SLUICE_TRY(place, parse_place(location));
  if (!place.key.empty() && !place.key.ends_with('/')) {
    place.key.push_back('/');
  }
  place.key += name;
  return place;
}

Result<std::unique_ptr<ResultWriter>> ResultWriter::start(s3::LocalStore& store,
                                                          ResultPlace place) {
  std::unique_ptr<ResultWriter> writer(new ResultWriter(store, std::move(place)));
  auto upload = store.start_upload(writer->place_.bucket, writer->place_.key);
  if (!upload) {
    return std::unexpected(std::move(upload).error().to_error().within(
        fmt::format("the output location {}", writer->place_.url())));
  }
  writer->upload_ = *std::move(upload);
  return writer;
}

Result<void> ResultWriter::begin(std::span<const ResultColumn> columns) {
  for (const ResultColumn& column : columns) {
    types_.push_back(AthenaType::parse(column.type));
    columns_.push_back(types_.back().column(column.name));
    buffer_ += types_.size() == 1 ? "" : ",";
    append_quoted(buffer_, column.name);
  }
  buffer_.push_back('\n');
  return flush(buffer_bytes);
}

Result<void> ResultWriter::row(std::span<const std::optional<std::string_view>> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    buffer_ += i == 0 ? "" : ",";
    if (values[i]) {
      value_.clear();
      types_[i].append(value_, *values[i]);
      append_quoted(buffer_, value_);
    }
  }
  buffer_.push_back('\n');
  return flush(buffer_bytes);
}

Result<void> ResultWriter::line(std::string_view text) {
  for (const char c : text) {
    buffer_.push_back(c == '\n' ? ' ' : c);
  }
  buffer_.push_back('\n');
  return flush(buffer_bytes);
}

Result<void> ResultWriter::flush(std::size_t bytes_min) {
  if (buffer_.size() < bytes_min) {
    return {};
  }
  if (auto written = upload_->write(buffer_); !written) {
    return std::unexpected(std::move(written).error().to_error());
  }
  buffer_.clear();
  return {};
}

Result<void> ResultWriter::finish() {
  SLUICE_TRY_DO(flush(0));
  s3::PutOptions options;
  options.headers.content_type = "application/octet-stream";
  // The columns first: whoever sees the result finds them.
  if (auto put = store_.put(place_.bucket, metadata_key(place_), encode_columns(columns_), options);
      !put) {
    return std::unexpected(std::move(put).error().to_error());
  }
  if (auto finished = upload_->finish(options); !finished) {
    return std::unexpected(std::move(finished).error().to_error());
  }
  return {};
}

Result<ResultPage> read_result_page(s3::LocalStore& store,
                                    const ResultPlace& place,
                                    std::uint64_t start,
                                    std::size_t rows_max) {
  auto object = store.get(place.bucket, place.key);
  if (!object) {
    return std::unexpected(
        std::move(object).error().to_error().within(fmt::format("the result {}", place.url())));
  }
  ResultPage page;
  SLUICE_TRY(columns, read_columns(store, place));
  page.columns = std::move(columns);
  if (start > object->info.bytes) {
    return fail(Fault::invalid, "the token is of another result");
  }
  RowReader reader(*object->file, start, object->info.bytes);
  const bool is_csv = place.key.ends_with(".csv");
  while (!reader.is_at_end() && page.rows.size() < rows_max &&
         reader.offset() - start < page_bytes_max) {
    if (is_csv) {
      SLUICE_TRY(row, reader.csv_row());
      if (!row || row->size() != page.columns.size()) {
        return not_ours(place);
      }
      page.rows.push_back(*std::move(row));
    } else {
      SLUICE_TRY(text, reader.line());
      page.rows.push_back({std::move(text)});
    }
  }
  if (!reader.is_at_end()) {
    page.next = reader.offset();
  }
  return page;
}

}  // namespace sluice::query
