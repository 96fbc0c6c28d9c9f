// The store, read at one moment; objects, read when one is asked for.
#include "proof/situation.h"

#include "base/digest.h"
#include "base/file_lock.h"
#include "base/file_system.h"
#include "json/document.h"
#include "proof/file_digest.h"
#include "s3/bucket_name.h"
#include "s3/key_mapping.h"
#include "s3/object_file.h"
#include "s3/rooted_directory.h"
#include "server/remote_buckets.h"
#include "server/rerun.h"
#include "server/stream_definitions.h"
#include "store/database.h"
#include "store/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::proof {
namespace {

constexpr std::size_t error_object_bytes_max = std::size_t{256} << 20;

Result<void> read_store(store::Transaction& transaction, Situation& situation) {
  using store::Definitions;
  SLUICE_TRY(ledgers, store::audit_ledgers(transaction));
  situation.ledgers = std::move(ledgers);
  SLUICE_TRY(deliveries, Definitions::load_all(transaction, store::kind_delivery_stream));
  SLUICE_TRY(reruns, Definitions::load_all(transaction, server::kind_rerun));
  for (const store::Definition& one : deliveries) {
    SLUICE_TRY(delivery, delivery::decode_delivery_stream(one.body));
    SLUICE_TRY(legs, server::legs_with_reruns(delivery, reruns));
    std::ranges::move(legs, std::back_inserter(situation.deliveries));
  }
  SLUICE_TRY(streams, Definitions::load_all(transaction, store::kind_stream));
  for (const store::Definition& one : streams) {
    SLUICE_TRY(stream, server::decode_stream_definition(one.body));
    situation.streams.push_back(std::move(stream));
  }
  SLUICE_TRY(positions, Definitions::load_all(transaction, store::kind_stream_position));
  for (const store::Definition& one : positions) {
    SLUICE_TRY(position, server::decode_log_position(one.body));
    if (const auto incarnation = stream::parse_incarnation(one.key)) {
      situation.noted.emplace(*incarnation, std::move(position));
    }
  }
  SLUICE_TRY(buckets, Definitions::load_all(transaction, store::kind_bucket));
  for (const store::Definition& one : buckets) {
    situation.buckets.push_back(one.key);
  }
  SLUICE_TRY(tables, Definitions::load_all(transaction, store::kind_table));
  for (const store::Definition& one : tables) {
    situation.tables.insert(one.key);
  }
  return {};
}

Result<SeenObject> look_at_file(const std::string& folder,
                                const std::string& path,
                                std::optional<std::uint64_t> bytes) {
  SLUICE_TRY(root, s3::RootedDirectory::open(folder));
  SLUICE_TRY(opened, root.open_file(path));
  SeenObject seen;
  seen.bytes = opened.file.bytes;
  if (bytes == seen.bytes) {
    const auto file = s3::make_object_file(std::move(opened.descriptor), path);
    SLUICE_TRY(sha256, digest_of(*file));
    seen.sha256 = sha256;
  }
  return seen;
}

// Wherever the object lies: in the bucket's tree, or beside it under an escaped name.
Result<SeenObject> look_at_object(const std::string& data_directory,
                                  const std::string& bucket,
                                  const std::string& key,
                                  std::optional<std::uint64_t> bytes) {
  if (!s3::check_key(key) || !s3::check_bucket_name(bucket)) {
    return fail(Fault::missing, fmt::format("there can be no object s3://{}/{}", bucket, key));
  }
  const auto folder = [&](std::string_view tree) {
    return join_path(join_path(data_directory, tree), bucket);
  };
  if (s3::is_plain_key(key)) {
    auto in_tree = look_at_file(folder("buckets"), key, bytes);
    if (in_tree || in_tree.error().fault() != Fault::missing) {
      return in_tree;
    }
  }
  return look_at_file(folder("escaped"), s3::escaped_path(key), bytes);
}

// The object's text, wherever it lies; empty when it is gone.
Bytes read_object(const std::string& data_directory, const delivery::ObjectPlan& plan) {
  const auto files = make_posix_file_system();
  const auto place = [&](std::string_view tree, const std::string& path) {
    return join_path(join_path(join_path(data_directory, tree), plan.bucket), path);
  };
  for (const std::string& path :
       {place("buckets", plan.key), place("escaped", s3::escaped_path(plan.key))}) {
    if (plan.bytes <= error_object_bytes_max) {
      if (auto text = read_file(*files, path)) {
        return *std::move(text);
      }
    }
  }
  return {};
}

std::optional<Refusal> find_line(const Bytes& text, const std::string& sequence_number) {
  const std::size_t at = text.find(fmt::format("\"sequenceNumber\":\"{}\"", sequence_number));
  if (at == Bytes::npos) {
    return std::nullopt;
  }
  const std::size_t before = text.rfind('\n', at);
  const std::size_t begin = before == Bytes::npos ? 0 : before + 1;
  const auto document = json::Document::parse(text.substr(begin, text.find('\n', at) - begin));
  if (!document) {
    return std::nullopt;
  }
  const auto member = [&](std::string_view name) {
    return std::string(document->root().find(name).as_string().value_or(std::string_view()));
  };
  const auto line =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
  return Refusal{
      member("lastErrorCode"), member("lastErrorMessage"), static_cast<std::uint64_t>(line) + 1};
}

}  // namespace

Result<Situation> read_situation(const std::string& data_directory) {
  const std::string path = join_path(data_directory, "sluice.db");
  if (!make_posix_file_system()->exists(path)) {
    return fail(Fault::missing,
                fmt::format("{} is no data directory: --data-dir names another", data_directory));
  }
  store::DatabaseOptions reading;
  reading.read_only = true;
  SLUICE_TRY(database, store::Database::open(path, reading));
  Situation situation;
  SLUICE_TRY_DO(database->read(
      [&](store::Transaction& transaction) { return read_store(transaction, situation); }));
  SLUICE_TRY(remote, server::load_remote_buckets(*make_posix_file_system(), data_directory));
  situation.remote_buckets = std::move(remote);
  situation.lock_holder = FileLock::holder_of(join_path(data_directory, "LOCK"));
  situation.look_at = [data_directory](const std::string& bucket,
                                       const std::string& key,
                                       std::optional<std::uint64_t> bytes) {
    return look_at_object(data_directory, bucket, key, bytes);
  };
  situation.find_refusal = [data_directory](const delivery::ObjectPlan& plan,
                                            const std::string& sequence_number) {
    return find_line(read_object(data_directory, plan), sequence_number);
  };
  return situation;
}

}  // namespace sluice::proof
