#include "s3/object_parts.h"

#include "s3/xml_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::s3 {
namespace {

// A number at the front of the text, which is taken from it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Appends what one item stands for; whether it is one.
bool append_item(std::vector<ObjectPart>& parts, std::string_view item) {
  std::uint64_t count = 1;
  std::optional<std::uint64_t> bytes = take_number(item);
  if (bytes && item.starts_with('x')) {
    count = *bytes;
    item.remove_prefix(1);
    bytes = take_number(item);
  }
  const bool is_item = bytes && count >= 1 && count <= part_number_max - parts.size() &&
                       (item.empty() || (item.front() == ':' && item.size() > 1));
  if (is_item) {
    const std::string_view checksum = item.substr(std::min<std::size_t>(item.size(), 1));
    parts.insert(parts.end(), count, {*bytes, std::string(checksum)});
  }
  return is_item;
}

}  // namespace

std::string parts_text(std::span<const ObjectPart> parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size();) {
    std::size_t count = 1;
    while (parts[i].checksum.empty() && i + count < parts.size() && parts[i + count] == parts[i]) {
      ++count;
    }
    text += text.empty() ? "" : ",";
    text += count > 1 ? fmt::format("{}x", count) : "";
    text += fmt::format("{}", parts[i].bytes);
    text += parts[i].checksum.empty() ? "" : ":" + parts[i].checksum;
    i += count;
  }
  return text;
}

std::vector<ObjectPart> parse_parts(std::string_view text) {
  std::vector<ObjectPart> parts;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (!append_item(parts, item)) {
      return {};
    }
  }
  return parts;
}

}  // namespace sluice::s3
