#include "delivery/late_query.h"

#include "delivery/object_construction.h"
#include "delivery/plain_selection.h"

#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sluice::delivery {

namespace {

class LateQuery final : public MetadataQuery {
 public:
  LateQuery(std::string query,
            std::vector<std::string> keys,
            MetadataQueries queries,
            bool can_be_slow)
      : query_(std::move(query)),
        keys_(std::move(keys)),
        queries_(std::move(queries)),
        can_be_slow_(can_be_slow) {}

  std::span<const std::string> keys() const override { return keys_; }

  Result<void> evaluate(std::span<const ByteView> records, QueryAnswers& answers) override {
    if (!evaluator_) {
      SLUICE_TRY(made, queries_(query_));
      const std::lock_guard lock(mutex_);
      evaluator_ = std::move(made);
    }
    if (is_interrupted_) {
      return fail(Fault::unavailable, "the evaluation was interrupted");
    }
    return evaluator_->evaluate(records, answers);
  }

  bool can_be_slow() const override { return can_be_slow_; }

  void interrupt() override {
    is_interrupted_ = true;
    const std::lock_guard lock(mutex_);
    if (evaluator_) {
      evaluator_->interrupt();
    }
  }

 private:
  const std::string query_;
  const std::vector<std::string> keys_;
  const MetadataQueries queries_;
  const bool can_be_slow_;
  std::atomic<bool> is_interrupted_{false};
  std::mutex mutex_;  // guards that there is an evaluator
  std::unique_ptr<MetadataQuery> evaluator_;
};

}  // namespace

Result<std::unique_ptr<MetadataQuery>> make_late_query(std::string_view query,
                                                       MetadataQueries queries) {
  SLUICE_TRY(members, read_object_construction(query));
  const bool can_be_slow = !PlainSelection::compile(members);
  std::vector<std::string> keys;
  keys.reserve(members.size());
  for (ConstructedMember& member : members) {
    keys.push_back(std::move(member.key));
  }
  return std::make_unique<LateQuery>(
      std::string(query), std::move(keys), std::move(queries), can_be_slow);
}

}  // namespace sluice::delivery
