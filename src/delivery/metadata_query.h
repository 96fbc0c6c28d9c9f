// What a MetadataExtraction processor asks of each record: the values of its partition keys.
//
// The query is a jq 1.6 object construction, `{customer: .customer_id, year: .time[0:4]}`; who
// evaluates it (a compiled selection, a jq process) is behind MetadataQuery.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// The answers of one evaluation, one for each record, in order.  Made once and filled again and
// again, so that nothing is allocated per record.
class QueryAnswers {
 public:
  // Forgets all; each answer to come has a value for each of `keys`.
  void reset(std::size_t keys);

  // The next record's: `values`, one for each key, none of them empty.
  void accept(std::span<const std::string_view> values);

  // The next record has none, and why.
  void refuse(std::string_view why);

  // The next record's is that of a record of `other`, made for as many keys.
  void copy(const QueryAnswers& other, std::size_t record);

  std::size_t size() const { return answers_.size(); }

  std::size_t keys() const { return keys_; }

  bool is_refused(std::size_t record) const { return answers_[record].is_refused; }

  // Whether the record has the values of the one before it, neither being refused.
  bool is_like_before(std::size_t record) const {
    return record > 0 && !answers_[record].is_refused && !answers_[record - 1].is_refused &&
           answers_[record].first_end == answers_[record - 1].first_end;
  }

  // Of a record that is not refused; valid until reset().
  std::string_view value(std::size_t record, std::size_t key) const;

  // Of a record that is refused; valid until reset().
  std::string_view why(std::size_t record) const;

 private:
  struct Answer {
    std::uint32_t first_end = 0;  // into ends_; the same for equal neighbours
    bool is_refused = false;
  };

  std::string_view text(std::size_t end) const;
  bool are_those_before(std::span<const std::string_view> values) const;

  std::size_t keys_ = 0;
  std::string texts_;                // one behind the other
  std::vector<std::uint32_t> ends_;  // of each text
  std::vector<Answer> answers_;
  std::vector<std::string_view> copied_;  // reused
};

// Not thread-safe but for interrupt().
class MetadataQuery {
 public:
  MetadataQuery() = default;
  MetadataQuery(const MetadataQuery&) = delete;
  MetadataQuery& operator=(const MetadataQuery&) = delete;
  virtual ~MetadataQuery() = default;

  // The names of the partition keys, as the query has them; each once.
  virtual std::span<const std::string> keys() const = 0;

  // Answers for all records, in place of what `answers` held.  A record that has no answer is
  // refused; a failure concerns all of them and may be tried again.
  virtual Result<void> evaluate(std::span<const ByteView> records, QueryAnswers& answers) = 0;

  // Whether an evaluation may take seconds, or longer, for what the records are.
  virtual bool can_be_slow() const { return false; }

  // From any thread: the evaluation under way, and every later one, fails soon.
  virtual void interrupt() {}
};

// Makes the evaluator of a query.  Fault::invalid, with the position and the rule, for one that is
// no jq object construction.
using MetadataQueries =
    std::function<Result<std::unique_ptr<MetadataQuery>>(std::string_view query)>;

}  // namespace sluice::delivery
