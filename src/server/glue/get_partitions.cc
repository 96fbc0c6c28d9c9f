// GetPartitions: pages of those that an expression wants.
#include "base/base64.h"
#include "base/crc32c.h"
#include "catalog/partition_expression.h"
#include "server/glue/glue.h"

namespace sluice::server {
namespace {

constexpr std::int64_t page_max = 1000;
constexpr std::int64_t segments_max = 10;
constexpr std::size_t expression_characters_max = 2048;

// One of several readers that share the partitions of a table between them.
struct Segment {
  std::int64_t number = 0;
  std::int64_t total = 1;

  bool holds(std::span<const std::string> values) const {
    return total == 1 || crc32c(catalog::partition_key(values)) % total == number;
  }
};

Segment read_segment(aws::Members& members) {
  aws::Members given = members.object("Segment");
  Segment segment;
  if (given.exists()) {
    segment.number = given.integer("SegmentNumber", {.is_required = true, .min = 0}).value_or(0);
    segment.total =
        given.integer("TotalSegments", {.is_required = true, .min = 1, .max = segments_max})
            .value_or(1);
  }
  return segment;
}

// A token is the values of the last partition of the page before.
Result<std::vector<std::string>> read_token(std::string_view token, std::size_t keys) {
  if (token.empty()) {
    return std::vector<std::string>();
  }
  const auto key = base64_decode(token);
  auto values = catalog::partition_values(key.value_or(Bytes()));
  if (!key || values.size() != keys) {
    return fail(Fault::invalid, "NextToken is none that GetPartitions gave for this table");
  }
  return values;
}

}  // namespace

Answer get_partitions(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_table_name(members);
  const auto text = members.string("Expression", {.length_max = expression_characters_max});
  const auto token = members.string("NextToken");
  const Segment segment = read_segment(members);
  const bool excludes_columns = members.boolean("ExcludeColumnSchema").value_or(false);
  catalog::PartitionQuery query;
  query.limit = static_cast<std::size_t>(
      members.integer("MaxResults", {.min = 1, .max = page_max}).value_or(page_max));
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (segment.number >= segment.total) {
    return refuse("InvalidInputException", "Segment.SegmentNumber must be below TotalSegments");
  }
  const auto table = world.catalog.table(name->database, name->table);
  if (!table) {
    return glue_error(table.error());
  }
  auto after = read_token(token.value_or(std::string_view()), table->partition_keys.size());
  if (!after) {
    return glue_error(after.error());
  }
  query.after = *std::move(after);
  std::optional<catalog::PartitionExpression> expression;
  if (text && text->find_first_not_of(" \t\r\n") != std::string_view::npos) {
    auto parsed = catalog::PartitionExpression::parse(*text, table->partition_keys);
    if (!parsed) {
      return glue_error(std::move(parsed).error().within("Expression"));
    }
    expression = *std::move(parsed);
  }
  query.matches = [&](std::span<const std::string> values) {
    return segment.holds(values) && (!expression || expression->matches(values));
  };
  const auto page = world.catalog.partition_page(name->database, name->table, query);
  if (!page) {
    return glue_error(page.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Partitions");
  out.begin_array();
  for (const catalog::Partition& partition : page->partitions) {
    catalog::write_partition(out, partition, *table, world.account.id, excludes_columns);
  }
  out.end_array();
  if (page->has_more) {
    const std::string last = catalog::partition_key(page->partitions.back().values);
    out.member("NextToken", std::string_view(base64_encode(last)));
  }
  out.end_object();
  return body;
}

}  // namespace sluice::server
