// Text in aligned columns.
//
//   COLUMN      TYPE     NULLS
//   timestamp   string       0
//   heart_rate  int32       12
#pragma once

#include "cli/terminal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::cli {

enum class Align : std::uint8_t { left, right };

struct TableColumn {
  std::string title;
  Align align = Align::left;
};

// Collects rows, then prints them.  Cells must be printable text without colours.
class Table {
 public:
  explicit Table(std::vector<TableColumn> columns) : columns_(std::move(columns)) {}

  // One cell for each column.
  void add_row(std::vector<std::string> cells);

  bool empty() const { return rows_.empty(); }

  // Titles (dimmed) and rows, each line indented by `indent` blanks and without blanks at its end.
  std::string to_string(const Paint& paint, std::size_t indent) const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice::cli
