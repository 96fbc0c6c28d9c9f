// A verification in words.
#include "cli/verification_text.h"

#include "cli/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace sluice::cli {

namespace {

constexpr std::size_t lines_shown_max = 20;

std::string list_text(std::string_view heading, const std::vector<std::string>& lines) {
  std::string out;
  const std::size_t shown = std::min(lines.size(), lines_shown_max);
  for (std::size_t i = 0; i < shown; ++i) {
    out += fmt::format("  {}: {}\n", heading, printable(lines[i]));
  }
  if (lines.size() > shown) {
    out += fmt::format("  and {} more; --json lists all\n", lines.size() - shown);
  }
  return out;
}

void list_member(json::Writer& out, std::string_view name, const std::vector<std::string>& lines) {
  out.key(name);
  out.begin_array();
  for (const std::string& line : lines) {
    out.value(line);
  }
  out.end_array();
}

}  // namespace

std::string to_text(const parquet::Verification& verification, const Paint& paint) {
  const bool is_right = verification.contradictions.empty() && verification.unread.empty();
  std::string out = "  " + paint(is_right ? Ink::green : Ink::red,
                                 is_right ? "verified" : "not as the file claims");
  out += fmt::format(" · {} · {}, {} with checksums · {}\n",
                     counted(verification.values, "value", "values"),
                     counted(verification.pages, "page", "pages"),
                     human_count(verification.pages_with_checksum),
                     counted(verification.claims, "claim", "claims"));
  out += list_text("wrong", verification.contradictions);
  return out + list_text("not read", verification.unread);
}

void to_json(const parquet::Verification& verification, json::Writer& out) {
  out.begin_object();
  out.member("chunks", verification.chunks);
  out.member("pages", verification.pages);
  out.member("pages_with_checksum", verification.pages_with_checksum);
  out.member("values", verification.values);
  out.member("claims", verification.claims);
  list_member(out, "contradictions", verification.contradictions);
  list_member(out, "unread", verification.unread);
  out.end_object();
}

}  // namespace sluice::cli
