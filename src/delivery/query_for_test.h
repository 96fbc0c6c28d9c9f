// A metadata query of tests, in place of jq.
#pragma once

#include "delivery/metadata_query.h"
#include "json/document.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::delivery {

inline constexpr std::string_view null_or_empty = "partitionKeys values must not be null or empty";

// The values are members of the record, by name.  Can be made to fail.
class MemberQuery final : public MetadataQuery {
 public:
  explicit MemberQuery(std::vector<std::string> keys) : keys_(std::move(keys)) {}

  std::span<const std::string> keys() const override { return keys_; }

  Result<void> evaluate(std::span<const ByteView> records, QueryAnswers& answers) override {
    if (fails) {
      return fail(Fault::unavailable, "not now");
    }
    answers.reset(keys_.size());
    for (const ByteView record : records) {
      const auto document = json::Document::parse(Bytes(record));
      std::vector<std::string_view> values;
      for (const std::string& key : keys_) {
        const json::View value = document ? document->root().find(key) : json::View();
        if (!value.is_missing_or_null() && !value.text().empty()) {
          values.push_back(value.text());
        }
      }
      if (values.size() == keys_.size()) {
        answers.accept(values);
      } else {
        answers.refuse(null_or_empty);
      }
    }
    return {};
  }

  bool fails = false;

 private:
  const std::vector<std::string> keys_;
};

}  // namespace sluice::delivery
