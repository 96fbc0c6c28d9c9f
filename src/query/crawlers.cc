// Crawlers kept, and run one after the other.
#include "query/crawlers.h"

#include "base/check.h"
#include "base/count_text.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::int64_t stored_format_version = 1;
constexpr std::array<std::string_view, 3> status_names = {"SUCCEEDED", "CANCELLED", "FAILED"};

std::unexpected<Error> is_running(std::string_view name) {
  return fail(Fault::conflict, fmt::format("Crawler {} is running; stop it or wait.", name));
}

std::string encode(const CrawlerDefinition& definition, const CrawlerHistory& history) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", stored_format_version);
  out.key("crawler");
  out.begin_object();
  write_crawler_members(out, definition);
  out.end_object();
  out.key("tags");
  out.begin_object();
  for (const auto& [name, value] : definition.tags) {
    out.member(name, std::string_view(value));
  }
  out.end_object();
  if (history.last) {
    out.key("last");
    out.begin_object();
    out.member("status", status_names[static_cast<std::size_t>(history.last->status)]);
    out.member("message", std::string_view(history.last->message));
    out.member("started_ms", to_count(history.last->started));
    out.end_object();
  }
  out.key("runtimes_ms");
  out.begin_array();
  for (const std::chrono::milliseconds runtime : history.runtimes) {
    out.value(runtime.count());
  }
  out.end_array();
  out.member("tables_created", history.tables_created);
  out.member("tables_updated", history.tables_updated);
  out.member("tables_deleted", history.tables_deleted);
  out.end_object();
  return text;
}

std::optional<LastCrawl> read_last(json::View last) {
  LastCrawl crawl;
  const auto status = last.find("status").as_string();
  const auto* const found = std::find(status_names.begin(), status_names.end(), status);
  if (found == status_names.end()) {
    return std::nullopt;
  }
  crawl.status = static_cast<CrawlStatus>(found - status_names.begin());
  crawl.message = last.find("message").as_string().value_or(std::string_view());
  crawl.started = unix_millis(last.find("started_ms").as_int64().value_or(0));
  return crawl;
}

CrawlerHistory read_history(json::View root) {
  CrawlerHistory history;
  history.last = read_last(root.find("last"));
  for (const json::View runtime : root.find("runtimes_ms").elements()) {
    history.runtimes.emplace_back(runtime.as_int64().value_or(0));
  }
  const auto count = [&](std::string_view member) {
    return static_cast<std::uint64_t>(root.find(member).as_int64().value_or(0));
  };
  history.tables_created = count("tables_created");
  history.tables_updated = count("tables_updated");
  history.tables_deleted = count("tables_deleted");
  return history;
}

// The message of a crawl: its failure first, then what was noticed, cut to what the API carries.
std::string message_of(const Result<void>& done, const CrawlReport& report) {
  std::string message = done ? std::string() : done.error().message();
  for (const std::string& note : report.notes) {
    message += message.empty() ? "" : "\n";
    message += note;
  }
  if (message.size() > crawl_message_characters_max) {
    std::size_t end = crawl_message_characters_max - 4;
    while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) {
      --end;
    }
    message.resize(end);
    message += " ...";
  }
  return message;
}

}  // namespace

Crawlers::Crawlers(Needs needs) : needs_(std::move(needs)), definitions_(needs_.database) {}

Result<std::unique_ptr<Crawlers>> Crawlers::open(Needs needs) {
  std::unique_ptr<Crawlers> crawlers(new Crawlers(std::move(needs)));
  SLUICE_TRY_DO(crawlers->load());
  crawlers->thread_ = std::thread([raw = crawlers.get()] { raw->run(); });
  return crawlers;
}

Crawlers::~Crawlers() {
  stop();
}

void Crawlers::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

Result<void> Crawlers::load() {
  SLUICE_TRY(stored, definitions_.load_all(store::kind_crawler));
  for (const store::Definition& one : stored) {
    const auto document = json::Document::parse(Bytes(one.body));
    const json::View root = document ? document->root() : json::View();
    if (root.find("format").as_int64().value_or(0) > stored_format_version) {
      return fail(Fault::unsupported,
                  fmt::format("crawler {}: its definition was written by a newer sluice", one.key));
    }
    auto definition = read_stored_crawler(root.find("crawler"));
    if (!definition) {
      return std::unexpected(
          std::move(definition).error().within(fmt::format("crawler {}", one.key)));
    }
    for (const json::Member tag : root.find("tags").members()) {
      definition->tags.emplace(tag.key, tag.value.as_string().value_or(std::string_view()));
    }
    Entry entry;
    entry.definition = *std::move(definition);
    entry.history = read_history(root);
    entries_.emplace(one.key, std::move(entry));
  }
  return {};
}

Result<Crawlers::Entry*> Crawlers::entry(std::string_view name) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return fail(Fault::missing, fmt::format("Crawler {} not found.", name));
  }
  return &found->second;
}

Result<void> Crawlers::save(const Entry& entry) {
  return definitions_.save(
      store::kind_crawler, entry.definition.name, encode(entry.definition, entry.history));
}

Result<void> Crawlers::create(CrawlerDefinition definition) {
  SLUICE_TRY_DO(check_crawler(definition));
  const std::lock_guard lock(mutex_);
  if (entries_.contains(definition.name)) {
    return fail(Fault::conflict, fmt::format("Crawler {} already exists.", definition.name));
  }
  definition.version = 1;
  definition.created = needs_.world.clock.now();
  definition.updated = definition.created;
  Entry entry;
  entry.definition = std::move(definition);
  SLUICE_TRY_DO(save(entry));
  std::string name = entry.definition.name;
  entries_.emplace(std::move(name), std::move(entry));
  return {};
}

