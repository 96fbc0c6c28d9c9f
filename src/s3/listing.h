// ListObjectsV2 over anything that can page through keys in order: prefixes, delimiters, tokens.
#pragma once

#include "base/clock.h"
#include "s3/error.h"
#include "store/object_index.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

inline constexpr std::uint32_t list_keys_max = 1000;

struct ListRequest {
  std::string prefix;
  std::string delimiter;                   // empty: none
  std::string start_after;                 // ignored with a continuation token
  std::string continuation_token;          // empty: the first page
  std::uint32_t max_keys = list_keys_max;  // more is taken as list_keys_max
};

struct ListEntry {
  std::string key;
  std::uint64_t bytes = 0;
  std::string etag;  // without quotes
  UnixMillis modified{};
};

// Keys and common prefixes, each in the order of their bytes.
struct ListPage {
  std::vector<ListEntry> objects;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  std::string next_continuation_token;  // empty unless truncated

  std::size_t key_count() const { return objects.size() + common_prefixes.size(); }
};

// Gives the objects of one page, ascending; an empty answer means that there are no more.
using PageSource =
    std::function<S3Result<std::vector<store::IndexedObject>>(const store::PageQuery& query)>;

// S3Code::invalid_argument for a continuation token that we did not make.
S3Result<ListPage> list_page(const ListRequest& request, const PageSource& source);

}  // namespace sluice::s3
