#include "aws/shared_config.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool is_comment(std::string_view trimmed_line) {
  return trimmed_line.empty() || trimmed_line.front() == '#' || trimmed_line.front() == ';';
}

// "value # remark" -> "value".  A mark without a blank before it is part of the value.
std::string_view without_remark(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    const bool is_mark = value[i] == '#' || value[i] == ';';
    if (is_mark && blanks.find(value[i - 1]) != std::string_view::npos) {
      return trimmed(value.substr(0, i));
    }
  }
  return value;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view without_quotes(std::string_view name) {
  const bool is_quoted = name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
                         name.back() == name.front();
  return is_quoted ? name.substr(1, name.size() - 2) : name;
}

class Reader {
 public:
  Reader(SharedFile file, SharedConfig& into) : file_(file), into_(into) {}

  // False for a line that is none.
  bool take(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (is_comment(text)) {
      return true;
    }
    if (line.front() == '[') {
      return begin_section(text);
    }
    const bool is_indented = blanks.find(line.front()) != std::string_view::npos;
    return is_indented ? take_nested(text) : take_property(text);
  }

 private:
  bool begin_section(std::string_view text) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_comment(trimmed(text.substr(end + 1)))) {
      return false;
    }
    parent_.clear();
    section_ = &passed_over_;
    const std::string_view title = trimmed(text.substr(1, end - 1));
    const std::size_t blank = title.find_first_of(blanks);
    const std::string_view kind = title.substr(0, blank);
    const std::string_view name = without_quotes(
        blank == std::string_view::npos ? std::string_view() : trimmed(title.substr(blank)));
    if (file_ == SharedFile::credentials) {
      section_ = &into_.profiles[std::string(without_quotes(title))];
    } else if (title == "default") {
      section_ = &into_.profiles["default"];
    } else if (kind == "profile" && !name.empty()) {
      section_ = &into_.profiles[std::string(name)];
    } else if (kind == "services" && !name.empty()) {
      section_ = &into_.services[std::string(name)];
    } else if (kind == "sso-session" && !name.empty()) {
      section_ = &into_.sso_sessions[std::string(name)];
    }
    return true;
  }

  bool take_property(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string_view name = trimmed(text.substr(0, equals));
    if (section_ == nullptr || equals == std::string_view::npos || name.empty()) {
      return false;
    }
    parent_ = lower_case(name);
    const std::string_view value = without_remark(trimmed(text.substr(equals + 1)));
    is_parent_empty_ = value.empty();
    section_->insert_or_assign(parent_, std::string(value));
    return true;
  }

  // Below a property without a value these are properties of it; below any other they continue its
  // value, which nothing that is looked at here does.
  bool take_nested(std::string_view text) {
    if (parent_.empty()) {
      return false;
    }
    const std::size_t equals = text.find('=');
    if (!is_parent_empty_ || equals == std::string_view::npos) {
      return !is_parent_empty_;
    }
    section_->insert_or_assign(parent_ + "." + lower_case(trimmed(text.substr(0, equals))),
                               std::string(without_remark(trimmed(text.substr(equals + 1)))));
    return true;
  }

  const SharedFile file_;
  SharedConfig& into_;
  SharedSection passed_over_;
  SharedSection* section_ = nullptr;
  std::string parent_;  // the property that indented lines belong to
  bool is_parent_empty_ = false;
};

}  // namespace

std::string_view SharedConfig::property(std::string_view profile, std::string_view name) const {
  const auto section = profiles.find(profile);
  if (section == profiles.end()) {
    return {};
  }
  const auto found = section->second.find(name);
  return found == section->second.end() ? std::string_view() : std::string_view(found->second);
}

Result<void> read_shared_file(std::string_view text, SharedFile file, SharedConfig& into) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) {
    text.remove_prefix(byte_order_mark.size());
  }
  Reader reader(file, into);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!reader.take(text.substr(0, end))) {
      return fail(Fault::invalid,
                  fmt::format("line {} is no [section], no property = value and no comment", line));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace sluice::aws
