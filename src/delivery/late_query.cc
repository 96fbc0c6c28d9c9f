#include "delivery/late_query.h"

#include "delivery/object_construction.h"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sluice::delivery {

namespace {

class LateQuery final : public MetadataQuery {
 public:
  LateQuery(std::string query, std::vector<std::string> keys, MetadataQueries queries)
      : query_(std::move(query)), keys_(std::move(keys)), queries_(std::move(queries)) {}

  std::span<const std::string> keys() const override { return keys_; }

  Result<void> evaluate(std::span<const ByteView> records, QueryAnswers& answers) override {
    if (!evaluator_) {
      SLUICE_TRY(made, queries_(query_));
      evaluator_ = std::move(made);
    }
    return evaluator_->evaluate(records, answers);
  }

 private:
  const std::string query_;
  const std::vector<std::string> keys_;
  const MetadataQueries queries_;
  std::unique_ptr<MetadataQuery> evaluator_;
};

}  // namespace

Result<std::unique_ptr<MetadataQuery>> make_late_query(std::string_view query,
                                                       MetadataQueries queries) {
  SLUICE_TRY(members, read_object_construction(query));
  std::vector<std::string> keys;
  keys.reserve(members.size());
  for (ConstructedMember& member : members) {
    keys.push_back(std::move(member.key));
  }
  return std::make_unique<LateQuery>(std::string(query), std::move(keys), std::move(queries));
}

}  // namespace sluice::delivery
