// Files as a tree.
#include "cli/tree.h"

#include "base/check.h"
#include "cli/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sluice::cli {
namespace {

struct Node {
  std::map<std::string, Node> children;
  const TreeFile* file = nullptr;  // none for a folder
};

struct TreeLine {
  std::string branch;
  std::string name;
  const TreeFile* file = nullptr;
};

Node grow(const std::vector<TreeFile>& files) {
  Node root;
  for (const TreeFile& file : files) {
    Node* at = &root;
    std::size_t begin = 0;
    while (begin <= file.path.size()) {
      const std::size_t end = std::min(file.path.find('/', begin), file.path.size());
      at = &at->children[file.path.substr(begin, end - begin)];
      begin = end + 1;
    }
    at->file = &file;
  }
  return root;
}

void list(const Node& node,
          const std::string& margin,
          std::size_t name_columns_max,
          std::vector<TreeLine>& out) {
  std::size_t index = 0;
  for (const auto& [name, child] : node.children) {
    const bool is_last = ++index == node.children.size();
    const std::string shown = shorten_middle(printable(name), name_columns_max);
    out.push_back({margin + (is_last ? "└── " : "├── "),
                   child.file == nullptr ? shown + "/" : shown,
                   child.file});
    list(child, margin + (is_last ? "    " : "│   "), name_columns_max, out);
  }
}

}  // namespace

std::string tree_text(const std::string& root,
                      const std::vector<TreeFile>& files,
                      std::size_t name_columns_max,
                      const Paint& paint) {
  std::vector<TreeLine> lines;
  list(grow(files), "  ", name_columns_max, lines);
  std::size_t name_columns = 0;
  std::size_t size_columns = 0;
  for (const TreeLine& line : lines) {
    if (line.file != nullptr) {
      name_columns = std::max(name_columns, display_width(line.branch) + display_width(line.name));
      size_columns = std::max(size_columns, display_width(line.file->size));
    }
  }
  std::string out = fmt::format("  {}/\n", paint(Ink::bold, printable(root)));
  for (const TreeLine& line : lines) {
    out += paint(Ink::dim, line.branch);
    if (line.file == nullptr) {
      out += line.name + "\n";
      continue;
    }
    const std::size_t used = display_width(line.branch) + display_width(line.name);
    out += paint(Ink::bold, line.name) + std::string(name_columns - used, ' ');
    out += fmt::format("  {:>{}}", line.file->size, size_columns);
    if (!line.file->note.empty()) {
      out += "  " + paint(Ink::dim, line.file->note);
    }
    out += "\n";
  }
  return out;
}

std::string shorten_middle(const std::string& name, std::size_t columns_max) {
  constexpr std::size_t extension_columns_max = 12;
  if (display_width(name) <= columns_max) {
    return name;
  }
  const std::size_t dot = name.rfind('.');
  const std::string extension = dot == std::string::npos ? "" : name.substr(dot);
  const std::size_t columns = display_width(extension);
  if (columns > extension_columns_max || columns + 2 > columns_max) {
    return shorten(name, columns_max);
  }
  return shorten(name.substr(0, dot), columns_max - columns) + extension;
}

}  // namespace sluice::cli
