// The folders of a disk that forgets: which names survive a power cut.
#include "base/memory_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Tree = std::set<std::string>;

void collect(const MemoryNode& node, const std::string& path, Tree& tree) {
  for (const auto& [name, child] : node.visible) {
    tree.insert(path + name + (child->is_directory ? "/" : ""));
    collect(*child, path + name + "/", tree);
  }
}

Tree tree_of(const MemoryNames& names) {
  Tree tree;
  collect(*names.find("/").value(), "", tree);
  return tree;
}

void must(const auto& result) {
  ASSERT_TRUE(result.has_value()) << result.error().message();
}

// Every tree that a crash may leave of what `prepare` does.
template <class Prepare>
std::set<Tree> outcomes_of_crash(Prepare prepare) {
  std::set<Tree> outcomes;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SeededRandom random(seed);
    MemoryNames names;
    prepare(names);
    names.crash(random);
    outcomes.insert(tree_of(names));
  }
  return outcomes;
}

// Two durable folders with a durable file in the first.
void prepare_two_folders(MemoryNames& names) {
  must(names.create("a", true));
  must(names.create("b", true));
  must(names.create("a/x", false));
  must(names.sync("a"));
  must(names.sync("/"));
}

TEST(MemoryNames, PathsMayBeAbsoluteRelativeOrUntidy) {
  MemoryNames names;
  must(names.create("/a", true));
  must(names.create("a/x", false));
  const MemoryNodePtr found = names.find("a/x").value();
  for (const char* path : {"/a/x", "./a//x", "//a/./x", "a/../a/x", "../a/x"}) {
    EXPECT_EQ(names.find(path).value(), found) << path;
  }
}

TEST(MemoryNames, AnUnsyncedNameComesOrGoes) {
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) { must(names.create("x", false)); }),
              UnorderedElementsAre(Tree{}, Tree{"x"}));
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) {
                must(names.create("x", false));
                must(names.sync("/"));
                must(names.remove("x", false));
              }),
              UnorderedElementsAre(Tree{}, Tree{"x"}));
}

TEST(MemoryNames, ASyncedNameIsThereAndASyncedRemovalHolds) {
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) {
                must(names.create("x", false));
                must(names.create("y", false));
                must(names.remove("x", false));
                must(names.sync("/"));
                EXPECT_TRUE(names.is_durable("y"));
              }),
              ElementsAre(Tree{"y"}));
}

TEST(MemoryNames, IndependentNamesSurviveIndependently) {
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) {
                must(names.create("x", false));
                must(names.create("y", false));
              }),
              SizeIs(4));
}

TEST(MemoryNames, SyncingAFolderSavesNeitherItsOwnNameNorThoseOfOthers) {
  const std::set<Tree> outcomes = outcomes_of_crash([](MemoryNames& names) {
    must(names.create("a", true));
    must(names.create("a/x", false));
    must(names.sync("a"));
    EXPECT_FALSE(names.is_durable("a"));
    EXPECT_TRUE(names.is_durable("a/x"));
  });
  EXPECT_THAT(outcomes, UnorderedElementsAre(Tree{}, Tree{"a/", "a/x"}));
}

TEST(MemoryNames, ARenameIsAtomicAlsoBetweenFolders) {
  const std::set<Tree> outcomes = outcomes_of_crash([](MemoryNames& names) {
    prepare_two_folders(names);
    must(names.rename("a/x", "b/y"));
  });
  EXPECT_THAT(outcomes, UnorderedElementsAre(Tree{"a/", "a/x", "b/"}, Tree{"a/", "b/", "b/y"}));
}

TEST(MemoryNames, ARenameIsSafeOnceTheFolderOfTheNewNameIsSynced) {
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) {
                prepare_two_folders(names);
                must(names.rename("a/x", "b/y"));
                must(names.sync("b"));
              }),
              ElementsAre(Tree{"a/", "b/", "b/y"}));
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) {
                prepare_two_folders(names);
                must(names.rename("a/x", "b/y"));
                must(names.sync("a"));
              }),
              SizeIs(2));
}

