// Crawlers in Glue's shapes.
#include "server/glue/crawler_shapes.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {
namespace {

// There are no log groups here; these are the names under which AWS keeps them, and MessagePrefix
// tells crawls apart.
constexpr std::string_view log_group = "/aws-glue/crawlers";

std::string log_stream(std::string name) {
  std::replace_if(name.begin(), name.end(), [](char c) { return c == ':' || c == '*'; }, '_');
  return name;
}

void write_last_crawl(json::Writer& out, const std::string& name, const query::LastCrawl& last) {
  constexpr std::array<std::string_view, 3> statuses = {"SUCCEEDED", "CANCELLED", "FAILED"};
  out.begin_object();
  out.member("Status", statuses[static_cast<std::size_t>(last.status)]);
  if (!last.message.empty()) {
    out.member("ErrorMessage", std::string_view(last.message));
  }
  out.member("LogGroup", log_group);
  out.member("LogStream", std::string_view(log_stream(name)));
  out.member("MessagePrefix", std::string_view(std::to_string(to_count(last.started))));
  out.member("StartTime", last.started);
  out.end_object();
}

double seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::chrono::milliseconds median(std::vector<std::chrono::milliseconds> times) {
  if (times.empty()) {
    return std::chrono::milliseconds(0);
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace

void write_crawler(json::Writer& out, const query::Crawler& crawler) {
  constexpr std::array<std::string_view, 3> states = {"READY", "RUNNING", "STOPPING"};
  out.begin_object();
  query::write_crawler_members(out, crawler.definition);
  out.member("State", states[static_cast<std::size_t>(crawler.state)]);
  out.member("CrawlElapsedTime", crawler.running_for.count());
  if (crawler.history.last) {
    out.key("LastCrawl");
    write_last_crawl(out, crawler.definition.name, *crawler.history.last);
  }
  out.end_object();
}

void write_crawler_metrics(json::Writer& out, const query::Crawler& crawler) {
  const auto& runtimes = crawler.history.runtimes;
  const bool is_running = crawler.state != query::CrawlerState::ready;
  out.begin_object();
  out.member("CrawlerName", std::string_view(crawler.definition.name));
  out.member("TimeLeftSeconds", 0.0);
  out.member("StillEstimating", is_running);
  out.member("LastRuntimeSeconds", runtimes.empty() ? 0.0 : seconds(runtimes.back()));
  out.member("MedianRuntimeSeconds", seconds(median(runtimes)));
  out.member("TablesCreated", crawler.history.tables_created);
  out.member("TablesUpdated", crawler.history.tables_updated);
  out.member("TablesDeleted", crawler.history.tables_deleted);
  out.end_object();
}

}  // namespace sluice::server
