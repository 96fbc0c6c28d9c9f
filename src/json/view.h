// Handles into parsed JSON: what a Tape or a Document holds, looked at without copying.
//
// A value is a run of nodes in depth-first order.  An object's node is followed by key, value, key,
// value, ...; an array's by its elements.  A View is one pointer and stays good as long as the Tape
// or Document is neither destroyed nor filled again, and the parsed text is left alone.
#pragma once

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

// "null", "boolean", "number", "string", "array", "object".
std::string_view kind_name(Kind kind);

// One value, or one key, of a parsed text.
struct Node {
  const char* data;      // string: the characters, escapes undone; otherwise the raw text
  std::uint32_t size;    // bytes at `data`
  std::uint32_t span;    // nodes of this value, itself included
  std::uint32_t detail;  // string: offset of its opening quote; array, object: elements or members
  Kind kind;
  bool is_integer;  // number without fraction and exponent
};

static_assert(sizeof(Node) == 24, "the tape is read far more often than it is changed");

class Elements;
class Members;

// Cheap to copy.  A default-constructed View is absent: it has no kind and equals no value.
class View {
 public:
  View() = default;

  explicit View(const Node* node) : node_(node) {}

  bool exists() const { return node_ != nullptr; }

  Kind kind() const { return node().kind; }

  bool is(Kind kind) const { return exists() && node_->kind == kind; }

  // Absent, or JSON's null: AWS requests mean the same by both.
  bool is_missing_or_null() const { return !exists() || node_->kind == Kind::null; }

  // Strings: the characters, valid UTF-8.  Everything else: the text as it was written, inner white
  // space included.
  std::string_view text() const { return {node().data, node().size}; }

  // Elements of an array, members of an object (a repeated key counts each time), 0 otherwise.
  std::size_t size() const;

  // The value as the type asked for; std::nullopt when it is absent or of another kind.  Integers
  // may be written 10, 10.0 or 1e1 and must fit; doubles beyond the range become infinite.
  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int64() const;
  std::optional<double> as_double() const;
  std::optional<std::string_view> as_string() const;

  // The value of the last member of that name; absent when there is none, or this is no object.
  // Walks the members.
  View find(std::string_view key) const;

  // Empty for values of another kind.
  Elements elements() const;
  Members members() const;

  const Node& node() const {
    SLUICE_CHECK(node_ != nullptr);
    return *node_;
  }

 private:
  const Node* node_ = nullptr;
};

// Values side by side.
class Elements {
 public:
  Elements(const Node* first, const Node* last) : first_(first), last_(last) {}

  class Iterator {
   public:
    explicit Iterator(const Node* node) : node_(node) {}

    View operator*() const { return View(node_); }

    Iterator& operator++() {
      node_ += node_->span;
      return *this;
    }

    bool operator==(const Iterator&) const = default;

   private:
    const Node* node_;
  };

  Iterator begin() const { return Iterator(first_); }

  Iterator end() const { return Iterator(last_); }

  bool empty() const { return first_ == last_; }

 private:
  const Node* first_;
  const Node* last_;
};

struct Member {
  std::string_view key;
  View value;
};

// The members of an object in the order they were written, repeated keys included.
class Members {
 public:
  Members(const Node* first, const Node* last) : first_(first), last_(last) {}

  class Iterator {
   public:
    explicit Iterator(const Node* key) : key_(key) {}

    Member operator*() const { return {{key_->data, key_->size}, View(key_ + 1)}; }

    Iterator& operator++() {
      key_ += 1 + key_[1].span;
      return *this;
    }

    bool operator==(const Iterator&) const = default;

   private:
    const Node* key_;
  };

  Iterator begin() const { return Iterator(first_); }

  Iterator end() const { return Iterator(last_); }

  bool empty() const { return first_ == last_; }

 private:
  const Node* first_;
  const Node* last_;
};

inline Elements View::elements() const {
  return is(Kind::array) ? Elements(node_ + 1, node_ + node_->span) : Elements(nullptr, nullptr);
}

inline Members View::members() const {
  return is(Kind::object) ? Members(node_ + 1, node_ + node_->span) : Members(nullptr, nullptr);
}

}  // namespace sluice::json
