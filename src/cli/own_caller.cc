#include "cli/own_caller.h"

#include "cli/quantity.h"
#include "heartrate/sample_time.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::chrono::minutes answer_patience{10};  // some count what a bucket holds

}  // namespace

Result<std::optional<double>> time_of(const std::string& option, const std::string& text) {
  if (text.empty()) {
    return std::optional<double>();
  }
  const auto time = heartrate::parse_sample_time(text);
  if (!time) {
    return fail(Fault::invalid,
                fmt::format("cannot read {} {}; times read 2025-07-13T21:25:19Z", option, text));
  }
  return std::optional(std::chrono::duration<double>(time->time_since_epoch()).count());
}

std::unexpected<Error> refused(const heartrate::KinesisRefusal& refusal) {
  return fail(
      refusal.code == "ResourceNotFoundException" ? Fault::missing : Fault::invalid,
      fmt::format(
          "the server refused: {}: {}", printable(refusal.code), printable(refusal.message)));
}

Result<std::unique_ptr<OwnCaller>> OwnCaller::create(const ServiceOptions& options) {
  SLUICE_TRY(found, client_settings_of_process("firehose"));
  SLUICE_TRY(address, resolve_service(options, found, "firehose"));
  std::unique_ptr<OwnCaller> made(new OwnCaller());
  SLUICE_TRY(caller,
             heartrate::KinesisCaller::create(
                 {.endpoint = address.endpoint,
                  .region = address.region,
                  .stream = {},
                  .credentials = address.credentials,
                  .service = "firehose",
                  .api = "Sluice"},
                 [own = made.get()](const net::HttpClientRequest& request) {
                   net::HttpClientRequest patient = request;
                   patient.timeout = answer_patience;
                   return own->client_.perform(patient);
                 },
                 made->clock_));
  made->caller_ = std::move(caller);
  return made;
}

Result<heartrate::KinesisAnswer> OwnCaller::attempt(std::string_view operation,
                                                    std::string_view delivery_stream,
                                                    const WriteMembers& write) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("DeliveryStreamName", delivery_stream);
  if (write) {
    write(out);
  }
  out.end_object();
  const std::string invocation = uuid_v4(random_);
  auto answer = caller_->attempt({operation, body, invocation, 1, 1});
  if (!answer) {
    return fail(answer.error().fault(),
                fmt::format("{}: {}; is the server running, and is --endpoint its address?",
                            caller_->target().endpoint,
                            printable(heartrate::without_call(answer.error().message()))));
  }
  return answer;
}

Result<Bytes> OwnCaller::call(std::string_view operation,
                              std::string_view delivery_stream,
                              const WriteMembers& write) {
  SLUICE_TRY(answer, attempt(operation, delivery_stream, write));
  if (!answer) {
    return refused(answer.error());
  }
  return std::move(*answer);
}

}  // namespace sluice::cli
