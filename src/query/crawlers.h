// The crawlers of a server: their definitions and last crawls in the store, and the one thread that
// crawls.
//
// Crawls wait for each other: they are bound by one disk.  A crawler is RUNNING from start() on.  A
// crawl that the end of the process cut off leaves no trace but what it wrote; its crawler is READY
// at the next start.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "query/crawler.h"
#include "query/crawler_definition.h"
#include "store/definitions.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice::query {

enum class CrawlerState : std::uint8_t { ready, running, stopping };
enum class CrawlStatus : std::uint8_t { succeeded, cancelled, failed };

struct LastCrawl {
  CrawlStatus status = CrawlStatus::succeeded;
  std::string message;  // why it failed; what was skipped and noticed
  UnixMillis started{};
};

// What a crawler has done since it was created.
struct CrawlerHistory {
  std::optional<LastCrawl> last;
  std::vector<std::chrono::milliseconds> runtimes;  // the latest last, at most runtimes_max
  std::uint64_t tables_created = 0;
  std::uint64_t tables_updated = 0;
  std::uint64_t tables_deleted = 0;
};

inline constexpr std::size_t runtimes_max = 100;
inline constexpr std::size_t crawl_message_characters_max = 2048;

struct Crawler {
  CrawlerDefinition definition;
  CrawlerHistory history;
  CrawlerState state = CrawlerState::ready;
  std::chrono::milliseconds running_for{0};  // 0 unless it runs
};

// Thread-safe.
class Crawlers {
 public:
  struct Needs {
    store::Database& database;
    CrawlWorld world;
    std::function<void(const std::string& line)> report;
  };

  // Reads all crawlers and starts the thread.  Fault::corrupt for a damaged definition.
  static Result<std::unique_ptr<Crawlers>> open(Needs needs);

  // As stop().
  ~Crawlers();
  Crawlers(const Crawlers&) = delete;
  Crawlers& operator=(const Crawlers&) = delete;

  // Ends the crawl in progress, forgets those that wait, and joins the thread.
  void stop();

  // Version and times are set here.  Fault::conflict when there is one of that name.
  Result<void> create(CrawlerDefinition definition);

  // Fault::missing, Fault::conflict while it runs, Fault::invalid when what comes of it is no
  // crawler.
  Result<void> update(std::string_view name,
                      const std::function<Result<void>(CrawlerDefinition&)>& change);

  // Replaces the tags; allowed while it runs.  Fault::missing.
  Result<void> set_tags(std::string_view name, std::map<std::string, std::string> tags);

  // Fault::missing, Fault::conflict while it runs.
  Result<void> remove(std::string_view name);

  // Fault::missing.
  Result<Crawler> find(std::string_view name) const;

  // By name.
  std::vector<Crawler> list() const;

  // Fault::missing, Fault::conflict while it runs.
  Result<void> start(std::string_view name);

  // Asks the crawl to end soon; the state it was in is returned, and unless that is running nothing
  // happens.  Fault::missing.
  Result<CrawlerState> stop_crawl(std::string_view name);

 private:
  struct Entry {
    CrawlerDefinition definition;
    CrawlerHistory history;
    CrawlerState state = CrawlerState::ready;
    std::chrono::nanoseconds started{0};  // on the steady clock
    UnixMillis started_at{};
  };

  explicit Crawlers(Needs needs);
  Result<void> load();
  Result<Entry*> entry(std::string_view name);
  Result<void> save(const Entry& entry);
  Crawler seen(const Entry& entry) const;
  void run();
  void crawl_once(const std::string& name);
  bool keeps_on(const std::string& name) const;
  void report_crawl(const Entry& entry, const CrawlReport& report);

  Needs needs_;
  store::Definitions definitions_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::string> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace sluice::query
