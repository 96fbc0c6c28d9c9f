// Reads what object_writer.cc wrote.
#include "proof/object_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::proof {
namespace {

using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::StreamIncarnation;

constexpr std::size_t digest_characters = 64;

std::optional<std::uint64_t> number_of(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const bool is_whole = fault == std::errc() && end == text.data() + text.size();
  return is_whole ? std::optional(value) : std::nullopt;
}

// Takes the text up to `mark` away from `rest`; all of it if there is none.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view taken = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return taken;
}

// "<stream, 16 hex digits>/<shard>:<first>-<last>:<count>[+<partial>]"
std::optional<ShardSpan> parse_span(std::string_view text) {
  const auto stream = number_of(take_until(text, '/'), 16);
  const auto shard = number_of(take_until(text, ':'), 10);
  const auto first = number_of(take_until(text, '-'), 10);
  const auto last = number_of(take_until(text, ':'), 10);
  const bool has_partial = text.find('+') != std::string_view::npos;
  const auto count = number_of(take_until(text, '+'), 10);
  const auto partial = has_partial ? number_of(text, 10) : std::optional<std::uint64_t>(0);
  if (!stream || !shard || !first || !last || !count || !partial) {
    return std::nullopt;
  }
  const bool is_possible = *shard <= UINT32_MAX && *first > 0 && *first <= *last &&
                           *last < UINT64_MAX && *count > 0 && *count <= *last - *first + 1 &&
                           *partial <= *count && has_partial == (*partial > 0);
  if (!is_possible) {
    return std::nullopt;
  }
  return ShardSpan{ShardKey{StreamIncarnation(*stream), static_cast<std::uint32_t>(*shard)},
                   Ordinal(*first),
                   Ordinal(*last),
                   *count,
                   *partial};
}

std::optional<std::vector<ShardSpan>> parse_spans(std::string_view text) {
  std::vector<ShardSpan> spans;
  while (!text.empty()) {
    const auto span = parse_span(take_until(text, ';'));
    if (!span || (!spans.empty() && span->shard <= spans.back().shard)) {
      return std::nullopt;
    }
    spans.push_back(*span);
  }
  return spans;
}

// The value of "sluice.<name>" in a footer, or of its header.
const std::string* find_value(const std::map<std::string, std::string>& pairs,
                              std::string_view name) {
  std::string header = fmt::format("x-amz-meta-sluice-{}", name);
  std::replace(header.begin(), header.end(), '_', '-');
  for (const std::string& key : {fmt::format("sluice.{}", name), header}) {
    if (const auto found = pairs.find(key); found != pairs.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

std::unexpected<Error> broken(std::string_view name) {
  return fail(Fault::corrupt,
              fmt::format("what it says in sluice.{} has not the form of a proof", name));
}

}  // namespace

Result<std::optional<ObjectProof>> parse_proof(const std::map<std::string, std::string>& pairs) {
  const std::string* delivery = find_value(pairs, "delivery_stream");
  const std::string* plan = find_value(pairs, "plan");
  const std::string* shards = find_value(pairs, "shards");
  const std::string* positions = find_value(pairs, "positions");
  if (delivery == nullptr && plan == nullptr && positions == nullptr) {
    return std::nullopt;
  }
  ObjectProof proof;
  const std::size_t slash = delivery == nullptr ? std::string::npos : delivery->rfind('/');
  const auto incarnation = slash == std::string::npos
                               ? std::nullopt
                               : number_of(std::string_view(*delivery).substr(slash + 1), 16);
  if (!incarnation || slash == 0) {
    return broken("delivery_stream");
  }
  proof.delivery_stream = delivery->substr(0, slash);
  proof.incarnation = *incarnation;
  const auto number = plan == nullptr ? std::nullopt : number_of(*plan, 10);
  if (!number || *number == 0) {
    return broken("plan");
  }
  proof.plan = PlanNumber(*number);
  if (positions == nullptr || positions->size() != digest_characters) {
    return broken("positions");
  }
  proof.positions = *positions;
  auto spans = parse_spans(shards == nullptr ? std::string_view() : *shards);
  if (!spans) {
    return broken("shards");
  }
  proof.shards = *std::move(spans);
  return proof;
}

std::vector<ShardSpan> spans_of(const std::vector<delivery::ShardPositions>& positions) {
  std::vector<ShardSpan> spans;
  for (const delivery::ShardPositions& of_shard : positions) {
    if (const delivery::OrdinalSet touched = of_shard.touched(); !touched.empty()) {
      spans.push_back({of_shard.shard,
                       touched.runs().front().first,
                       touched.runs().back().last,
                       touched.count(),
                       of_shard.partial.all().size()});
    }
  }
  return spans;
}

}  // namespace sluice::proof
