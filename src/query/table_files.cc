// Walking the buckets.
#include "query/table_files.h"

#include "base/file_system.h"
#include "parquet/file_reader.h"
#include "s3/rooted_directory.h"

#include <algorithm>
#include <utility>

namespace sluice::query {
namespace {

// Walks one place.
class Walk {
 public:
  Walk(const s3::RootedDirectory& bucket, const TablePlace& place, std::size_t index)
      : bucket_(bucket), place_(place), index_(index) {}

  Result<void> run(FoundFiles& found) {
    const std::size_t slash = place_.prefix.rfind('/');
    return folder(slash == std::string::npos ? "" : place_.prefix.substr(0, slash), found);
  }

 private:
  Result<void> folder(const std::string& path, FoundFiles& found) {
    auto listing = bucket_.list(path);
    if (!listing) {
      return listing.error().fault() == Fault::missing
                 ? Result<void>()
                 : std::unexpected(std::move(listing).error());
    }
    std::ranges::sort(listing->entries, {}, &s3::NamedEntry::name);
    for (const s3::NamedEntry& entry : listing->entries) {
      const std::string key = path.empty() ? entry.name : path + "/" + entry.name;
      if (entry.name.starts_with('.') || entry.name.starts_with('_') ||
          !concerns(key, entry.kind)) {
        continue;
      }
      if (entry.kind == s3::EntryKind::directory) {
        SLUICE_TRY_DO(folder(key, found));
      } else if (entry.kind == s3::EntryKind::file) {
        found.files.push_back({index_, key});
      } else {
        found.skipped.push_back({place_.bucket, key, "it is neither a file nor a folder"});
      }
    }
    return {};
  }

  // Whether something under this name may be the table's.
  bool concerns(const std::string& key, s3::EntryKind kind) const {
    const std::string name = kind == s3::EntryKind::directory ? key + "/" : key;
    const bool is_beneath = name.starts_with(place_.prefix) ||
                            (kind == s3::EntryKind::directory && place_.prefix.starts_with(name));
    return is_beneath && std::ranges::none_of(place_.excluded, [&](const std::string& beginning) {
             return name.starts_with(beginning);
           });
  }

  const s3::RootedDirectory& bucket_;
  const TablePlace& place_;
  std::size_t index_;
};

}  // namespace

Result<FoundFiles> find_files(const std::string& buckets, const TablePlan& plan) {
  FoundFiles found;
  for (std::size_t i = 0; i < plan.places.size(); ++i) {
    const TablePlace& place = plan.places[i];
    // What is no bucket's name must not become a path.
    if (place.bucket.find('/') != std::string::npos || place.bucket.starts_with('.')) {
      continue;
    }
    const auto bucket = s3::RootedDirectory::open(join_path(buckets, place.bucket));
    if (!bucket) {
      if (bucket.error().fault() == Fault::missing) {
        continue;
      }
      return std::unexpected(bucket.error());
    }
    SLUICE_TRY_DO(Walk(*bucket, place, i).run(found));
  }
  return found;
}

std::size_t leave_out_damaged(const std::string& buckets,
                              const TablePlan& plan,
                              FoundFiles& found) {
  const auto files = make_posix_file_system();
  const auto is_damaged = [&](const TableFile& file) {
    const auto opened = files->open(path_of(buckets, plan, file), OpenMode::read);
    std::string wrong = opened ? "" : opened.error().message();
    if (opened) {
      if (const auto reader = parquet::FileReader::open(**opened); !reader) {
        wrong = reader.error().message();
      }
    }
    if (!wrong.empty()) {
      found.skipped.push_back({plan.places[file.place].bucket, file.key, std::move(wrong)});
      return true;
    }
    return false;
  };
  return std::erase_if(found.files, is_damaged);
}

}  // namespace sluice::query
