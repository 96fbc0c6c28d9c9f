// CreateCrawler, UpdateCrawler, GetCrawler, GetCrawlers, ListCrawlers, BatchGetCrawlers,
// StartCrawler, StopCrawler, DeleteCrawler, GetCrawlerMetrics, StartCrawlerSchedule,
// StopCrawlerSchedule.
#include "query/crawlers.h"

#include "server/glue/crawler_shapes.h"
#include "server/glue/glue.h"

#include <algorithm>
#include <set>

namespace sluice::server {
namespace {

constexpr std::int64_t page_max = 1000;

std::unexpected<aws::ApiError> crawler_error(const Error& error) {
  if (error.fault() == Fault::conflict) {
    return refuse("CrawlerRunningException", error.message());
  }
  return glue_error(error);
}

// Reads what CreateCrawler and UpdateCrawler have in common, for its shape alone.
void check_shape(aws::Members& members, bool is_new) {
  members.string("Role", {.is_required = is_new});
  members.string("DatabaseName");
  members.string("Description", {.length_max = 2048});
  members.string("Schedule");
  members.string("TablePrefix", {.length_max = query::table_prefix_bytes_max});
  members.string("Configuration");
  members.list("Classifiers");
  aws::Members targets = members.object("Targets", is_new);
  if (targets.exists()) {
    const json::View list = targets.list("S3Targets");
    std::size_t index = 0;
    for (const json::View element : list.elements()) {
      aws::Members target = targets.element("S3Targets", index++, element);
      target.string("Path", {.is_required = true});
      target.list("Exclusions");
    }
  }
  aws::Members policy = members.object("SchemaChangePolicy");
  if (policy.exists()) {
    policy.string("UpdateBehavior");
    policy.string("DeleteBehavior");
  }
  aws::Members recrawl = members.object("RecrawlPolicy");
  if (recrawl.exists()) {
    recrawl.string("RecrawlBehavior");
  }
}

// The one member Name.
std::expected<std::string_view, aws::ApiError> read_only_name(const ApiRequest& request,
                                                              std::string_view member = "Name") {
  aws::Members members(request.body);
  const auto name = read_name(members, member);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return *name;
}

// A page of crawlers, each written by `write`.
template <class Write>
std::string write_page(const std::vector<query::Crawler>& crawlers,
                       PageRequest page,
                       std::string_view member,
                       const Write& write) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key(member);
  out.begin_array();
  bool has_more = false;
  for (const query::Crawler& crawler : crawlers) {
    if (!page.after.empty() && crawler.definition.name <= page.after) {
      continue;
    }
    has_more = page.room == 0;
    if (has_more) {
      break;
    }
    --page.room;
    page.after = crawler.definition.name;
    write(out, crawler);
  }
  out.end_array();
  if (has_more) {
    out.member("NextToken", std::string_view(page.after));
  }
  out.end_object();
  return body;
}

}  // namespace

Answer create_crawler(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  query::CrawlerDefinition definition;
  definition.name = read_name(members, "Name").value_or(std::string_view());
  check_shape(members, true);
  for (auto& [name, value] : members.string_map("Tags", {.length_max = tags_max})) {
    definition.tags.insert_or_assign(std::move(name), std::move(value));
  }
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (auto applied = query::apply_crawler_members(request.body, definition); !applied) {
    return glue_error(applied.error());
  }
  if (auto created = world.crawlers.create(std::move(definition)); !created) {
    return glue_error(created.error());
  }
  return std::string("{}");
}

Answer update_crawler(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto name = read_name(members, "Name");
  check_shape(members, false);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto change = [&](query::CrawlerDefinition& definition) {
    return query::apply_crawler_members(request.body, definition);
  };
  if (auto updated = world.crawlers.update(*name, change); !updated) {
    return crawler_error(updated.error());
  }
  return std::string("{}");
}

