// Settings of a TOML table, each mistake named with its place and what would be right.
#pragma once

#include "base/result.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::server {

// Takes settings out of tables; mistakes name the file and the line.
class ConfigReader {
 public:
  // `name` stands for the file in messages.
  explicit ConfigReader(std::string name) : name_(std::move(name)) {}

  // Fault::invalid: what is wrong with the node.
  std::unexpected<Error> refuse(const toml::node& node, std::string_view text) const {
    return fail(Fault::invalid, fmt::format("{}: {}", place_of(node), text));
  }

  // "heart-rate.toml:12"
  std::string place_of(const toml::node& node) const {
    return fmt::format("{}:{}", name_, node.source().begin.line);
  }

  // Every key of `table` must be one of `known`.
  Result<void> check_keys(const toml::table& table,
                          std::string_view section,
                          std::initializer_list<std::string_view> known) const {
    for (const auto& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
        return fail(Fault::invalid,
                    fmt::format("{}:{}: {} has no setting '{}'; it takes {}",
                                name_,
                                key.source().begin.line,
                                section,
                                key.str(),
                                fmt::join(known, ", ")));
      }
    }
    return {};
  }

  // A text that must be there and not be empty.
  Result<std::string> text(const toml::table& table,
                           std::string_view key,
                           std::string_view section) const {
    SLUICE_TRY(found, text_or(table, key, {}));
    if (found.empty()) {
      return refuse(table, fmt::format("{} needs {} = \"...\"", section, key));
    }
    return found;
  }

  // A text, or `otherwise` where it is not given.
  Result<std::string> text_or(const toml::table& table,
                              std::string_view key,
                              std::string otherwise) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
      return otherwise;
    }
    const auto value = node->value<std::string>();
    if (!node->is_string() || !value) {
      return refuse(*node, fmt::format("{} must be a text in quotes", key));
    }
    return *value;
  }

  // A whole number of that range; none where it is not given.
  Result<std::optional<std::int64_t>> integer(const toml::table& table,
                                              std::string_view key,
                                              std::int64_t min,
                                              std::int64_t max) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
      return std::nullopt;
    }
    const auto value = node->value<std::int64_t>();
    if (!node->is_integer() || !value || *value < min || *value > max) {
      return refuse(*node, fmt::format("{} must be a whole number from {} to {}", key, min, max));
    }
    return value;
  }

  // A setting in MiB as bytes.
  Result<std::uint64_t> bytes_of_mb(const toml::table& table,
                                    std::string_view key,
                                    std::uint64_t otherwise) const {
    constexpr std::int64_t mb_max = 1'000'000'000;
    SLUICE_TRY(mb, integer(table, key, 0, mb_max));
    return mb ? static_cast<std::uint64_t>(*mb) << 20 : otherwise;
  }

  // Whether it is given as true.
  Result<bool> flag(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
      return false;
    }
    if (!node->is_boolean()) {
      return refuse(*node, fmt::format("{} must be true or false", key));
    }
    return node->as_boolean()->get();
  }

  // The one table of [name]; nullptr if it is absent.
  Result<const toml::table*> table(const toml::table& root, std::string_view key) const {
    const toml::node* node = root.get(key);
    if (node != nullptr && !node->is_table()) {
      return refuse(*node, fmt::format("write [{}] (one bracket): there is only one", key));
    }
    return node == nullptr ? nullptr : node->as_table();
  }

  // The tables of [[name]]; an absent one has none.
  Result<std::vector<const toml::table*>> tables(const toml::table& root,
                                                 std::string_view key) const {
    std::vector<const toml::table*> out;
    const toml::node* node = root.get(key);
    if (node == nullptr) {
      return out;
    }
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      return refuse(*node, fmt::format("write [[{}]] (two brackets): there may be several", key));
    }
    for (const toml::node& element : *array) {
      if (!element.is_table()) {
        return refuse(element, fmt::format("each [[{}]] must be a table", key));
      }
      out.push_back(element.as_table());
    }
    return out;
  }

 private:
  std::string name_;
};

}  // namespace sluice::server
