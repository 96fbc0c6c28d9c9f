// One page of a listing: keys in order, those with a common prefix rolled up.
#include "s3/listing.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/crc32c.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace sluice::s3 {
namespace {

// Where a listing goes on: behind a key, or behind everything under a common prefix.
struct Cursor {
  enum class Kind : char { after_key = 'k', after_prefix = 'p' };

  Kind kind = Kind::after_key;
  std::string text;
};

// Base64 in the alphabet that needs no escaping in a query.
void swap_alphabet(std::string& text, std::string_view from, std::string_view to) {
  for (char& c : text) {
    const std::size_t place = from.find(c);
    c = place == std::string_view::npos ? c : to[place];
  }
}

std::string encode_token(const Cursor& cursor) {
  Bytes raw(1, static_cast<char>(cursor.kind));
  raw += cursor.text;
  put_le(raw, crc32c(raw));
  std::string token = base64_encode(raw);
  swap_alphabet(token, "+/", "-_");
  return token;
}

std::optional<Cursor> decode_token(std::string token) {
  swap_alphabet(token, "-_", "+/");
  const auto raw = base64_decode(token);
  if (!raw || raw->size() < 1 + sizeof(std::uint32_t)) {
    return std::nullopt;
  }
  const ByteView content = ByteView(*raw).substr(0, raw->size() - sizeof(std::uint32_t));
  if (load_le<std::uint32_t>(raw->data() + content.size()) != crc32c(content)) {
    return std::nullopt;
  }
  const char kind = content.front();
  if (kind != static_cast<char>(Cursor::Kind::after_key) &&
      kind != static_cast<char>(Cursor::Kind::after_prefix)) {
    return std::nullopt;
  }
  return Cursor{static_cast<Cursor::Kind>(kind), std::string(content.substr(1))};
}

// What the key is rolled up into; empty when it stands for itself.
std::string_view common_prefix(const ListRequest& request, std::string_view key) {
  if (request.delimiter.empty() || !key.starts_with(request.prefix)) {
    return {};
  }
  const std::size_t found = key.find(request.delimiter, request.prefix.size());
  return found == std::string_view::npos ? std::string_view()
                                         : key.substr(0, found + request.delimiter.size());
}

// Rows asked for at once where keys may be rolled up.
constexpr std::size_t batch_min = 2;
constexpr std::size_t batch_start = 64;
constexpr std::size_t batch_max = list_keys_max + 1;

// Makes one page.  The cursor always stands behind what has been listed.
class PageMaker {
 public:
  PageMaker(const ListRequest& request, const PageSource& source)
      : request_(request), source_(source), limit_(std::min(request.max_keys, list_keys_max)) {}

  S3Result<ListPage> make(Cursor start) {
    cursor_ = std::move(start);
    bool goes_on = limit_ > 0;
    while (goes_on) {
      store::PageQuery query = next_query();
      if (is_exhausted_) {
        break;
      }
      SLUICE_S3_TRY(objects, source_(query));
      goes_on = !objects.empty();
      adapt_batch(objects);
      for (std::size_t index = 0; index < objects.size() && goes_on; ++index) {
        goes_on = take(std::move(objects[index]));
      }
    }
    return std::move(page_);
  }

 private:
  store::PageQuery next_query() {
    store::PageQuery query;
    query.prefix = request_.prefix;
    // One more than fits tells whether there is a next page.
    const std::size_t wanted = limit_ - page_.key_count() + 1;
    query.limit = request_.delimiter.empty() ? wanted : std::min(wanted, batch_);
    if (cursor_.kind == Cursor::Kind::after_key) {
      query.after = cursor_.text;
      return query;
    }
    const auto end = store::prefix_end(cursor_.text);
    is_exhausted_ = !end.has_value();
    query.after = end.value_or("");
    query.includes_after = true;
    return query;
  }

  // Keys that are all rolled up into one prefix were read for nothing: ask for fewer, and jump.
  void adapt_batch(const std::vector<store::IndexedObject>& objects) {
    if (objects.empty() || request_.delimiter.empty()) {
      return;
    }
    const std::string_view first = common_prefix(request_, objects.front().key);
    const bool is_one_prefix =
        !first.empty() && first == common_prefix(request_, objects.back().key);
    batch_ = is_one_prefix ? std::max(batch_ / 4, batch_min) : std::min(batch_ * 2, batch_max);
  }

  // False when the page is full and something is left for the next.
  bool take(store::IndexedObject object) {
    const std::string_view rolled = common_prefix(request_, object.key);
    if (!rolled.empty() && cursor_.kind == Cursor::Kind::after_prefix && rolled == cursor_.text) {
      return true;
    }
    if (page_.key_count() == limit_) {
      page_.is_truncated = true;
      page_.next_continuation_token = encode_token(cursor_);
      return false;
    }
    if (!rolled.empty()) {
      cursor_ = {Cursor::Kind::after_prefix, std::string(rolled)};
      page_.common_prefixes.emplace_back(rolled);
      return true;
    }
    cursor_ = {Cursor::Kind::after_key, object.key};
    const std::chrono::nanoseconds modified(object.file.modified_ns);
    page_.objects.push_back({std::move(object.key),
                             object.file.bytes,
                             std::move(object.etag),
                             UnixMillis(std::chrono::floor<std::chrono::milliseconds>(modified))});
    return true;
  }

  const ListRequest& request_;
  const PageSource& source_;
  std::size_t limit_;
  std::size_t batch_ = batch_start;
  Cursor cursor_;
  ListPage page_;
  bool is_exhausted_ = false;
};

}  // namespace

S3Result<ListPage> list_page(const ListRequest& request, const PageSource& source) {
  Cursor start{Cursor::Kind::after_key, request.start_after};
  if (!request.continuation_token.empty()) {
    auto decoded = decode_token(request.continuation_token);
    if (!decoded) {
      return fail_s3(S3Code::invalid_argument, "The continuation token provided is incorrect");
    }
    start = std::move(*decoded);
  } else if (!request.start_after.empty() &&
             common_prefix(request, request.start_after) == request.start_after) {
    // Starting behind a common prefix means behind all of it.
    start.kind = Cursor::Kind::after_prefix;
  }
  return PageMaker(request, source).make(std::move(start));
}

}  // namespace sluice::s3
