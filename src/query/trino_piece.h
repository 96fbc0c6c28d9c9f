// Output under construction: text, and what of the original each part of it stands for.
#pragma once

#include "query/trino_translate.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// Value type.
class Piece {
 public:
  // Text that stands for the original at `original`.
  void add(std::string_view text, std::size_t original) {
    anchors_.push_back({text_.size(), original});
    text_ += text;
  }

  // Text of ours; belongs to what was added before.
  void add(std::string_view text) { text_ += text; }

  void add(const Piece& other) {
    for (const Anchor& anchor : other.anchors_) {
      anchors_.push_back({text_.size() + anchor.output, anchor.original});
    }
    text_ += other.text_;
  }

  std::size_t size() const { return text_.size(); }

  const std::string& text() const { return text_; }

  // Takes away everything from `start` on.
  Piece cut(std::size_t start) {
    Piece tail;
    tail.text_ = text_.substr(start);
    text_.resize(start);
    std::size_t kept = anchors_.size();
    while (kept > 0 && anchors_[kept - 1].output >= start) {
      --kept;
    }
    for (std::size_t i = kept; i < anchors_.size(); ++i) {
      tail.anchors_.push_back({anchors_[i].output - start, anchors_[i].original});
    }
    anchors_.resize(kept);
    return tail;
  }

  // Without white space at both ends.
  Piece trimmed() && {
    constexpr std::string_view spaces = " \t\r\n\f\v";
    const std::size_t first = std::min(text_.find_first_not_of(spaces), text_.size());
    Piece inner = cut(first);
    inner.text_.resize(inner.text_.find_last_not_of(spaces) + 1);
    return inner;
  }

  Translation finish() && { return {std::move(text_), std::move(anchors_)}; }

 private:
  std::string text_;
  std::vector<Anchor> anchors_;
};

}  // namespace sluice::query
