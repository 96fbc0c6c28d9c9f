// Text in aligned columns.
#include "cli/table.h"

#include "base/check.h"
#include "cli/quantity.h"

#include <algorithm>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t gap = 2;  // blanks between columns

std::string aligned_line(const std::vector<std::string>& cells,
                         const std::vector<TableColumn>& columns,
                         const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t index = 0; index < cells.size(); ++index) {
    const std::string padding(widths[index] - display_width(cells[index]), ' ');
    const bool is_right = columns[index].align == Align::right;
    line += is_right ? padding + cells[index] : cells[index] + padding;
    line.append(gap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void Table::add_row(std::vector<std::string> cells) {
  SLUICE_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::to_string(const Paint& paint, std::size_t indent) const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(display_width(column.title));
  }
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t index = 0; index < row.size(); ++index) {
      widths[index] = std::max(widths[index], display_width(row[index]));
    }
  }
  const std::string margin(indent, ' ');
  std::string out = margin + paint(Ink::dim, aligned_line(titles, columns_, widths)) + "\n";
  for (const std::vector<std::string>& row : rows_) {
    out += margin + aligned_line(row, columns_, widths) + "\n";
  }
  return out;
}

}  // namespace sluice::cli
