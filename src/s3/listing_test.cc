// Listings of keys in memory, page by page, against the definition worked out naively.
#include "s3/listing.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sluice::s3 {
namespace {

using Keys = std::vector<std::string>;

ListRequest request_for(std::string prefix, std::string delimiter, std::string start_after = {}) {
  ListRequest request;
  request.prefix = std::move(prefix);
  request.delimiter = std::move(delimiter);
  request.start_after = std::move(start_after);
  return request;
}

class KeySet {
 public:
  explicit KeySet(std::set<std::string> keys) : keys_(std::move(keys)) {}

  PageSource source() {
    return [this](const store::PageQuery& query) -> S3Result<std::vector<store::IndexedObject>> {
      std::vector<store::IndexedObject> objects;
      for (auto key = keys_.lower_bound(query.after); key != keys_.end(); ++key) {
        const bool is_wanted = query.includes_after || query.after.empty() || *key != query.after;
        if (is_wanted && key->starts_with(query.prefix) && objects.size() < query.limit) {
          store::IndexedObject object;
          object.key = *key;
          objects.push_back(std::move(object));
        }
      }
      rows_read_ += objects.size();
      return objects;
    };
  }

  std::size_t rows_read() const { return rows_read_; }

 private:
  std::set<std::string> keys_;
  std::size_t rows_read_ = 0;
};

// Keys and prefixes of all pages; prefixes are marked with "P:".
Keys list_all(KeySet& keys, ListRequest request) {
  Keys found;
  while (true) {
    const auto page = list_page(request, keys.source());
    EXPECT_TRUE(page.has_value());
    EXPECT_LE(page->key_count(), request.max_keys);
    Keys of_page;
    for (const ListEntry& entry : page->objects) {
      of_page.push_back(entry.key);
    }
    for (const std::string& prefix : page->common_prefixes) {
      of_page.push_back("P:" + prefix);
    }
    std::sort(of_page.begin(), of_page.end(), [](std::string left, std::string right) {
      left = left.starts_with("P:") ? left.substr(2) : left;
      right = right.starts_with("P:") ? right.substr(2) : right;
      return left < right;
    });
    found.insert(found.end(), of_page.begin(), of_page.end());
    EXPECT_EQ(page->is_truncated, !page->next_continuation_token.empty());
    if (!page->is_truncated) {
      return found;
    }
    EXPECT_GT(page->key_count(), 0u);
    request.continuation_token = page->next_continuation_token;
  }
}

TEST(Listing, RollsKeysUpBehindTheDelimiter) {
  KeySet keys({"a", "b/1", "b/2", "b/c/3", "d", "e//1", "e/"});
  EXPECT_EQ(list_all(keys, request_for("", "/")), (Keys{"a", "P:b/", "d", "P:e/"}));
  EXPECT_EQ(list_all(keys, request_for("b/", "/")), (Keys{"b/1", "b/2", "P:b/c/"}));
  EXPECT_EQ(list_all(keys, request_for("b", "/")), (Keys{"P:b/"}));
  EXPECT_EQ(list_all(keys, request_for("e/", "/")), (Keys{"e/", "P:e//"}));
  EXPECT_EQ(list_all(keys, request_for("", "/c/")),
            (Keys{"a", "b/1", "b/2", "P:b/c/", "d", "e/", "e//1"}));
}

TEST(Listing, StartsAfterAKeyOrBehindAPrefix) {
  KeySet keys({"a", "b/1", "b/2", "c"});
  EXPECT_EQ(list_all(keys, request_for("", "", "a")), (Keys{"b/1", "b/2", "c"}));
  EXPECT_EQ(list_all(keys, request_for("", "/", "b/")), (Keys{"c"}));
  EXPECT_EQ(list_all(keys, request_for("", "/", "b/1")), (Keys{"P:b/", "c"}));
}

TEST(Listing, GivesNothingWhereNothingIsAskedFor) {
  KeySet keys({"a"});
  ListRequest request;
  request.max_keys = 0;
  const auto page = list_page(request, keys.source());
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->key_count(), 0u);
  EXPECT_FALSE(page->is_truncated);
}

TEST(Listing, ReadsFewRowsOfAFolderThatIsRolledUp) {
  std::set<std::string> many;
  for (int folder = 0; folder < 50; ++folder) {
    for (int file = 0; file < 500; ++file) {
      many.insert(std::to_string(folder) + "/" + std::to_string(file));
    }
  }
  KeySet keys(std::move(many));
  EXPECT_EQ(list_all(keys, request_for("", "/")).size(), 50u);
  EXPECT_LT(keys.rows_read(), 500u);
}

TEST(Listing, RefusesTokensThatItDidNotMake) {
  KeySet keys({"a", "b"});
  ListRequest request;
  request.max_keys = 1;
  const auto page = list_page(request, keys.source());
  ASSERT_TRUE(page.has_value());
  std::string forged = page->next_continuation_token;
  forged[0] = forged[0] == 'A' ? 'B' : 'A';
  for (const std::string& token : {std::string("x"), std::string("AAAAAAAA"), forged}) {
    request.continuation_token = token;
    const auto refused = list_page(request, keys.source());
    ASSERT_FALSE(refused.has_value()) << token;
    EXPECT_EQ(refused.error().code(), S3Code::invalid_argument);
  }
}

// The definition: every key with the prefix behind the start, replaced by its common prefix, once
// each.
Keys list_naively(const std::set<std::string>& keys, const ListRequest& request) {
  Keys found;
  for (const std::string& key : keys) {
    if (!key.starts_with(request.prefix)) {
      continue;
    }
    const std::size_t place = request.delimiter.empty()
                                  ? std::string::npos
                                  : key.find(request.delimiter, request.prefix.size());
    const std::string shown =
        place == std::string::npos ? key : "P:" + key.substr(0, place + request.delimiter.size());
    if (found.empty() || found.back() != shown) {
      found.push_back(shown);
    }
  }
  return found;
}

TEST(Listing, PagesOfAnySizeAddUpToTheWhole) {
  SeededRandom random(5);
  const auto text = [&](std::uint64_t length_max) {
    std::string made;
    for (std::uint64_t length = random.below(length_max + 1); length > 0; --length) {
      made.push_back("ab/\xff"[random.below(4)]);
    }
    return made;
  };
  for (int round = 0; round < 3000; ++round) {
    std::set<std::string> model;
    for (std::uint64_t count = random.below(30); count > 0; --count) {
      model.insert("k" + text(6));
    }
    KeySet keys(model);
    ListRequest request;
    request.prefix = random.below(2) == 0 ? "" : "k" + text(2);
    request.delimiter = random.below(3) == 0 ? "" : (random.below(2) == 0 ? "/" : "b/");
    request.max_keys = static_cast<std::uint32_t>(random.below(5) + 1);
    EXPECT_EQ(list_all(keys, request), list_naively(model, request))
        << "prefix " << request.prefix << " delimiter " << request.delimiter;
  }
}

}  // namespace
}  // namespace sluice::s3
