// The object index: order, pages, staging.
#include "store/object_index.h"

#include "base/random.h"
#include "store/temporary_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sluice::store {
namespace {

IndexedObject object(std::string key) {
  IndexedObject made;
  made.key = std::move(key);
  made.file = {11, 22, 33};
  made.etag = "e";
  return made;
}

std::vector<std::string> keys_of(const Result<std::vector<IndexedObject>>& objects) {
  std::vector<std::string> keys;
  EXPECT_TRUE(objects.has_value());
  for (const IndexedObject& one : *objects) {
    keys.push_back(one.key);
  }
  return keys;
}

class ObjectIndexTest : public testing::Test {
 protected:
  ObjectIndexTest() {
    auto opened = Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(opened.has_value());
    database_ = std::move(*opened);
    index_.emplace(*database_);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  std::optional<ObjectIndex> index_;
};

TEST_F(ObjectIndexTest, GivesBackEveryColumn) {
  IndexedObject made = object(std::string("a\0\xff/b", 5));
  made.placement = Placement::escaped;
  made.file = {~std::uint64_t{0}, std::uint64_t{1} << 62, -1};
  made.sha256 = sha256("x");
  made.headers = {{"content-type", "text/plain"}, {"x-amz-meta-a", std::string("\0\xff", 2)}};
  ASSERT_TRUE(index_->save("bucket", made));
  EXPECT_EQ(index_->find("bucket", made.key), made);
  EXPECT_EQ(index_->find("other", made.key), std::nullopt);
  EXPECT_EQ(index_->find("bucket", "a"), std::nullopt);
}

TEST_F(ObjectIndexTest, OrdersByTheBytesOfTheWholeKey) {
  const std::vector<std::string> sorted = {"A", "a", "a/b", "a0", "b", "\xc3\xa4", "\xff"};
  std::vector<IndexedObject> objects;
  for (auto key = sorted.rbegin(); key != sorted.rend(); ++key) {
    objects.push_back(object(*key));
  }
  ASSERT_TRUE(index_->save_all("b", objects));
  ASSERT_TRUE(index_->save("other", object("a1")));
  EXPECT_EQ(keys_of(index_->page("b", {})), sorted);
}

TEST_F(ObjectIndexTest, PagesWithinAPrefix) {
  for (const char* key : {"a", "a/", "a/1", "a/2", "a/3", "a0", "b"}) {
    ASSERT_TRUE(index_->save("b", object(key)));
  }
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys_of(index_->page("b", {.prefix = "a/", .after = {}, .limit = 2})),
            (Keys{"a/", "a/1"}));
  EXPECT_EQ(keys_of(index_->page("b", {.prefix = "a/", .after = "a/1"})), (Keys{"a/2", "a/3"}));
  EXPECT_EQ(keys_of(index_->page("b", {.prefix = "a/", .after = "a/2", .includes_after = true})),
            (Keys{"a/2", "a/3"}));
  EXPECT_EQ(keys_of(index_->page("b", {.prefix = "a/", .after = "a/3"})), Keys{});
  EXPECT_EQ(keys_of(index_->page("b", {.prefix = "a/", .after = "b"})), Keys{});
  EXPECT_EQ(keys_of(index_->page("b", {.prefix = {}, .after = "a/3"})), (Keys{"a0", "b"}));
}

// Every query against a plain set of strings.
TEST_F(ObjectIndexTest, AgreesWithASortedSet) {
  SeededRandom random(7);
  const auto text = [&] {
    std::string made;
    for (std::uint64_t length = random.below(4); length > 0; --length) {
      made.push_back("\0a/\xff"[random.below(4)]);
    }
    return made;
  };
  std::set<std::string> model;
  while (model.size() < 60) {
    std::string key = text() + text();
    if (!key.empty() && model.insert(key).second) {
      ASSERT_TRUE(index_->save("b", object(key)));
    }
  }
  for (int round = 0; round < 2000; ++round) {
    const PageQuery query{text(), text(), random.below(2) == 0, random.below(5) + 1};
    std::vector<std::string> expected;
    for (const std::string& key : model) {
      const bool is_later =
          query.includes_after || query.after.empty() ? key >= query.after : key > query.after;
      if (is_later && key.starts_with(query.prefix) && expected.size() < query.limit) {
        expected.push_back(key);
      }
    }
    EXPECT_EQ(keys_of(index_->page("b", query)), expected);
  }
}

TEST_F(ObjectIndexTest, KnowsWhichKeysHaveNoRowInTheTree) {
  ASSERT_TRUE(index_->save("b", object("a")));
  IndexedObject escaped = object("c");
  escaped.placement = Placement::escaped;
  ASSERT_TRUE(index_->save("b", escaped));
  EXPECT_EQ(index_->without_row("b", {"d", "a", "c"}), (std::vector<std::string>{"d", "c"}));
}

TEST_F(ObjectIndexTest, RemovesKeys) {
  ASSERT_TRUE(index_->save_all("b", {object("a"), object("b"), object("c")}));
  ASSERT_TRUE(index_->remove_all("b", {"a", "c", "none"}));
  EXPECT_EQ(keys_of(index_->page("b", {})), std::vector<std::string>{"b"});
}

TEST_F(ObjectIndexTest, AStagedObjectShowsOncePromoted) {
  ASSERT_TRUE(index_->save("b", object("a")));
  IndexedObject next = object("a");
  next.etag = "f";
  const auto id = index_->stage("b", next);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ((*index_->find("b", "a"))->etag, "e");
  const auto staged = index_->staged();
  ASSERT_TRUE(staged.has_value());
  ASSERT_EQ(staged->size(), 1u);
  EXPECT_EQ((*staged)[0].object, next);
  ASSERT_TRUE(index_->promote(*id));
  EXPECT_EQ((*index_->find("b", "a"))->etag, "f");
  EXPECT_TRUE(index_->staged()->empty());
  EXPECT_EQ(index_->promote(*id).error().fault(), Fault::missing);
}

TEST_F(ObjectIndexTest, ADroppedObjectLeavesNoTrace) {
  const auto id = index_->stage("b", object("a"));
  ASSERT_TRUE(id.has_value());
  ASSERT_TRUE(index_->drop(*id));
  EXPECT_TRUE(index_->staged()->empty());
  EXPECT_EQ(index_->find("b", "a"), std::nullopt);
}

TEST_F(ObjectIndexTest, AChangedRowIsCorruptAndNamed) {
  ASSERT_TRUE(index_->save("bucket", object("a")));
  ASSERT_TRUE(database_->write([](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(update, transaction.prepare("UPDATE objects SET etag = 'x'"));
    return update.run();
  }));
  for (const std::string& message : {index_->find("bucket", "a").error().message(),
                                     index_->page("bucket", {}).error().message()}) {
    EXPECT_NE(message.find("table objects, row bucket bucket key"), std::string::npos) << message;
  }
}

TEST(PrefixEnd, IsTheNextStringThatDoesNotBeginWithThePrefix) {
  EXPECT_EQ(prefix_end("a"), "b");
  EXPECT_EQ(prefix_end("a/"), "a0");
  EXPECT_EQ(prefix_end("a\xff\xff"), "b");
  EXPECT_EQ(prefix_end("\xff"), std::nullopt);
  EXPECT_EQ(prefix_end(""), std::nullopt);
}

}  // namespace
}  // namespace sluice::store
