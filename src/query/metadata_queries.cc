#include "query/metadata_queries.h"

#include "delivery/object_construction.h"
#include "delivery/plain_selection.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::query {
namespace {

using delivery::QueryAnswers;

std::vector<std::string> keys_of(std::span<const delivery::ConstructedMember> members) {
  std::vector<std::string> keys;
  for (const delivery::ConstructedMember& member : members) {
    keys.push_back(member.key);
  }
  return keys;
}

// Asks jq about every record.
class JqQuery final : public delivery::MetadataQuery {
 public:
  JqQuery(std::string query, std::vector<std::string> keys, JqLimits limits)
      : keys_(std::move(keys)), jq_(std::move(query), keys_, limits) {}

  Result<void> start() { return jq_.start(); }

  std::span<const std::string> keys() const override { return keys_; }

  Result<void> evaluate(std::span<const ByteView> records, QueryAnswers& answers) override {
    answers.reset(keys_.size());
    return jq_.evaluate(records, answers);
  }

  bool can_be_slow() const override { return true; }

  void interrupt() override { jq_.interrupt(); }

 private:
  std::vector<std::string> keys_;
  JqEvaluator jq_;
};

// Asks jq where the selection is not sure.
class SelectionQuery final : public delivery::MetadataQuery {
 public:
  SelectionQuery(std::string query,
                 std::vector<std::string> keys,
                 delivery::PlainSelection selection,
                 JqLimits limits)
      : keys_(std::move(keys)),
        selection_(std::move(selection)),
        jq_(std::move(query), keys_, limits) {}

  std::span<const std::string> keys() const override { return keys_; }

  Result<void> evaluate(std::span<const ByteView> records, QueryAnswers& answers) override {
    answers.reset(keys_.size());
    for (std::size_t record = 0; record < records.size(); ++record) {
      if (!selection_.evaluate(records[record], answers)) {
        return evaluate_rest(records.subspan(record), answers);
      }
    }
    return {};
  }

  void interrupt() override { jq_.interrupt(); }

 private:
  // From the first record that jq must be asked about: all of those are asked about at once, then
  // the answers are put in order.
  Result<void> evaluate_rest(std::span<const ByteView> records, QueryAnswers& answers) {
    sure_.reset(keys_.size());
    unsure_.reset(keys_.size());
    is_unsure_.assign(records.size(), false);
    unsure_records_.clear();
    for (std::size_t record = 0; record < records.size(); ++record) {
      is_unsure_[record] = !selection_.evaluate(records[record], sure_);
      if (is_unsure_[record]) {
        unsure_records_.push_back(records[record]);
      }
    }
    SLUICE_TRY_DO(jq_.evaluate(unsure_records_, unsure_));
    std::size_t next_sure = 0;
    std::size_t next_unsure = 0;
    for (std::size_t record = 0; record < records.size(); ++record) {
      if (is_unsure_[record]) {
        answers.copy(unsure_, next_unsure++);
      } else {
        answers.copy(sure_, next_sure++);
      }
    }
    return {};
  }

  std::vector<std::string> keys_;
  delivery::PlainSelection selection_;
  JqEvaluator jq_;
  QueryAnswers sure_;
  QueryAnswers unsure_;
  std::vector<bool> is_unsure_;
  std::vector<ByteView> unsure_records_;
};

}  // namespace

delivery::MetadataQueries make_metadata_queries(JqLimits limits) {
  return [limits](std::string_view query) -> Result<std::unique_ptr<delivery::MetadataQuery>> {
    SLUICE_TRY(members, delivery::read_object_construction(query));
    auto keys = keys_of(members);
    if (auto selection = delivery::PlainSelection::compile(members)) {
      return std::make_unique<SelectionQuery>(
          std::string(query), std::move(keys), std::move(*selection), limits);
    }
    auto made = std::make_unique<JqQuery>(std::string(query), std::move(keys), limits);
    SLUICE_TRY_DO(made->start());
    return made;
  };
}

}  // namespace sluice::query
