// A consumer that only counts.
#include "fetch.h"

#include "exchange.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

// The text behind `name` up to the next quote.
Result<std::string> text_behind(std::string_view body, std::string_view name) {
  const std::size_t at = body.rfind(name);
  if (at == std::string_view::npos) {
    return fail(Fault::invalid, fmt::format("no {} in an answer", name));
  }
  const std::string_view rest = body.substr(at + name.size());
  return std::string(rest.substr(0, rest.find('"')));
}

std::uint64_t count_records(std::string_view body) {
  std::uint64_t count = 0;
  for (std::size_t at = 0; (at = body.find("\"SequenceNumber\"", at)) != std::string_view::npos;
       ++at) {
    ++count;
  }
  return count;
}

// One way from the oldest record to the tip.
class Walk {
 public:
  Walk(Caller& caller, std::uint16_t port, const std::string& stream)
      : caller_(caller), port_(port), stream_(stream) {}

  Result<void> begin() {
    SLUICE_TRY(answer,
               caller_.call(kinesis_request(
                   port_,
                   "GetShardIterator",
                   fmt::format(R"({{"StreamName":"{}","ShardId":"shardId-000000000000",)"
                               R"("ShardIteratorType":"TRIM_HORIZON"}})",
                               stream_))));
    SLUICE_TRY(iterator, text_behind(answer, R"("ShardIterator":")"));
    iterator_ = std::move(iterator);
    return {};
  }

  // The next answer's body; is_at_tip() tells whether it was the last.
  Result<std::string_view> next() {
    SLUICE_TRY(body,
               caller_.call(kinesis_request(
                   port_, "GetRecords", fmt::format(R"({{"ShardIterator":"{}"}})", iterator_))));
    SLUICE_TRY(iterator, text_behind(body, R"("NextShardIterator":")"));
    iterator_ = std::move(iterator);
    is_at_tip_ = body.rfind(R"("MillisBehindLatest":0,)") != std::string_view::npos;
    return body;
  }

  bool is_at_tip() const { return is_at_tip_; }

 private:
  Caller& caller_;
  const std::uint16_t port_;
  const std::string& stream_;
  std::string iterator_;
  bool is_at_tip_ = false;
};

}  // namespace

Result<FetchResult> run_fetch(std::uint16_t port,
                              const std::string& stream,
                              std::chrono::milliseconds duration) {
  Caller caller;
  SLUICE_TRY_DO(caller.connect(port));
  std::vector<std::uint64_t> records_of_answer;
  Walk first(caller, port, stream);
  SLUICE_TRY_DO(first.begin());
  while (!first.is_at_tip()) {
    SLUICE_TRY(body, first.next());
    records_of_answer.push_back(count_records(body));
  }
  FetchResult result;
  const auto start = Clock::now();
  while (Clock::now() - start < duration) {
    Walk walk(caller, port, stream);
    SLUICE_TRY_DO(walk.begin());
    for (std::size_t i = 0; !walk.is_at_tip() && Clock::now() - start < duration; ++i) {
      SLUICE_TRY(body, walk.next());
      ++result.answers;
      result.bytes += body.size();
      result.records += i < records_of_answer.size() ? records_of_answer[i] : 0;
    }
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace sluice::bench
