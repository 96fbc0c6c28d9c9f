#include "server/lambda_functions.h"

#include "net/http_client.h"
#include "query/interrupt.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::server {

namespace {

using delivery::LambdaAnswer;
using delivery::LambdaFailure;

std::optional<LambdaFailure::Kind> failure_of(int status) {
  switch (status) {
    case 200:
      return std::nullopt;
    case 401:
    case 403:
      return LambdaFailure::Kind::denied;
    case 404:
      return LambdaFailure::Kind::not_found;
    case 429:
      return LambdaFailure::Kind::throttled;
    default:
      return LambdaFailure::Kind::failed;
  }
}

class HttpFunction final : public delivery::LambdaFunction {
 public:
  HttpFunction(const LambdaSetting& setting, const delivery::LambdaName& name)
      : url_(fmt::format("{}/2015-03-31/functions/{}/invocations{}{}",
                         setting.endpoint,
                         name.function,
                         name.qualifier.empty() ? "" : "?Qualifier=",
                         name.qualifier)),
        timeout_(setting.timeout) {}

  std::expected<LambdaAnswer, LambdaFailure> invoke(ByteView event) override {
    net::HttpClientRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("X-Amz-Invocation-Type", "RequestResponse");
    request.body = event;
    request.timeout = timeout_;
    request.answer_bytes_max = delivery::lambda_payload_bytes_max;
    request.is_stopped = [this] { return interrupt_.is_set(); };
    const auto begun = std::chrono::steady_clock::now();
    auto response = client_.perform(request);
    if (interrupt_.is_set()) {
      return std::unexpected(LambdaFailure{LambdaFailure::Kind::interrupted, "interrupted"});
    }
    if (!response) {
      const bool is_late = std::chrono::steady_clock::now() - begun >= timeout_;
      return std::unexpected(failure_of(response.error(), is_late));
    }
    if (const auto kind = server::failure_of(response->status)) {
      return std::unexpected(LambdaFailure{
          *kind, fmt::format("POST {} was answered with status {}.", url_, response->status)});
    }
    return LambdaAnswer{response->headers.contains("X-Amz-Function-Error"),
                        std::move(response->body)};
  }

  bool wait(std::chrono::milliseconds time) override {
    pollfd waited{interrupt_.descriptor(), POLLIN, 0};
    poll(&waited, 1, static_cast<int>(time.count()));
    return !interrupt_.is_set();
  }

  void interrupt() override { interrupt_.set(); }

 private:
  LambdaFailure failure_of(const Error& error, bool is_late) const {
    if (error.fault() == Fault::too_large) {
      return {LambdaFailure::Kind::too_large,
              "The answer of the Lambda function is larger than 6 MB."};
    }
    if (is_late) {
      return {LambdaFailure::Kind::timed_out,
              fmt::format("The Lambda function did not answer within {} s.", timeout_.count())};
    }
    return {LambdaFailure::Kind::unreachable, error.message()};
  }

  const std::string url_;
  const std::chrono::seconds timeout_;
  net::HttpClient client_;
  query::Interrupt interrupt_;
};

}  // namespace

delivery::LambdaFunctions make_lambda_functions(std::vector<LambdaSetting> settings) {
  return [settings = std::move(settings)](
             std::string_view arn) -> Result<std::unique_ptr<delivery::LambdaFunction>> {
    SLUICE_TRY(name, delivery::lambda_name_of(arn));
    std::string_view without = arn;
    if (!name.qualifier.empty()) {
      without.remove_suffix(name.qualifier.size() + 1);
    }
    for (const std::string_view wanted : {arn, without}) {
      const auto at = std::ranges::find(settings, wanted, &LambdaSetting::arn);
      if (at != settings.end()) {
        return std::make_unique<HttpFunction>(*at, name);
      }
    }
    return fail(Fault::invalid,
                fmt::format("The configuration file names no endpoint for the Lambda function {}: "
                            "it needs [[lambda]] with arn = \"{}\" and endpoint = \"http://...\".",
                            arn,
                            without));
  };
}

}  // namespace sluice::server
