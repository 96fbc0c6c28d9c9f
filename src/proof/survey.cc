// Ledgers, then files, then ledgers again.
#include "proof/survey.h"

#include "base/file_system.h"
#include "delivery/definition.h"
#include "parquet/file_reader.h"
#include "parquet/verify.h"
#include "proof/error_lines.h"
#include "proof/file_digest.h"
#include "runner/delivery_runner.h"
#include "s3/key_mapping.h"
#include "s3/object_file.h"
#include "s3/rooted_directory.h"
#include "server/remote_buckets.h"
#include "server/rerun.h"
#include "server/stream_definitions.h"
#include "source/embedded_source.h"
#include "store/database.h"
#include "store/definitions.h"
#include "store/object_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

namespace sluice::proof {
namespace {

using delivery::ObjectPlan;
using s3::RootedDirectory;
using store::AuditedLedger;
using store::AuditedPlan;
using store::Placement;

constexpr std::size_t folders_deep_max = 1024;  // a key has no more segments
constexpr std::string_view parquet_magic = "PAR1";

struct Listed {
  std::string key;
  std::string path;
  Placement placement = Placement::tree;
};

Result<void> list_below(const RootedDirectory& root,
                        const std::string& below,
                        std::size_t depth,
                        std::vector<std::string>& out) {
  if (depth > folders_deep_max) {
    return fail(Fault::too_large, fmt::format("{}/{} nests too deep", root.path(), below));
  }
  auto listing = root.list(below);
  if (!listing && listing.error().fault() == Fault::missing) {
    return {};  // removed meanwhile
  }
  if (!listing) {
    return std::unexpected(std::move(listing).error());
  }
  for (const s3::NamedEntry& entry : listing->entries) {
    std::string path = below.empty() ? entry.name : join_path(below, entry.name);
    if (entry.kind == s3::EntryKind::directory) {
      SLUICE_TRY_DO(list_below(root, path, depth + 1, out));
    } else if (entry.kind == s3::EntryKind::file) {
      out.push_back(std::move(path));
    }
  }
  return {};
}

// The plans of the ledgers, by what a file of the bucket may be recognised by.
struct Planned {
  std::map<std::pair<std::string, std::string>, const ObjectPlan*> by_place;
  std::unordered_set<std::uint64_t> sizes;
  std::uint64_t bytes = 0;
};

class Surveying {
 public:
  explicit Surveying(const SurveyOptions& options)
      : options_(options), files_(make_posix_file_system()) {}

  Result<Facts> run() {
    if (!files_->exists(join_path(options_.data_directory, "buckets"))) {
      return fail(Fault::missing,
                  fmt::format("{} is no data directory: --data-dir names another",
                              options_.data_directory));
    }
    facts_.bucket = options_.bucket;
    SLUICE_TRY(remote, server::load_remote_buckets(*files_, options_.data_directory));
    facts_.remote_buckets = std::move(remote);
    SLUICE_TRY_DO(open_store());
    SLUICE_TRY_DO(look_at_ledgers(facts_.before));
    note_plans();
    SLUICE_TRY(buckets, buckets_to_look_at());
    for (const std::string& bucket : buckets) {
      SLUICE_TRY_DO(look_at_bucket(bucket));
    }
    SLUICE_TRY_DO(look_for_planned());
    SLUICE_TRY_DO(options_.is_thorough ? look_for_sealed() : Result<void>());
    SLUICE_TRY_DO(look_at_ledgers(facts_.after));
    std::sort(facts_.objects.begin(),
              facts_.objects.end(),
              [](const FoundObject& left, const FoundObject& right) {
                return std::tie(left.bucket, left.key) < std::tie(right.bucket, right.key);
              });
    return std::move(facts_);
  }

