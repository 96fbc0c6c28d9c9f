// Bits that flip anywhere in the file of the store: what is read is what was written, or it is an
// error.  A row of the object index may be gone, for it is made again from its file.
//
//   SLUICE_STORE_FLIPS   how many bits to flip, one at a time
#include "base/file_system.h"
#include "base/random.h"
#include "store/definitions.h"
#include "store/ledger.h"
#include "store/ledger_audit.h"
#include "store/object_index.h"
#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace sluice::store {
namespace {

using delivery::ObjectPlan;
using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;
using delivery::ShardMark;
using delivery::StreamIncarnation;

constexpr std::uint64_t flips_default = 1'500;

const DeliveryId hr{"hr_firehose", 17};

// Everything that a start reads, and what `sluice verify` does.
struct Content {
  std::vector<ShardMark> marks;
  std::vector<ObjectPlan> planned;
  std::vector<ObjectPlan> audited;  // of all ledgers
  std::vector<std::string> definitions;
  std::vector<IndexedObject> objects;
};

Result<Content> read_content(const std::string& path) {
  DatabaseOptions options;
  options.read_only = true;
  SLUICE_TRY(database, Database::open(path, options));
  Content content;
  StoredLedger ledger(*database, hr);
  SLUICE_TRY(state, ledger.load());
  content.marks = std::move(state.marks);
  content.planned = std::move(state.planned);
  std::vector<AuditedLedger> audited;
  SLUICE_TRY_DO(database->read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(all, audit_ledgers(transaction));
    audited = std::move(all);
    return {};
  }));
  for (const AuditedLedger& one : audited) {
    if (!one.damages.empty()) {
      return fail(Fault::corrupt, one.damages.front().message);
    }
    for (const AuditedPlan& plan : one.plans) {
      content.audited.push_back(plan.plan);
    }
  }
  SLUICE_TRY(definitions, Definitions(*database).load_all(kind_table));
  for (const Definition& definition : definitions) {
    content.definitions.push_back(definition.key + "=" + definition.body);
  }
  SLUICE_TRY(objects, ObjectIndex(*database).page("bucket", {}));
  content.objects = std::move(objects);
  return content;
}

Result<void> write_content(const std::string& path) {
  SLUICE_TRY(database, Database::open(path, {}));
  StoredLedger ledger(*database, hr);
  for (std::uint32_t shard = 0; shard < 4; ++shard) {
    SLUICE_TRY_DO(ledger.add_mark({ShardKey{StreamIncarnation(77), shard}, Ordinal(1), {}}));
  }
  for (std::uint64_t number = 1; number <= 12; ++number) {
    const ShardKey shard{StreamIncarnation(77), 0};
    ObjectPlan plan;
    plan.number = PlanNumber(number);
    plan.bucket = "bucket";
    plan.key = "key-" + std::to_string(number);
    plan.sha256 = sha256(plan.key);
    delivery::OrdinalSet ordinals;
    ordinals.add(Ordinal(number * 10 - 9), Ordinal(number * 10));
    plan.positions = {{shard, ordinals}};
    SLUICE_TRY_DO(ledger.record_plan(plan));
    if (number <= 9) {
      SLUICE_TRY_DO(ledger.commit(
          {plan.number}, {{shard, Ordinal(number * 10 + 1), {}}}, unix_millis(1'752'400'000'000)));
    }
  }
  Definitions definitions(*database);
  ObjectIndex objects(*database);
  for (int i = 0; i < 10; ++i) {
    SLUICE_TRY_DO(definitions.create(
        kind_table, "table-" + std::to_string(i), "the columns of " + std::to_string(i)));
    IndexedObject object;
    object.key = "key-" + std::to_string(i);
    object.etag = "etag";
    object.sha256 = sha256(object.key);
    object.headers = {{"content-type", "text/plain"}};
    SLUICE_TRY_DO(objects.save("bucket", object));
  }
  return {};
}

// Empty: it is what was written, as far as it is there.
std::string difference(const Content& written, const Content& read) {
  if (read.marks != written.marks) {
    return "other marks";
  }
  if (read.planned != written.planned) {
    return "other open plans";
  }
  if (read.audited != written.audited) {
    return "another history";
  }
  if (read.definitions != written.definitions) {
    return "other definitions";
  }
  const bool are_known = std::ranges::all_of(read.objects, [&](const IndexedObject& object) {
    return std::ranges::find(written.objects, object) != written.objects.end();
  });
  return are_known ? std::string() : "another object";
}

TEST(StoreBitRot, NoFlippedBitIsEverReadAsSomethingElse) {
  const char* const asked_for = std::getenv("SLUICE_STORE_FLIPS");
  const std::uint64_t flips =
      asked_for == nullptr ? flips_default : std::strtoull(asked_for, nullptr, 10);
  TemporaryFolder folder;
  const std::string path = folder / "sluice.db";
  const auto files = make_posix_file_system();
  ASSERT_TRUE(write_content(path));
  const auto written = read_content(path);
  ASSERT_TRUE(written.has_value()) << written.error().message();
  ASSERT_EQ(written->planned.size(), 3U);
  ASSERT_EQ(written->audited.size(), 12U);
  ASSERT_EQ(written->objects.size(), 10U);
  const auto whole = read_file(*files, path);
  ASSERT_TRUE(whole.has_value());

  SeededRandom random(1);
  std::uint64_t detected = 0;
  for (std::uint64_t flip = 0; flip < flips; ++flip) {
    // Half of them where something stands: most of such a small file is empty pages.
    std::uint64_t at = random.below(whole->size());
    while (flip % 2 == 0 && (*whole)[at] == '\0') {
      at = random.below(whole->size());
    }
    const auto bit = static_cast<unsigned>(random.below(8));
    const auto file = files->open(path, OpenMode::write);
    ASSERT_TRUE(file.has_value());
    const char flipped = static_cast<char>((*whole)[at] ^ (1 << bit));
    ASSERT_TRUE((*file)->write_at(at, ByteView(&flipped, 1)));
    const auto read = read_content(path);
    detected += read ? 0 : 1;
    ASSERT_EQ(read ? difference(*written, *read) : "", "") << "byte " << at << " bit " << bit;
    ASSERT_TRUE((*file)->write_at(at, ByteView(*whole).substr(at, 1)));
  }
  EXPECT_GT(detected, flips / 10);
  std::printf("%llu of %llu flipped bits were noticed, the others hit nothing that is read\n",
              static_cast<unsigned long long>(detected),
              static_cast<unsigned long long>(flips));
}

}  // namespace
}  // namespace sluice::store
