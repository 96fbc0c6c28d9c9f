// A Lambda function of tests, in place of an endpoint.
#pragma once

#include "base/base64.h"
#include "delivery/lambda.h"
#include "delivery/world.h"
#include "json/document.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::delivery {

// Has no records, and numbers them by their ordinals.
class NumberedSource final : public Source {
 public:
  Result<std::vector<Shard>> shards() override { return std::vector<Shard>(); }

  Result<SourceBatch> read(ShardKey, Ordinal, std::size_t) override { return SourceBatch(); }

  Result<Ordinal> end_of_damage(ShardKey, Ordinal from) override { return from; }

  Result<Ordinal> tip(ShardKey) override { return Ordinal(1); }

  Result<Ordinal> first_at(ShardKey, UnixMillis) override { return Ordinal(1); }

  void hold(ShardKey, Ordinal) override {}

  std::string sequence_number(ShardKey, Ordinal ordinal, UnixMillis) override {
    return fmt::format("49{}", ordinal.value);
  }

  void on_records(std::function<void()>) override {}
};

using Reply = std::expected<LambdaAnswer, LambdaFailure>;

// Remembers what it is sent, and answers as the test says.
class FakeFunction final : public LambdaFunction {
 public:
  using Answer = std::function<std::string(std::string_view id, const Bytes& data)>;

  Reply invoke(ByteView event) override {
    events.emplace_back(event);
    return is_interrupted ? std::unexpected(LambdaFailure{LambdaFailure::Kind::interrupted, ""})
                          : answer(event);
  }

  bool wait(std::chrono::milliseconds time) override {
    waits.push_back(time.count());
    return !is_interrupted;
  }

  void interrupt() override { is_interrupted = true; }

  // The answer's records are what `record` makes of each record id and its data; "" for none.
  void answer_each(Answer record) {
    answer = [record = std::move(record)](ByteView event) -> Reply {
      std::string out = R"({"records":[)";
      const auto document = json::Document::parse(Bytes(event)).value();
      for (const json::View one : document.root().find("records").elements()) {
        const std::string made = record(*one.find("recordId").as_string(),
                                        *base64_decode(*one.find("data").as_string()));
        out += made.empty() || out.back() == '[' ? made : "," + made;
      }
      return LambdaAnswer{false, out + "]}"};
    };
  }

  std::function<Reply(ByteView)> answer;
  std::vector<Bytes> events;
  std::vector<std::int64_t> waits;
  bool is_interrupted = false;
};

// The answer to one record; `more` are further members, behind a comma.
inline std::string answer_of(std::string_view id,
                             std::string_view result,
                             const Bytes& data,
                             std::string_view more = {}) {
  return fmt::format(
      R"({{"recordId":"{}","result":"{}","data":"{}"{}}})", id, result, base64_encode(data), more);
}

}  // namespace sluice::delivery