 private:
  Result<void> open_store() {
    const std::string path = join_path(options_.data_directory, "sluice.db");
    if (!options_.uses_store || !files_->exists(path)) {
      return {};
    }
    store::DatabaseOptions reading;
    reading.read_only = true;
    auto opened = store::Database::open(path, reading);
    if (!opened) {
      return std::unexpected(
          std::move(opened).error().within("the ledger cannot be read (see --bucket-only)"));
    }
    database_ = *std::move(opened);
    index_.emplace(*database_);
    facts_.has_headers = true;
    facts_.has_ledger = options_.uses_ledger;
    store::Definitions definitions(*database_);
    SLUICE_TRY(streams, definitions.load_all(store::kind_stream));
    for (const store::Definition& one : streams) {
      if (const auto stream = server::decode_stream_definition(one.body)) {
        facts_.stream_names.emplace(source::delivery_incarnation(stream->incarnation),
                                    stream->name);
      }
    }
    SLUICE_TRY(deliveries, definitions.load_all(store::kind_delivery_stream));
    SLUICE_TRY(reruns, definitions.load_all(server::kind_rerun));
    for (const store::Definition& one : deliveries) {
      SLUICE_TRY(delivery, delivery::decode_delivery_stream(one.body));
      SLUICE_TRY(legs, server::legs_with_reruns(delivery, reruns));
      facts_.stream_names.emplace(delivery::StreamIncarnation{delivery.incarnation},
                                  "the error output of " + delivery.name);
      for (const delivery::DeliveryStream& leg : legs) {
        facts_.defined.insert({leg.name, leg.incarnation});
      }
    }
    return {};
  }

  Result<void> look_at_ledgers(std::vector<AuditedLedger>& ledgers) {
    if (!facts_.has_ledger) {
      return {};
    }
    return database_->read([&](store::Transaction& transaction) -> Result<void> {
      SLUICE_TRY(found, store::audit_ledgers(transaction));
      ledgers = std::move(found);
      return note_unused(transaction);
    });
  }

  Result<void> note_unused(store::Transaction& transaction) {
    SLUICE_TRY(positions, store::Definitions::load_all(transaction, store::kind_stream_position));
    for (const store::Definition& one : positions) {
      const auto stream = stream::parse_incarnation(one.key);
      const auto position = server::decode_log_position(one.body);
      for (std::size_t shard = 0; stream && position && shard < position->shards.size(); ++shard) {
        const stream::OrdinalRange& unused = position->shards[shard].unused;
        if (unused.count() > 0) {
          const delivery::ShardKey key{source::delivery_incarnation(*stream),
                                       static_cast<std::uint32_t>(shard)};
          facts_.unused[key].add(delivery::Ordinal(unused.first.value),
                                 delivery::Ordinal(unused.next.value - 1));
        }
      }
    }
    return {};
  }

  void note_plans() {
    for (const AuditedLedger& ledger : facts_.before) {
      for (const AuditedPlan& audited : ledger.plans) {
        const ObjectPlan& plan = audited.plan;
        if (options_.bucket.empty() || plan.bucket == options_.bucket) {
          planned_.by_place.emplace(std::pair(plan.bucket, plan.key), &plan);
          planned_.sizes.insert(plan.bytes);
          planned_.bytes += plan.bytes;
        }
      }
    }
    if (options_.bytes_planned != nullptr) {
      *options_.bytes_planned = planned_.bytes;
    }
  }

  Result<std::vector<std::string>> buckets_to_look_at() const {
    SLUICE_TRY(entries, files_->list(join_path(options_.data_directory, "buckets")));
    std::vector<std::string> buckets;
    for (const DirectoryEntry& entry : entries) {
      if (entry.is_directory && (options_.bucket.empty() || entry.name == options_.bucket)) {
        buckets.push_back(entry.name);
      }
    }
    if (buckets.empty() && facts_.remote_buckets.contains(options_.bucket)) {
      return fail(Fault::unsupported,
                  fmt::format("bucket {} lies in another S3: only what is in {} is looked at",
                              options_.bucket,
                              options_.data_directory));
    }
    if (buckets.empty() && !options_.bucket.empty()) {
      return fail(
          Fault::missing,
          fmt::format("there is no bucket {} in {}", options_.bucket, options_.data_directory));
    }
    return buckets;
  }

