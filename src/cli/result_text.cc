// Results as text.
#include "cli/result_text.h"

#include "cli/quantity.h"
#include "cli/table.h"
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace {

using Values = std::span<const std::optional<std::string_view>>;

// Rows whose widths decide those of a table's columns; later ones are cut to them.
constexpr std::size_t rows_measured_max = 1000;
constexpr std::size_t cell_width_min = 8;
constexpr std::size_t cell_width_max = 1000;
constexpr std::size_t gap = 2;
constexpr std::string_view null_text = "NULL";

bool is_number(std::string_view type) {
  constexpr std::array<std::string_view, 12> types = {"TINYINT",
                                                      "SMALLINT",
                                                      "INTEGER",
                                                      "BIGINT",
                                                      "HUGEINT",
                                                      "UTINYINT",
                                                      "USMALLINT",
                                                      "UINTEGER",
                                                      "UBIGINT",
                                                      "UHUGEINT",
                                                      "FLOAT",
                                                      "DOUBLE"};
  return std::ranges::find(types, type) != types.end() ||
         (type.starts_with("DECIMAL(") && !type.ends_with(']'));
}

class TableSink final : public TextSink {
 public:
  TableSink(const ResultLayout& layout, TextOutput output)
      : layout_(layout), output_(std::move(output)) {}

  Result<void> begin(std::span<const query::ResultColumn> columns) override {
    for (const query::ResultColumn& column : columns) {
      titles_.push_back(printable(column.name));
      is_right_.push_back(is_number(column.type));
    }
    return {};
  }

  Result<void> row(Values values) override {
    std::vector<Cell> cells;
    cells.reserve(values.size());
    for (const auto& value : values) {
      cells.push_back(value ? Cell{shorten(printable(*value), cell_width_max), false}
                            : Cell{std::string(null_text), true});
    }
    if (!widths_.empty()) {
      return write_line(cells);
    }
    held_.push_back(std::move(cells));
    return held_.size() < rows_measured_max ? Result<void>() : settle();
  }

  bool restart() override {
    titles_.clear();
    is_right_.clear();
    held_.clear();
    return std::exchange(widths_, {}).empty() || output_.rewind();
  }

  Result<void> finish() override {
    return widths_.empty() && !titles_.empty() ? settle() : Result<void>();
  }

 private:
  struct Cell {
    std::string text;
    bool is_null;
  };

  // Decides the widths, and writes the titles and all rows so far.
  Result<void> settle() {
    for (const std::string& title : titles_) {
      widths_.push_back(display_width(title));
    }
    for (const std::vector<Cell>& cells : held_) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        widths_[i] = std::max(widths_[i], display_width(cells[i].text));
      }
    }
    shrink();
    std::vector<Cell> titles;
    titles.reserve(titles_.size());
    for (const std::string& title : titles_) {
      titles.push_back({title, true});
    }
    SLUICE_TRY_DO(write_line(titles));
    for (const std::vector<Cell>& cells : std::exchange(held_, {})) {
      SLUICE_TRY_DO(write_line(cells));
    }
    return {};
  }

  // Takes from the widest column until all fit, or none is wide.
  void shrink() {
    if (layout_.width == 0) {
      return;
    }
    std::size_t all = (widths_.size() - 1) * gap;
    for (const std::size_t width : widths_) {
      all += width;
    }
    while (all > layout_.width) {
      const auto widest = std::ranges::max_element(widths_);
      if (*widest <= cell_width_min) {
        return;
      }
      --*widest;
      --all;
    }
  }

  // Titles and NULL are dim.  What does not fit the terminal is cut at a column.
  Result<void> write_line(const std::vector<Cell>& cells) {
    std::string line;
    std::size_t used = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool is_last = i + 1 == cells.size();
      if (layout_.width != 0 && used + widths_[i] + (is_last ? 0 : gap + 1) > layout_.width) {
        line += layout_.paint(Ink::dim, "…");
        break;
      }
      const std::string text = shorten(cells[i].text, std::max<std::size_t>(widths_[i], 1));
      const std::string padding(widths_[i] - std::min(widths_[i], display_width(text)), ' ');
      const std::string shown = cells[i].is_null ? layout_.paint(Ink::dim, text) : text;
      line += is_right_[i] ? padding + shown : is_last ? shown : shown + padding;
      line.append(is_last ? 0 : gap, ' ');
      used += widths_[i] + gap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return output_.write(line + "\n");
  }

  ResultLayout layout_;
  TextOutput output_;
  std::vector<std::string> titles_;
  std::vector<bool> is_right_;
  std::vector<std::vector<Cell>> held_;
  std::vector<std::size_t> widths_;
};