Answer get_crawler(World& world, const ApiRequest& request) {
  const auto name = read_only_name(request);
  if (!name) {
    return std::unexpected(name.error());
  }
  const auto crawler = world.crawlers.find(*name);
  if (!crawler) {
    return glue_error(crawler.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Crawler");
  write_crawler(out, *crawler);
  out.end_object();
  return body;
}

Answer get_crawlers(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  PageRequest page = read_page_request(members, page_max);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return write_page(world.crawlers.list(), std::move(page), "Crawlers", write_crawler);
}

Answer list_crawlers(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  PageRequest page = read_page_request(members, page_max);
  const auto tags = members.string_map("Tags", {.length_max = tags_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::vector<query::Crawler> crawlers = world.crawlers.list();
  std::erase_if(crawlers, [&](const query::Crawler& crawler) {
    const auto& own = crawler.definition.tags;
    return !std::all_of(tags.begin(), tags.end(), [&](const auto& tag) {
      const auto found = own.find(tag.first);
      return found != own.end() && found->second == tag.second;
    });
  });
  return write_page(
      crawlers, std::move(page), "CrawlerNames", [](json::Writer& out, const query::Crawler& one) {
        out.value(std::string_view(one.definition.name));
      });
}

Answer batch_get_crawlers(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const json::View names =
      members.list("CrawlerNames", {.is_required = true, .length_max = batch_items_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::string body;
  json::Writer out(body);
  std::vector<std::string_view> not_found;
  out.begin_object();
  out.key("Crawlers");
  out.begin_array();
  for (const json::View name : names.elements()) {
    const std::string_view text = name.as_string().value_or(std::string_view());
    if (const auto crawler = world.crawlers.find(text)) {
      write_crawler(out, *crawler);
    } else {
      not_found.push_back(text);
    }
  }
  out.end_array();
  out.key("CrawlersNotFound");
  out.begin_array();
  for (const std::string_view name : not_found) {
    out.value(name);
  }
  out.end_array();
  out.end_object();
  return body;
}

Answer start_crawler(World& world, const ApiRequest& request) {
  const auto name = read_only_name(request);
  if (!name) {
    return std::unexpected(name.error());
  }
  if (auto started = world.crawlers.start(*name); !started) {
    return crawler_error(started.error());
  }
  return std::string("{}");
}

Answer stop_crawler(World& world, const ApiRequest& request) {
  const auto name = read_only_name(request);
  if (!name) {
    return std::unexpected(name.error());
  }
  const auto before = world.crawlers.stop_crawl(*name);
  if (!before) {
    return glue_error(before.error());
  }
  if (*before == query::CrawlerState::ready) {
    return refuse("CrawlerNotRunningException",
                  "Crawler " + std::string(*name) + " is not running.");
  }
  if (*before == query::CrawlerState::stopping) {
    return refuse("CrawlerStoppingException",
                  "Crawler " + std::string(*name) + " is stopping already.");
  }
  return std::string("{}");
}

Answer delete_crawler(World& world, const ApiRequest& request) {
  const auto name = read_only_name(request);
  if (!name) {
    return std::unexpected(name.error());
  }
  if (auto removed = world.crawlers.remove(*name); !removed) {
    return crawler_error(removed.error());
  }
  return std::string("{}");
}

Answer get_crawler_metrics(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const json::View names = members.list("CrawlerNameList", {.length_max = batch_items_max});
  PageRequest page = read_page_request(members, page_max);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::vector<query::Crawler> crawlers = world.crawlers.list();
  if (names.exists() && names.size() > 0) {
    std::set<std::string_view> wanted;
    for (const json::View name : names.elements()) {
      wanted.insert(name.as_string().value_or(std::string_view()));
    }
    std::erase_if(crawlers, [&](const query::Crawler& crawler) {
      return !wanted.contains(crawler.definition.name);
    });
  }
  return write_page(crawlers, std::move(page), "CrawlerMetricsList", write_crawler_metrics);
}

// No crawler here has a schedule, so that these two can only say so.
Answer start_crawler_schedule(World& world, const ApiRequest& request) {
  const auto name = read_only_name(request, "CrawlerName");
  if (!name) {
    return std::unexpected(name.error());
  }
  if (const auto crawler = world.crawlers.find(*name); !crawler) {
    return glue_error(crawler.error());
  }
  return refuse("NoScheduleException",
                "Crawlers run only when they are started here: call StartCrawler from cron or a "
                "systemd timer.");
}

Answer stop_crawler_schedule(World& world, const ApiRequest& request) {
  const auto name = read_only_name(request, "CrawlerName");
  if (!name) {
    return std::unexpected(name.error());
  }
  if (const auto crawler = world.crawlers.find(*name); !crawler) {
    return glue_error(crawler.error());
  }
  return refuse("SchedulerNotRunningException",
                "Crawler " + std::string(*name) + " has no schedule.");
}

}  // namespace sluice::server
