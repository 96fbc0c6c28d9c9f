// Lists include paths and reads footers.
#include "query/crawler.h"

#include "catalog/partition.h"
#include "columnar/type.h"
#include "parquet/file_reader.h"
#include "query/crawl_writer.h"
#include "query/file_schema.h"
#include "query/glob.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace sluice::query {
namespace {

// A footer of a file with 10,000 columns and 1,000 row groups would be larger; such files are
// skipped and named.
constexpr parquet::ReadLimits footer_limits = {.footer_bytes_max = std::size_t{64} << 20};

bool is_hidden(std::string_view below_folder) {
  for (std::size_t start = 0; start <= below_folder.size();) {
    const std::size_t end = std::min(below_folder.find('/', start), below_folder.size());
    if (start < end && (below_folder[start] == '_' || below_folder[start] == '.')) {
      return true;
    }
    start = end + 1;
  }
  return false;
}

// Keys with such names cannot be kept in the catalog.
bool can_be_partition(std::string_view below_folder) {
  const bool has_control = std::any_of(below_folder.begin(), below_folder.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20;
  });
  return !has_control && below_folder.size() <= catalog::partition_value_bytes_max;
}

class Surveyor {
 public:
  Surveyor(s3::LocalStore& buckets, const std::function<bool()>& keep_on, CrawlReport& report)
      : buckets_(buckets), keep_on_(keep_on), report_(report) {}

  Result<Survey> look(const CrawlTarget& target, const LayoutRules& rules) {
    std::vector<Glob> exclusions;
    for (const std::string& pattern : target.exclusions) {
      SLUICE_TRY(glob, Glob::parse(pattern));
      exclusions.push_back(std::move(glob));
    }
    files_.clear();
    skipped_.clear();
    s3::ListRequest request;
    request.prefix = target.folder;
    while (true) {
      auto page = buckets_.list(target.bucket, request);
      if (!page) {
        return std::unexpected(std::move(page).error().to_error().within(target.path));
      }
      for (const s3::ListEntry& entry : page->objects) {
        if (!keep_on_()) {
          return fail(Fault::cancelled, "the crawler was stopped");
        }
        SLUICE_TRY_DO(look_at(target, exclusions, entry));
      }
      if (!page->is_truncated) {
        break;
      }
      request.continuation_token = std::move(page->next_continuation_token);
    }
    Survey survey{&target,
                  lay_out(target.bucket, target.folder, files_, schemas_, rules),
                  std::move(skipped_)};
    for (const std::string& note : survey.layout.notes) {
      report_.note(note);
    }
    return survey;
  }

 private:
  Result<void> look_at(const CrawlTarget& target,
                       const std::vector<Glob>& exclusions,
                       const s3::ListEntry& entry) {
    const std::string_view below = std::string_view(entry.key).substr(target.folder.size());
    const auto excludes = [&](const Glob& glob) { return glob.matches(below); };
    if (entry.bytes == 0 || is_hidden(below) ||
        std::any_of(exclusions.begin(), exclusions.end(), excludes)) {
      return {};
    }
    if (!can_be_partition(below)) {
      skip(target, entry.key, "its key is too long or holds control characters");
      return {};
    }
    const auto found = buckets_.get(target.bucket, entry.key);
    if (!found && found.error().code() == s3::S3Code::no_such_key) {
      return {};  // deleted since it was listed
    }
    if (!found) {
      return std::unexpected(s3::S3Error(found.error()).to_error().within(entry.key));
    }
    const auto reader = parquet::FileReader::open(*found->file, footer_limits);
    if (!reader &&
        (reader.error().fault() == Fault::io || reader.error().fault() == Fault::throttled)) {
      return std::unexpected(reader.error());
    }
    if (!reader) {
      skip(target, entry.key, reader.error().message());
      return {};
    }
    const columnar::Schema schema = file_schema(reader->schema());
    if (schema.columns.empty()) {
      skip(target, entry.key, "it has no columns");
      return {};
    }
    ++report_.files_read;
    files_.push_back(
        {entry.key, number_of(schema), reader->file_bytes(), reader->metadata().num_rows});
    return {};
  }

  void skip(const CrawlTarget& target, const std::string& key, std::string_view why) {
    ++report_.files_skipped;
    skipped_.emplace_back(key);
    report_.note(fmt::format("s3://{}/{} is skipped: {}", target.bucket, key, why));
  }

  // Equal schemas have one number.
  std::size_t number_of(const columnar::Schema& schema) {
    std::string text;
    for (const columnar::Field& column : schema.columns) {
      text += fmt::format("{} {}\n", column.name, columnar::to_string(column.type));
    }
    const auto [found, is_new] = numbers_.try_emplace(std::move(text), schemas_.size());
    if (is_new) {
      schemas_.push_back(schema);
    }
    return found->second;
  }

  s3::LocalStore& buckets_;
  const std::function<bool()>& keep_on_;
  CrawlReport& report_;
  std::vector<CrawledFile> files_;
  std::vector<std::string> skipped_;
  std::vector<columnar::Schema> schemas_;
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace

void CrawlReport::note(std::string text) {
  if (notes.size() < crawl_notes_max) {
    notes.push_back(std::move(text));
  }
}

Result<std::vector<Survey>> survey(s3::LocalStore& buckets,
                                   const CrawlerDefinition& crawler,
                                   const std::function<bool()>& keep_on,
                                   CrawlReport& report) {
  Surveyor surveyor(buckets, keep_on, report);
  std::vector<Survey> surveys;
  for (const CrawlTarget& target : crawler.targets) {
    SLUICE_TRY(one, surveyor.look(target, crawler.settings.layout));
    surveys.push_back(std::move(one));
  }
  return surveys;
}

Result<void> crawl(const CrawlWorld& world,
                   const CrawlerDefinition& crawler,
                   const std::function<bool()>& keep_on,
                   CrawlReport& report) {
  SLUICE_TRY(surveys, survey(world.buckets, crawler, keep_on, report));
  catalog::Database database;
  database.name = crawler.database;
  auto created = world.catalog.create_database(std::move(database));
  if (!created && created.error().fault() != Fault::conflict) {
    return created;
  }
  return write_surveys(world, crawler, surveys, keep_on, report);
}

}  // namespace sluice::query