class CsvSink final : public TextSink {
 public:
  explicit CsvSink(TextOutput output) : output_(std::move(output)) {}

  Result<void> begin(std::span<const query::ResultColumn> columns) override {
    std::string line;
    for (const query::ResultColumn& column : columns) {
      add(line, column.name);
    }
    return write_line(line);
  }

  Result<void> row(Values values) override {
    std::string line;
    for (const auto& value : values) {
      add(line, value);
    }
    return write_line(line);
  }

  bool restart() override { return output_.rewind(); }

 private:
  static void add(std::string& line, std::optional<std::string_view> value) {
    if (value) {
      const bool is_quoted = value->empty() || value->find_first_of(",\"\r\n") != std::string::npos;
      if (is_quoted) {
        line += '"';
        for (const char c : *value) {
          line.append(c == '"' ? 2 : 1, c);
        }
        line += '"';
      } else {
        line += *value;
      }
    }
    line += ',';
  }

  Result<void> write_line(std::string& line) {
    if (!line.empty()) {
      line.back() = '\n';
    }
    return output_.write(line);
  }

  TextOutput output_;
};

// What DuckDB writes for numbers is JSON, but for these.
bool is_json_number(std::string_view text) {
  return !text.empty() && text.find_first_of("in") == std::string_view::npos;  // inf, nan
}

bool is_json(std::string_view type) {
  return type == "JSON" || type.ends_with(']') || type.starts_with("STRUCT(") ||
         type.starts_with("MAP(");
}

class JsonSink final : public TextSink {
 public:
  explicit JsonSink(TextOutput output) : output_(std::move(output)) {}

  Result<void> begin(std::span<const query::ResultColumn> columns) override {
    columns_.assign(columns.begin(), columns.end());
    return {};
  }

  Result<void> row(Values values) override {
    std::string line;
    json::Writer out(line);
    out.begin_object();
    for (std::size_t i = 0; i < values.size(); ++i) {
      out.key(columns_[i].name);
      add(out, columns_[i].type, values[i]);
    }
    out.end_object();
    return output_.write(line + "\n");
  }

  bool restart() override { return output_.rewind(); }

 private:
  static void add(json::Writer& out, std::string_view type, std::optional<std::string_view> value) {
    if (!value) {
      out.null();
    } else if (type == "BOOLEAN" || is_json(type) || (is_number(type) && is_json_number(*value))) {
      out.raw(*value);
    } else {
      out.value(*value);
    }
  }

  std::vector<query::ResultColumn> columns_;
  TextOutput output_;
};

class FileSink final : public TextSink {
 public:
  Result<void> begin(std::span<const query::ResultColumn> columns) override {
    static_cast<void>(columns);
    return {};
  }

  Result<void> row(Values values) override {
    static_cast<void>(values);
    return fail(Fault::corrupt, "a row that should have gone to the file");
  }

  // The engine writes the file anew.
  bool restart() override { return true; }
};

}  // namespace

std::optional<ResultFormat> parse_result_format(std::string_view word) {
  constexpr std::pair<std::string_view, ResultFormat> words[] = {
      {"table", ResultFormat::table},
      {"csv", ResultFormat::csv},
      {"json", ResultFormat::json},
      {"parquet", ResultFormat::parquet}};
  for (const auto& [name, format] : words) {
    if (word == name) {
      return format;
    }
  }
  return std::nullopt;
}

std::unique_ptr<TextSink> make_text_sink(ResultFormat format,
                                         const ResultLayout& layout,
                                         TextOutput output) {
  switch (format) {
    case ResultFormat::table:
      return std::make_unique<TableSink>(layout, std::move(output));
    case ResultFormat::csv:
      return std::make_unique<CsvSink>(std::move(output));
    case ResultFormat::json:
      return std::make_unique<JsonSink>(std::move(output));
    case ResultFormat::parquet:
      break;
  }
  return std::make_unique<FileSink>();
}

}  // namespace sluice::cli