Result<void> Crawlers::update(std::string_view name,
                              const std::function<Result<void>(CrawlerDefinition&)>& change) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  if (found->state != CrawlerState::ready) {
    return is_running(name);
  }
  Entry changed = *found;
  SLUICE_TRY_DO(change(changed.definition));
  SLUICE_TRY_DO(check_crawler(changed.definition));
  SLUICE_CHECK(changed.definition.name == name);
  ++changed.definition.version;
  changed.definition.updated = needs_.world.clock.now();
  SLUICE_TRY_DO(save(changed));
  *found = std::move(changed);
  return {};
}

Result<void> Crawlers::set_tags(std::string_view name, std::map<std::string, std::string> tags) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  std::swap(found->definition.tags, tags);
  if (auto saved = save(*found); !saved) {
    std::swap(found->definition.tags, tags);
    return saved;
  }
  return {};
}

Result<void> Crawlers::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  if (found->state != CrawlerState::ready) {
    return is_running(name);
  }
  SLUICE_TRY_DO(definitions_.remove(store::kind_crawler, name));
  entries_.erase(entries_.find(name));
  return {};
}

Crawler Crawlers::seen(const Entry& entry) const {
  Crawler crawler;
  crawler.definition = entry.definition;
  crawler.history = entry.history;
  crawler.state = entry.state;
  if (entry.state != CrawlerState::ready) {
    crawler.running_for = std::chrono::duration_cast<std::chrono::milliseconds>(
        needs_.world.clock.steady() - entry.started);
  }
  return crawler;
}

Result<Crawler> Crawlers::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    return fail(Fault::missing, fmt::format("Crawler {} not found.", name));
  }
  return seen(found->second);
}

std::vector<Crawler> Crawlers::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Crawler> all;
  all.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) {
    all.push_back(seen(entry));
  }
  return all;
}

Result<void> Crawlers::start(std::string_view name) {
  {
    const std::lock_guard lock(mutex_);
    SLUICE_TRY(found, entry(name));
    if (found->state != CrawlerState::ready) {
      return is_running(name);
    }
    if (is_stopping_) {
      return fail(Fault::cancelled, "the server is stopping");
    }
    found->state = CrawlerState::running;
    found->started = needs_.world.clock.steady();
    found->started_at = needs_.world.clock.now();
    waiting_.emplace_back(name);
  }
  changed_.notify_all();
  return {};
}

Result<CrawlerState> Crawlers::stop_crawl(std::string_view name) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY(found, entry(name));
  const CrawlerState before = found->state;
  if (before == CrawlerState::running) {
    found->state = CrawlerState::stopping;
  }
  return before;
}

bool Crawlers::keeps_on(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  SLUICE_CHECK(found != entries_.end());  // a running crawler is not removed
  return !is_stopping_ && found->second.state == CrawlerState::running;
}

void Crawlers::run() {
  pthread_setname_np(pthread_self(), "sluice-crawler");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) {
      return;
    }
    const std::string name = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    crawl_once(name);
    lock.lock();
  }
}

void Crawlers::crawl_once(const std::string& name) {
  CrawlerDefinition definition;
  {
    const std::lock_guard lock(mutex_);
    definition = entries_.find(name)->second.definition;
  }
  CrawlReport report;
  Result<void> done = {};
  if (keeps_on(name)) {
    done = crawl(needs_.world, definition, [&] { return keeps_on(name); }, report);
  } else {
    done = fail(Fault::cancelled, "the crawler was stopped");
  }
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.find(name)->second;
  LastCrawl last;
  last.status = done                                       ? CrawlStatus::succeeded
                : done.error().fault() == Fault::cancelled ? CrawlStatus::cancelled
                                                           : CrawlStatus::failed;
  last.message = message_of(done, report);
  last.started = entry.started_at;
  CrawlerHistory& history = entry.history;
  history.last = std::move(last);
  history.runtimes.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(
      needs_.world.clock.steady() - entry.started));
  if (history.runtimes.size() > runtimes_max) {
    history.runtimes.erase(history.runtimes.begin());
  }
  history.tables_created += report.tables_created;
  history.tables_updated += report.tables_updated;
  history.tables_deleted += report.tables_deleted;
  entry.state = CrawlerState::ready;
  if (const auto saved = save(entry); !saved) {
    needs_.report(fmt::format(
        "crawler {}: its last crawl could not be stored: {}", name, saved.error().message()));
  }
  report_crawl(entry, report);
}

void Crawlers::report_crawl(const Entry& entry, const CrawlReport& report) {
  const std::string& name = entry.definition.name;
  needs_.report(
      fmt::format("crawler {}: {} in {} ms: {} read, {} skipped; tables: {} created, {} "
                  "updated, {} gone; "
                  "partitions: {} created, {} updated, {} gone",
                  name,
                  status_names[static_cast<std::size_t>(entry.history.last->status)],
                  entry.history.runtimes.back().count(),
                  counted(report.files_read, "file", "files"),
                  report.files_skipped,
                  report.tables_created,
                  report.tables_updated,
                  report.tables_deleted,
                  report.partitions_created,
                  report.partitions_updated,
                  report.partitions_deleted));
  std::string_view rest = entry.history.last->message;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    needs_.report(fmt::format("crawler {}: {}", name, rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace sluice::query
