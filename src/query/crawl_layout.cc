// Tables and partitions out of keys and schemas.
#include "query/crawl_layout.h"

#include "base/check.h"
#include "query/schema_merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace sluice::query {
namespace {

using Files = std::span<const CrawledFile>;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The folders of `key` below `folder`: "a/" and "a/b/c/d.parquet" -> "b", "c".
std::vector<std::string_view> folders_below(std::string_view folder, std::string_view key) {
  std::vector<std::string_view> folders;
  key.remove_prefix(folder.size());
  for (std::size_t end = key.find('/'); end != std::string_view::npos; end = key.find('/')) {
    folders.push_back(key.substr(0, end));
    key.remove_prefix(end + 1);
  }
  return folders;
}

// "year" of "year=2025"; empty when the folder names no key.
std::string_view key_of(std::string_view folder) {
  const std::size_t equals = folder.find('=');
  return equals == std::string_view::npos ? std::string_view() : folder.substr(0, equals);
}

std::string_view value_of(std::string_view folder) {
  return key_of(folder).empty() ? folder : folder.substr(key_of(folder).size() + 1);
}

// The last name in a key prefix: "a/b/" -> "b".
std::string_view last_name(std::string_view path) {
  if (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string shown(std::string_view bucket, std::string_view folder) {
  return fmt::format("s3://{}/{}", bucket, folder);
}

void add(FileTotals& totals, const CrawledFile& file) {
  ++totals.files;
  totals.bytes += file.bytes;
  totals.rows += file.rows;
}

class LayoutMaker {
 public:
  LayoutMaker(std::string_view bucket,
              const std::vector<columnar::Schema>& schemas,
              const LayoutRules& rules)
      : bucket_(bucket), schemas_(schemas), rules_(rules) {}

  void include(std::string_view folder, Files files) {
    if (rules_.table_level) {
      place_at_level(std::string(folder), files);
    } else if (folder.empty() && are_in_plain_folders(files)) {
      take_apart("", files);
    } else {
      place(std::string(folder), files);
    }
  }

  Layout finish() && { return std::move(layout_); }

 private:
  static bool are_in_plain_folders(Files files) {
    return std::all_of(files.begin(), files.end(), [](const CrawledFile& file) {
      const std::size_t slash = file.key.find('/');
      return slash != std::string::npos &&
             key_of(std::string_view(file.key).substr(0, slash)).empty();
    });
  }

  void place(const std::string& folder, Files files) {
    std::string why;
    if (auto table = as_one(folder, files, why)) {
      layout_.tables.push_back(*std::move(table));
      return;
    }
    layout_.notes.push_back(fmt::format("{} is no single table: {}", shown(bucket_, folder), why));
    take_apart(folder, files);
  }

  // `files` are sorted, so that those of one folder lie side by side.
  void take_apart(const std::string& folder, Files files) {
    while (!files.empty()) {
      const std::string& key = files.front().key;
      const std::size_t slash = key.find('/', folder.size());
      if (slash == std::string::npos) {
        place_file(files.front());
        files = files.subspan(1);
        continue;
      }
      const std::string inner = key.substr(0, slash + 1);
      const auto end = std::find_if(files.begin(), files.end(), [&](const CrawledFile& file) {
        return !file.key.starts_with(inner);
      });
      const auto count = static_cast<std::size_t>(end - files.begin());
      place(inner, files.first(count));
      files = files.subspan(count);
    }
  }

  void place_at_level(const std::string& folder, Files files) {
    const std::size_t depth = folders_below("", folder).size();
    if (depth + 1 >= *rules_.table_level) {
      place(folder, files);
      return;
    }
    const bool has_files = std::any_of(files.begin(), files.end(), [&](const CrawledFile& file) {
      return file.key.find('/', folder.size()) == std::string::npos;
    });
    if (has_files) {
      layout_.notes.push_back(
          fmt::format("{} lies above table level {}: its own files are left out",
                      shown(bucket_, folder),
                      *rules_.table_level));
    }
    for (std::size_t start = 0; start < files.size();) {
      const std::size_t slash = files[start].key.find('/', folder.size());
      if (slash == std::string::npos) {
        ++start;
        continue;
      }
      const std::string inner = files[start].key.substr(0, slash + 1);
      std::size_t end = start;
      while (end < files.size() && files[end].key.starts_with(inner)) {
        ++end;
      }
      place_at_level(inner, files.subspan(start, end - start));
      start = end;
    }
  }

  void place_file(const CrawledFile& file) {
    FoundTable table;
    table.name = table_name_of(last_name(file.key));
    table.folder = file.key;
    table.schema = schemas_[file.schema];
    add(table.totals, file);
    layout_.tables.push_back(std::move(table));
  }

  // The keys of the levels below `folder`, or why they are none: all files must agree.
  std::optional<std::vector<std::string>> partition_keys(const std::string& folder,
                                                         Files files,
                                                         std::string& why) const {
    const auto first = folders_below(folder, files.front().key);
    for (const CrawledFile& file : files) {
      const auto folders = folders_below(folder, file.key);
      if (folders.size() != first.size()) {
        why = fmt::format("files lie {} and {} folders deep", first.size(), folders.size());
        return std::nullopt;
      }
      for (std::size_t level = 0; level < folders.size(); ++level) {
        if (key_of(folders[level]) != key_of(first[level])) {
          why = fmt::format("{} and {} are no values of one key", first[level], folders[level]);
          return std::nullopt;
        }
      }
    }
    std::vector<std::string> keys;
    for (std::size_t level = 0; level < first.size(); ++level) {
      std::string key = table_name_of(key_of(first[level]));
      if (key.empty() || std::find(keys.begin(), keys.end(), key) != keys.end()) {
        key = fmt::format("partition_{}", level);
      }
      keys.push_back(std::move(key));
    }
    return keys;
  }

  // One schema for those of `files`, or why there is none.
  std::optional<columnar::Schema> merged(Files files, std::string& why) const {
    std::set<std::size_t> seen;
    std::optional<columnar::Schema> schema;
    for (const CrawledFile& file : files) {
      if (!seen.insert(file.schema).second) {
        continue;
      }
      const columnar::Schema& next = schemas_[file.schema];
      if (!schema) {
        schema = next;
        continue;
      }
      MergedSchema both = merge_schemas(*schema, next);
      if (!both.conflict.empty()) {
        why = both.conflict;
        return std::nullopt;
      }
      if (!rules_.ignores_similarity && !are_similar(*schema, next, both.shared)) {
        why = fmt::format("{} has other columns than the files before it", file.key);
        return std::nullopt;
      }
      schema = std::move(both.schema);
    }
    return schema;
  }

  // Columns that are partition keys too are taken from the path.
  void drop_keys(columnar::Schema& schema, const std::vector<std::string>& keys) const {
    std::erase_if(schema.columns, [&](const columnar::Field& column) {
      return std::find(keys.begin(), keys.end(), column.name) != keys.end();
    });
  }

  std::optional<FoundTable> as_one(const std::string& folder, Files files, std::string& why) {
    SLUICE_CHECK(!files.empty());
    FoundTable table;
    auto keys = partition_keys(folder, files, why);
    if (!keys) {
      return std::nullopt;
    }
    auto schema = merged(files, why);
    if (!schema) {
      return std::nullopt;
    }
    table.name = table_name_of(folder.empty() ? bucket_ : last_name(folder));
    table.folder = folder;
    table.partition_keys = *std::move(keys);
    table.schema = *std::move(schema);
    drop_keys(table.schema, table.partition_keys);
    for (const CrawledFile& file : files) {
      add(table.totals, file);
    }
    if (!table.partition_keys.empty()) {
      add_partitions(table, files);
    }
    return table;
  }

  void add_partitions(FoundTable& table, Files files) const {
    while (!files.empty()) {
      const std::string folder = files.front().key.substr(0, files.front().key.rfind('/') + 1);
      const auto end = std::find_if(files.begin(), files.end(), [&](const CrawledFile& file) {
        return !file.key.starts_with(folder);
      });
      const Files inside = files.first(static_cast<std::size_t>(end - files.begin()));
      FoundPartition partition;
      partition.folder = folder;
      for (const std::string_view name : folders_below(table.folder, folder)) {
        partition.values.emplace_back(value_of(name));
      }
      std::string why;
      auto schema = merged(inside, why);
      // What merges in the whole table merges in a part of it, but may be less similar there.
      partition.schema = schema ? *std::move(schema) : table.schema;
      drop_keys(partition.schema, table.partition_keys);
      for (const CrawledFile& file : inside) {
        add(partition.totals, file);
      }
      table.partitions.push_back(std::move(partition));
      files = files.subspan(inside.size());
    }
  }

  std::string_view bucket_;
  const std::vector<columnar::Schema>& schemas_;
  LayoutRules rules_;
  Layout layout_;
};

}  // namespace

std::string table_name_of(std::string_view folder_name) {
  std::string name;
  for (const char c : folder_name) {
    const char lower = to_lower(c);
    if (is_alphanumeric(lower)) {
      name += lower;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {  // once a UTF-8 character
      name += '_';
    }
  }
  return name;
}

Layout lay_out(std::string_view bucket,
               std::string_view folder,
               const std::vector<CrawledFile>& files,
               const std::vector<columnar::Schema>& schemas,
               const LayoutRules& rules) {
  LayoutMaker maker(bucket, schemas, rules);
  if (!files.empty()) {
    maker.include(folder, files);
  }
  return std::move(maker).finish();
}

}  // namespace sluice::query