TEST(MemoryNames, ARenameOverAFileLeavesTheOldOneOrTheNew) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SeededRandom random(seed);
    MemoryNames names;
    must(names.create("old", false));
    names.find("old").value()->contents.write(0, "old");
    names.find("old").value()->contents.sync();
    must(names.create("new", false));
    names.find("new").value()->contents.write(0, "new");
    names.find("new").value()->contents.sync();
    must(names.sync("/"));
    const Result<MemoryNodePtr> replaced = names.rename("new", "old");
    must(replaced);
    EXPECT_FALSE((*replaced)->is_named);
    names.crash(random);
    const MemoryNodePtr found = names.find("old").value();
    EXPECT_TRUE(found->is_named);
    EXPECT_EQ(names.find("new").has_value(), found->contents.visible() == "old");
    seen.emplace(found->contents.visible());
  }
  EXPECT_THAT(seen, ElementsAre("new", "old"));
}

TEST(MemoryNames, ASyncTakesWhatItBuildsOn) {
  // x leaves folder a for b, unsynced; a new x takes its place, synced: the old one must be in b.
  EXPECT_THAT(outcomes_of_crash([](MemoryNames& names) {
                prepare_two_folders(names);
                must(names.rename("a/x", "b/y"));
                must(names.create("a/x", false));
                must(names.sync("a"));
              }),
              ElementsAre(Tree{"a/", "a/x", "b/", "b/y"}));
}

TEST(MemoryNames, NothingSurvivesWithoutWhatItBuildsOn) {
  const std::set<Tree> outcomes = outcomes_of_crash([](MemoryNames& names) {
    must(names.create("x", false));
    must(names.rename("x", "y"));
    must(names.rename("y", "z"));
  });
  EXPECT_THAT(outcomes, UnorderedElementsAre(Tree{}, Tree{"x"}, Tree{"y"}, Tree{"z"}));
}

TEST(MemoryNames, MovedFoldersNeverEndInARing) {
  const std::set<Tree> outcomes = outcomes_of_crash([](MemoryNames& names) {
    must(names.create("a", true));
    must(names.create("a/b", true));
    must(names.sync("a"));
    must(names.sync("/"));
    must(names.rename("a/b", "b"));
    must(names.rename("a", "b/a"));
  });
  EXPECT_THAT(outcomes,
              UnorderedElementsAre(Tree{"a/", "a/b/"}, Tree{"a/", "b/"}, Tree{"b/", "b/a/"}));
}

TEST(MemoryNames, ContentsAreCutWithTheNames) {
  SeededRandom random(1);
  MemoryNames names;
  const MemoryNodePtr node = names.create("x", false).value();
  must(names.sync("/"));
  node->contents.write(0, "synced");
  node->contents.sync();
  node->contents.truncate(0);
  node->contents.sync();
  node->contents.write(0, "not synced");
  names.crash(random);
  EXPECT_EQ(names.find("x").value()->contents.durable(), node->contents.visible());
}

// Never loses or invents a file: whatever moves about, after a crash each durable file that was
// never removed has exactly one name.
TEST(MemoryNames, RandomMovesNeverLoseAFile) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SeededRandom random(seed);
    MemoryNames names;
    const auto some_name = [&] {
      return std::string(1, static_cast<char>('a' + random.below(3))) + "/" +
             std::to_string(random.below(4));
    };
    for (const char* folder : {"a", "b", "c"}) {
      must(names.create(folder, true));
    }
    must(names.sync("/"));
    for (const char* file : {"a/0", "b/1", "c/2"}) {
      must(names.create(file, false));
      must(names.sync(std::string(file).substr(0, 1)));
    }
    for (int step = 0; step < 12; ++step) {
      const std::string from = some_name();
      const std::string to = some_name();
      if (names.find(from).has_value() && !names.find(to).has_value()) {
        must(names.rename(from, to));
      }
      if (random.below(4) == 0) {
        must(names.sync(from.substr(0, 1)));
      }
    }
    names.crash(random);
    int files = 0;
    names.for_each_file([&](const MemoryNode&) { ++files; });
    ASSERT_EQ(files, 3) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sluice
