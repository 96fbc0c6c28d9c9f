// Line for line; the first that is another ends it.
#include "proof/error_lines.h"

#include "json/document.h"
#include "stream/sequence_number.h"

#include <string_view>

namespace sluice::proof {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

// A record of 10 MiB as base64, and what stands around it.
constexpr std::size_t line_bytes_max = std::size_t{16} << 20;

std::optional<stream::SequenceParts> number_of(std::string_view line) {
  const auto document = json::Document::parse(Bytes(line));
  if (!document) {
    return std::nullopt;
  }
  const auto text = document->root().find("sequenceNumber").as_string();
  const auto code = document->root().find("lastErrorCode").as_string();
  return text && code ? stream::parse_sequence_parts(*text) : std::nullopt;
}

// False when it cannot be a record's, or one of the same stream as those before.
bool add(const stream::SequenceParts& parts, ErrorLines& found) {
  const auto [shard, is_new] = found.try_emplace(parts.shard.value);
  if (is_new) {
    shard->second.shard_created_s = parts.shard_created_s;
  }
  if (parts.ordinal == stream::Ordinal(0) ||
      shard->second.shard_created_s != parts.shard_created_s) {
    return false;
  }
  shard->second.ordinals.add(delivery::Ordinal(parts.ordinal.value));
  return true;
}

}  // namespace

Result<std::optional<ErrorLines>> read_error_lines(const File& file) {
  ErrorLines found;
  Bytes held;
  std::uint64_t offset = 0;
  while (true) {
    const std::size_t before = held.size();
    SLUICE_TRY_DO(file.read_at(offset, piece_bytes, held));
    const bool is_end = held.size() == before;
    offset += held.size() - before;
    std::size_t taken = 0;
    for (std::size_t end = held.find('\n'); end != Bytes::npos; end = held.find('\n', taken)) {
      const auto parts = number_of(std::string_view(held).substr(taken, end - taken));
      if (!parts || !add(*parts, found)) {
        return std::nullopt;
      }
      taken = end + 1;
    }
    held.erase(0, taken);
    if (held.size() > line_bytes_max || (is_end && !held.empty())) {
      return std::nullopt;
    }
    if (is_end) {
      return found.empty() ? std::nullopt : std::optional(std::move(found));
    }
  }
}

}  // namespace sluice::proof