  Result<void> look_at_bucket(const std::string& bucket) {
    SLUICE_TRY(
        tree,
        RootedDirectory::open(join_path(join_path(options_.data_directory, "buckets"), bucket)));
    std::vector<std::string> paths;
    SLUICE_TRY_DO(list_below(tree, "", 0, paths));
    for (std::string& path : paths) {
      SLUICE_TRY_DO(look_at_file(tree, bucket, {path, path, Placement::tree}));
    }
    const std::string beside = join_path(join_path(options_.data_directory, "escaped"), bucket);
    if (!files_->exists(beside)) {
      return {};
    }
    SLUICE_TRY(escaped, RootedDirectory::open(beside));
    paths.clear();
    SLUICE_TRY_DO(list_below(escaped, "", 0, paths));
    for (std::string& path : paths) {
      if (auto key = s3::key_of_escaped_path(path)) {
        SLUICE_TRY_DO(look_at_file(escaped, bucket, {*std::move(key), path, Placement::escaped}));
      }
    }
    return {};
  }

  Result<void> look_at_file(const RootedDirectory& root,
                            const std::string& bucket,
                            const Listed& listed) {
    auto opened = root.open_file(listed.path);
    if (!opened && opened.error().fault() == Fault::missing) {
      return {};  // removed meanwhile
    }
    if (!opened) {
      return std::unexpected(std::move(opened).error());
    }
    FoundObject object;
    object.bucket = bucket;
    object.key = listed.key;
    object.bytes = opened->file.bytes;
    SLUICE_TRY(headers, headers_of(bucket, listed, opened->file));
    const auto file = s3::make_object_file(std::move(opened->descriptor), listed.key);
    SLUICE_TRY_DO(read_proof(*file, headers, object));
    SLUICE_TRY_DO(read_bytes(*file, object));
    if (options_.is_thorough) {
      SLUICE_TRY(lines, read_error_lines(*file));
      object.lines = std::move(lines);
    }
    facts_.objects.push_back(std::move(object));
    return {};
  }

  // What the index says of exactly this file.
  Result<std::map<std::string, std::string>> headers_of(const std::string& bucket,
                                                        const Listed& listed,
                                                        const store::FileIdentity& file) {
    std::map<std::string, std::string> none;
    if (!index_) {
      return none;
    }
    auto row = index_->find(bucket, listed.key);
    if (!row && row.error().fault() == Fault::corrupt) {
      return none;  // the index is no proof, only where headers are kept
    }
    if (!row) {
      return std::unexpected(std::move(row).error());
    }
    const bool is_of_it =
        *row && (*row)->placement == listed.placement && (*row)->file.looks_like(file);
    return is_of_it ? (*row)->headers : none;
  }

  // The digest, if a plan's object may lie here; and, where that is not as it was put or no plan
  // tells, what the file contradicts itself in.
  Result<void> read_bytes(const File& file, FoundObject& object) {
    const auto plan = planned_.by_place.find({object.bucket, object.key});
    const bool is_planned = plan != planned_.by_place.end();
    if (options_.is_thorough || is_planned || planned_.sizes.contains(object.bytes)) {
      SLUICE_TRY(sha256, counted_digest_of(file));
      object.sha256 = sha256;
    }
    const bool is_right = is_planned && object.sha256 == plan->second->sha256;
    const bool is_judged_by_itself = !facts_.has_ledger && object.proof.has_value();
    if ((is_planned && !is_right) || is_judged_by_itself) {
      if (const auto reader = parquet::FileReader::open(file)) {
        parquet::Verification found = parquet::verify(*reader);
        object.contradictions = std::move(found.contradictions);
        std::move(
            found.unread.begin(), found.unread.end(), std::back_inserter(object.contradictions));
      }
    }
    return {};
  }

  Result<Sha256Digest> counted_digest_of(const File& file) {
    return digest_of(file, [this](std::size_t bytes) {
      bytes_read_ += bytes;
      if (options_.on_progress) {
        options_.on_progress(bytes_read_);
      }
    });
  }

