#include "delivery/metadata_query.h"

#include "base/check.h"

namespace sluice::delivery {

void QueryAnswers::reset(std::size_t keys) {
  keys_ = keys;
  texts_.clear();
  ends_.clear();
  answers_.clear();
}

void QueryAnswers::accept(std::span<const std::string_view> values) {
  SLUICE_CHECK(values.size() == keys_);
  if (are_those_before(values)) {
    answers_.push_back(answers_.back());
    return;
  }
  answers_.push_back({static_cast<std::uint32_t>(ends_.size()), false});
  for (const std::string_view value : values) {
    SLUICE_CHECK(!value.empty());
    texts_ += value;
    ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
  }
}

// Records of one partition often come one after the other.
bool QueryAnswers::are_those_before(std::span<const std::string_view> values) const {
  if (answers_.empty() || answers_.back().is_refused) {
    return false;
  }
  for (std::size_t key = 0; key < keys_; ++key) {
    if (value(answers_.size() - 1, key) != values[key]) {
      return false;
    }
  }
  return true;
}

void QueryAnswers::refuse(std::string_view why) {
  answers_.push_back({static_cast<std::uint32_t>(ends_.size()), true});
  texts_ += why;
  ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
}

void QueryAnswers::copy(const QueryAnswers& other, std::size_t record) {
  SLUICE_CHECK(other.keys_ == keys_);
  if (other.is_refused(record)) {
    return refuse(other.why(record));
  }
  copied_.clear();
  for (std::size_t key = 0; key < keys_; ++key) {
    copied_.push_back(other.value(record, key));
  }
  accept(copied_);
}

std::string_view QueryAnswers::text(std::size_t end) const {
  const std::size_t from = end == 0 ? 0 : ends_[end - 1];
  return std::string_view(texts_).substr(from, ends_[end] - from);
}

std::string_view QueryAnswers::value(std::size_t record, std::size_t key) const {
  const Answer& answer = answers_[record];
  SLUICE_CHECK(!answer.is_refused);
  SLUICE_CHECK(key < keys_);
  return text(answer.first_end + key);
}

std::string_view QueryAnswers::why(std::size_t record) const {
  const Answer& answer = answers_[record];
  SLUICE_CHECK(answer.is_refused);
  return text(answer.first_end);
}

}  // namespace sluice::delivery
