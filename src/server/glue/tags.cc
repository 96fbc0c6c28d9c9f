// TagResource, UntagResource, GetTags: of crawlers, which alone carry tags here.
#include "query/crawlers.h"
#include "server/glue/glue.h"

namespace sluice::server {
namespace {

constexpr std::size_t arn_bytes_max = 10'240;

// "arn:aws:glue:us-east-1:000000000000:crawler/hr" -> "crawler/hr"; empty for what is no ARN of
// Glue.
std::string_view resource_of(std::string_view arn) {
  constexpr std::size_t colons = 5;
  if (!arn.starts_with("arn:") || arn.find(":glue:") == std::string_view::npos) {
    return {};
  }
  for (std::size_t colon = 0; colon < colons; ++colon) {
    const std::size_t at = arn.find(':');
    if (at == std::string_view::npos) {
      return {};
    }
    arn.remove_prefix(at + 1);
  }
  return arn;
}

std::expected<query::Crawler, aws::ApiError> tagged_crawler(World& world, std::string_view arn) {
  constexpr std::string_view prefix = "crawler/";
  const std::string_view resource = resource_of(arn);
  if (!resource.starts_with(prefix)) {
    return refuse("InvalidInputException",
                  std::string(arn) + " is no ARN of a crawler; only crawlers carry tags here");
  }
  auto crawler = world.crawlers.find(resource.substr(prefix.size()));
  if (!crawler) {
    return glue_error(crawler.error());
  }
  return *std::move(crawler);
}

std::optional<std::string_view> read_arn(aws::Members& members) {
  return members.string("ResourceArn",
                        {.is_required = true, .length_min = 1, .length_max = arn_bytes_max});
}

Answer save_tags(World& world, query::Crawler crawler) {
  if (crawler.definition.tags.size() > tags_max) {
    return refuse("InvalidInputException",
                  "a crawler carries at most " + std::to_string(tags_max) + " tags");
  }
  if (auto saved =
          world.crawlers.set_tags(crawler.definition.name, std::move(crawler.definition.tags));
      !saved) {
    return glue_error(saved.error());
  }
  return std::string("{}");
}

}  // namespace

Answer tag_resource(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = read_arn(members);
  auto tags = members.string_map("TagsToAdd", {.is_required = true, .length_max = tags_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto crawler = tagged_crawler(world, *arn);
  if (!crawler) {
    return std::unexpected(crawler.error());
  }
  for (auto& [name, value] : tags) {
    crawler->definition.tags.insert_or_assign(std::move(name), std::move(value));
  }
  return save_tags(world, *std::move(crawler));
}

Answer untag_resource(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = read_arn(members);
  const json::View names =
      members.list("TagsToRemove", {.is_required = true, .length_max = tags_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  auto crawler = tagged_crawler(world, *arn);
  if (!crawler) {
    return std::unexpected(crawler.error());
  }
  for (const json::View name : names.elements()) {
    crawler->definition.tags.erase(std::string(name.as_string().value_or(std::string_view())));
  }
  return save_tags(world, *std::move(crawler));
}

Answer get_tags(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = read_arn(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const std::string_view resource = resource_of(*arn);
  std::map<std::string, std::string> tags;
  // Databases and tables carry none; clients that manage them ask all the same.
  if (!resource.starts_with("database/") && !resource.starts_with("table/")) {
    auto crawler = tagged_crawler(world, *arn);
    if (!crawler) {
      return std::unexpected(crawler.error());
    }
    tags = std::move(crawler->definition.tags);
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Tags");
  out.begin_object();
  for (const auto& [name, value] : tags) {
    out.member(name, std::string_view(value));
  }
  out.end_object();
  out.end_object();
  return body;
}

}  // namespace sluice::server
