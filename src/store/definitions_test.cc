// Definitions are kept whole, found again, and missed when they are lost.
#include "store/definitions.h"

#include "store/temporary_folder.h"

#include <gtest/gtest.h>

namespace sluice::store {
namespace {

class DefinitionsTest : public testing::Test {
 protected:
  DefinitionsTest() { reopen(); }

  void reopen() {
    definitions_.reset();
    database_.reset();
    auto opened = Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    database_ = std::move(*opened);
    definitions_.emplace(*database_);
  }

  // Changes rows behind the back of the checksums.
  void tamper(std::string_view sql) {
    const auto done = database_->write([&](Transaction& transaction) -> Result<void> {
      SLUICE_TRY(statement, transaction.prepare(sql));
      return statement.run();
    });
    EXPECT_TRUE(done.has_value()) << done.error().message();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Database> database_;
  std::optional<Definitions> definitions_;
};

TEST_F(DefinitionsTest, AreFoundAgainAfterAReopenInTheOrderOfTheirKeys) {
  ASSERT_TRUE(definitions_->save(kind_stream, "b", "two"));
  ASSERT_TRUE(definitions_->save(kind_stream, "a", "one"));
  ASSERT_TRUE(definitions_->save(kind_bucket, "c", "three"));
  ASSERT_TRUE(definitions_->save(kind_stream, "b", "two again"));
  reopen();
  const auto all = definitions_->load_all(kind_stream);
  ASSERT_TRUE(all.has_value()) << all.error().message();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].key, "a");
  EXPECT_EQ((*all)[1].body, "two again");
  EXPECT_EQ(definitions_->find(kind_bucket, "c"), "three");
}

TEST_F(DefinitionsTest, CreateRefusesAKeyThatIsTaken) {
  ASSERT_TRUE(definitions_->create(kind_stream, "a", "one"));
  const auto again = definitions_->create(kind_stream, "a", "two");
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().fault(), Fault::conflict);
  EXPECT_EQ(definitions_->find(kind_stream, "a"), "one");
}

TEST_F(DefinitionsTest, WhatDoesNotExistIsMissing) {
  EXPECT_EQ(definitions_->find(kind_stream, "a").error().fault(), Fault::missing);
  EXPECT_EQ(definitions_->remove(kind_stream, "a").error().fault(), Fault::missing);
  ASSERT_TRUE(definitions_->save(kind_stream, "a", "one"));
  ASSERT_TRUE(definitions_->remove(kind_stream, "a"));
  EXPECT_EQ(definitions_->find(kind_stream, "a").error().fault(), Fault::missing);
  EXPECT_EQ(definitions_->load_all(kind_stream)->size(), 0u);
}

TEST_F(DefinitionsTest, ARangeIsReadPageByPageAndRemovedAtOnce) {
  ASSERT_TRUE(database_->write([](Transaction& transaction) {
    return Definitions::save_all(transaction,
                                 kind_table_version,
                                 {{"a\x1f"
                                   "1",
                                   "a1"},
                                  {"a\x1f"
                                   "2",
                                   "a2"},
                                  {"ab", "ab"},
                                  {"b\x1f"
                                   "1",
                                   "b1"}});
  }));
  const auto keys = [&](const KeyRange& range, std::size_t limit) {
    std::string joined;
    for (const Definition& one : *definitions_->load_range(kind_table_version, range, limit)) {
      joined += one.body + " ";
    }
    return joined;
  };
  EXPECT_EQ(keys({}, 10), "a1 a2 ab b1 ");
  EXPECT_EQ(keys(keys_with_prefix("a\x1f"), 10), "a1 a2 ");
  EXPECT_EQ(keys(keys_with_prefix("a\x1f"), 1), "a1 ");
  EXPECT_EQ(keys({"a\x1f"
                  "2",
                  ""},
                 2),
            "a2 ab ");
  const auto remove = [&](const KeyRange& range) {
    return database_->write([&](Transaction& transaction) {
      return Definitions::remove_range(transaction, kind_table_version, range);
    });
  };
  ASSERT_TRUE(remove(keys_with_prefix("a\x1f")));
  ASSERT_TRUE(remove(keys_with_prefix("a\x1f")));
  EXPECT_EQ(definitions_->load_all(kind_table_version)->size(), 2u) << "the tally has kept up";
  ASSERT_TRUE(remove({}));
  EXPECT_EQ(definitions_->load_all(kind_table_version)->size(), 0u);
}

TEST_F(DefinitionsTest, SavingManyReplacesAndIsCounted) {
  const auto save = [&](const std::vector<Definition>& definitions) {
    return database_->write([&](Transaction& transaction) {
      return Definitions::save_all(transaction, kind_stream, definitions);
    });
  };
  ASSERT_TRUE(save({{"a", "1"}, {"b", "1"}}));
  ASSERT_TRUE(save({{"b", "2"}, {"c", "2"}, {"c", "3"}}));
  const auto all = definitions_->load_all(kind_stream);
  ASSERT_TRUE(all.has_value()) << all.error().message();
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[1].body, "2");
  EXPECT_EQ((*all)[2].body, "3");
}

TEST_F(DefinitionsTest, AChangedRowIsCorruptAndNamed) {
  ASSERT_TRUE(definitions_->save(kind_stream, "a", "one"));
  tamper("UPDATE definitions SET body = 'eno'");
  for (const Fault fault : {definitions_->find(kind_stream, "a").error().fault(),
                            definitions_->load_all(kind_stream).error().fault()}) {
    EXPECT_EQ(fault, Fault::corrupt);
  }
  const std::string message = definitions_->find(kind_stream, "a").error().message();
  EXPECT_NE(message.find("table definitions, row stream a"), std::string::npos) << message;
}

TEST_F(DefinitionsTest, ALostRowIsNoticed) {
  ASSERT_TRUE(definitions_->save(kind_stream, "a", "one"));
  ASSERT_TRUE(definitions_->save(kind_stream, "b", "two"));
  tamper("DELETE FROM definitions WHERE key = 'a'");
  const auto all = definitions_->load_all(kind_stream);
  ASSERT_FALSE(all.has_value());
  EXPECT_EQ(all.error().fault(), Fault::corrupt);
  EXPECT_NE(all.error().message().find("rows were lost"), std::string::npos);
}

}  // namespace
}  // namespace sluice::store