  // A sealed file may become its object at any moment, so that the second place is looked at last.
  Result<void> look_for_planned() {
    for (const AuditedLedger& ledger : facts_.before) {
      const std::string folder =
          runner::spool_directory(options_.data_directory, ledger.delivery.incarnation);
      for (const AuditedPlan& audited : ledger.plans) {
        if (audited.committed_at) {
          continue;
        }
        if (audited.plan.kind == delivery::ObjectKind::dropped) {
          facts_.kept.emplace(ledger.delivery, audited.plan.number);  // it has no bytes to lose
          continue;
        }
        const std::string sealed = join_path(folder, audited.plan.spool_name);
        SLUICE_TRY(is_sealed, holds(sealed, audited.plan));
        SLUICE_TRY(is_put, is_sealed ? Result<bool>(true) : is_in_bucket(audited.plan));
        if (is_put) {
          facts_.kept.emplace(ledger.delivery, audited.plan.number);
        } else if (files_->exists(sealed) && !facts_.remote_buckets.contains(audited.plan.bucket)) {
          facts_.damaged.emplace(ledger.delivery, audited.plan.number);
        }
      }
      for (const delivery::ParkedObject& parked : ledger.parked) {
        const auto file = files_->open(join_path(folder, parked.draft.spool_name), OpenMode::read);
        const auto bytes = file ? (*file)->size() : Result<std::uint64_t>(0);
        if (file && bytes && *bytes >= parked.spool_bytes) {
          facts_.kept_parked.emplace(ledger.delivery, parked.draft.spool_name);
        }
      }
    }
    return {};
  }

  Result<void> look_for_sealed() {
    const std::string root = join_path(options_.data_directory, "spool");
    const auto folders = files_->list(root);
    for (const DirectoryEntry& folder : folders ? *folders : std::vector<DirectoryEntry>()) {
      const std::string path = join_path(root, folder.name);
      const auto entries = files_->list(path);
      for (const DirectoryEntry& entry : entries ? *entries : std::vector<DirectoryEntry>()) {
        SLUICE_TRY(file, files_->open(join_path(path, entry.name), OpenMode::read));
        SLUICE_TRY(bytes, file->size());
        FoundObject object;
        object.bytes = bytes;
        SLUICE_TRY_DO(read_proof(*file, {}, object));
        if (object.proof) {
          const store::DeliveryId id{object.proof->delivery_stream, object.proof->incarnation};
          facts_.sealed.emplace(id, object.proof->plan);
        }
      }
    }
    return {};
  }

  Result<bool> is_in_bucket(const ObjectPlan& plan) {
    const auto place = [&](std::string_view tree, const std::string& path) {
      return join_path(join_path(join_path(options_.data_directory, tree), plan.bucket), path);
    };
    SLUICE_TRY(is_in_tree, holds(place("buckets", plan.key), plan));
    return is_in_tree ? Result<bool>(true)
                      : holds(place("escaped", s3::escaped_path(plan.key)), plan);
  }

  Result<bool> holds(const std::string& path, const ObjectPlan& plan) {
    const auto file = files_->open(path, OpenMode::read);
    if (!file) {
      return false;
    }
    SLUICE_TRY(sha256, counted_digest_of(**file));
    return sha256 == plan.sha256;
  }

  const SurveyOptions& options_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<store::Database> database_;
  std::optional<store::ObjectIndex> index_;
  Facts facts_;
  Planned planned_;
  std::uint64_t bytes_read_ = 0;
};

Result<bool> is_parquet(const File& file, std::uint64_t bytes) {
  if (bytes < 2 * parquet_magic.size()) {
    return false;
  }
  Bytes magic;
  SLUICE_TRY_DO(file.read_at(bytes - parquet_magic.size(), parquet_magic.size(), magic));
  return magic == parquet_magic;
}

}  // namespace

Result<void> read_proof(const File& file,
                        const std::map<std::string, std::string>& headers,
                        FoundObject& object) {
  std::map<std::string, std::string> pairs = headers;
  SLUICE_TRY(has_footer, is_parquet(file, object.bytes));
  if (has_footer) {
    const auto reader = parquet::FileReader::open(file);
    if (!reader) {
      if (reader.error().fault() == Fault::io) {
        return std::unexpected(reader.error());
      }
      object.unreadable = reader.error().message();
      return {};
    }
    for (const parquet::KeyValue& pair : reader->metadata().key_value_metadata) {
      pairs.emplace(pair.key, pair.value.value_or(""));
    }
  }
  auto proof = parse_proof(pairs);
  if (!proof) {
    object.unreadable = proof.error().message();
    return {};
  }
  object.proof = *std::move(proof);
  return {};
}

Result<Facts> survey(const SurveyOptions& options) {
  return Surveying(options).run();
}

}  // namespace sluice::proof
