// Routing, and the form of answers that all JSON services share.
#include "server/front.h"

#include "aws/cbor.h"
#include "aws/event_stream.h"
#include "base/base64.h"
#include "base/check.h"
#include "json/document.h"
#include "server/athena/athena.h"
#include "server/aws_limits.h"
#include "server/call_body.h"
#include "server/counters.h"
#include "server/explain_page.h"
#include "server/firehose/firehose.h"
#include "server/glue/glue.h"
#include "server/kinesis/kinesis.h"
#include "server/own/own.h"
#include "server/s3/payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace sluice::server {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::RequestHead;

constexpr std::string_view json_type = "application/x-amz-json-1.1";
constexpr std::string_view cbor_type = "application/x-amz-cbor-1.1";
constexpr std::string_view own_prefix = "/_sluice/";

// A body of this size is read in half a millisecond; a larger one would keep everybody waiting who
// shares the loop, and goes to a worker.
constexpr std::uint64_t quick_body_bytes_max = std::uint64_t{256} << 10;

HttpResponse call_response(int status, std::string body, const std::string& request_id, Wire wire) {
  if (wire == Wire::cbor && !body.empty()) {
    // Our own text, of any size.
    constexpr auto any = std::numeric_limits<std::uint32_t>::max();
    const auto document =
        json::Document::parse(std::move(body), {.bytes_max = any, .values_max = any});
    SLUICE_CHECK(document.has_value());
    body = aws::cbor_of_json(document->root());
  }
  HttpResponse answer =
      net::make_response(status, wire == Wire::cbor ? cbor_type : json_type, std::move(body));
  answer.headers.add("x-amzn-RequestId", request_id);
  answer.headers.add("x-amz-id-2", base64_encode(request_id + request_id));
  return answer;
}

HttpResponse error_response(const aws::ApiError& error,
                            const std::string& request_id,
                            Wire wire = Wire::json) {
  HttpResponse answer = call_response(error.status, aws::error_body(error), request_id, wire);
  answer.headers.add("x-amzn-ErrorType", error.type);
  return answer;
}

HttpResponse event_stream_response(std::unique_ptr<net::BodySource> events,
                                   const std::string& request_id) {
  HttpResponse answer = net::make_response(200, aws::event_stream_type, {});
  answer.headers.add("x-amzn-RequestId", request_id);
  answer.headers.add("x-amz-id-2", base64_encode(request_id + request_id));
  answer.source = std::move(events);
  return answer;
}

// Nothing at all is taken for JSON; std::nullopt for what is neither.
std::optional<Wire> wire_of(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  if (net::equal_ignoring_case(type, cbor_type)) {
    return Wire::cbor;
  }
  const bool is_json = type.empty() || net::equal_ignoring_case(type, json_type) ||
                       net::equal_ignoring_case(type, "application/x-amz-json-1.0");
  return is_json ? std::optional(Wire::json) : std::nullopt;
}

std::string_view auth_error_name(aws::AuthFault fault) {
  switch (fault) {
    case aws::AuthFault::missing_token:
      return "MissingAuthenticationTokenException";
    case aws::AuthFault::incomplete:
      return "IncompleteSignatureException";
    case aws::AuthFault::unknown_key:
      return "UnrecognizedClientException";
    case aws::AuthFault::both_forms:
    case aws::AuthFault::mismatch:
    case aws::AuthFault::expired:
    case aws::AuthFault::not_yet_current:
    case aws::AuthFault::wrong_scope:
    case aws::AuthFault::unsigned_header:
      break;
  }
  return "InvalidSignatureException";
}

s3::S3Code s3_auth_code(const Denial& denial) {
  return !denial.is_foreign && denial.fault == aws::AuthFault::mismatch
             ? s3::S3Code::signature_does_not_match
             : s3::S3Code::access_denied;
}

}  // namespace

// A JSON service: its name in signatures, the prefix of its targets, its operations.
struct Front::Service {
  std::string_view signing_name;
  std::string_view target_prefix;
  std::span<const Operation> operations;
  bool speaks_cbor = false;
  bool is_limited = false;  // by AwsLimits, where there are such
};

struct Front::Route {
  enum class Kind : std::uint8_t { own, json, s3 };
  Kind kind = Kind::s3;
  const Service* service = nullptr;      // json: nullptr for an unknown prefix
  const Operation* operation = nullptr;  // json: nullptr for an unknown operation

  std::string_view signing_name() const {
    return kind == Kind::s3 ? "s3" : (service == nullptr ? "kinesis" : service->signing_name);
  }
};

Front::Front(World& world,
             s3::MultipartUploads& uploads,
             s3::Lifecycles& lifecycles,
             const Gate& gate,
             std::function<std::string()> metrics)
    : world_(world),
      gate_(gate),
      metrics_(std::move(metrics)),
      s3_(world.buckets, uploads, lifecycles, world.clock, world.account.region) {
  services_ = {{"kinesis", kinesis_target, kinesis_operations(), true, true},
               {"firehose", firehose_target, firehose_operations()},
               {"glue", glue_target, glue_operations()},
               {"athena", athena_target, athena_operations()},
               {"firehose", own_target, own_operations()}};
  for (const Service& service : services_) {
    for (const Operation& operation : service.operations) {
      calls_.try_emplace(&operation, service.signing_name, operation.name);
    }
  }
}

Front::~Front() = default;

Front::Route Front::route_of(const RequestHead& head) const {
  if (head.path().starts_with(own_prefix)) {
    return {.kind = Route::Kind::own};
  }
  const auto target = head.headers.find("X-Amz-Target");
  if (!target) {
    const bool is_lost_call = head.method == "POST" && head.path() == "/";
    return {.kind = is_lost_call ? Route::Kind::json : Route::Kind::s3};
  }
  Route route{.kind = Route::Kind::json};
  const std::size_t dot = target->find('.');
  const std::string_view prefix = target->substr(0, dot);
  const std::string_view name =
      dot == std::string_view::npos ? std::string_view() : target->substr(dot + 1);
  for (const Service& service : services_) {
    if (service.target_prefix == prefix) {
      route.service = &service;
      const auto found = std::find_if(service.operations.begin(),
                                      service.operations.end(),
                                      [&](const Operation& one) { return one.name == name; });
      route.operation = found == service.operations.end() ? nullptr : &*found;
    }
  }
  return route;
}

HttpResponse Front::denial_response(const Denial& denial,
                                    const Route& route,
                                    const RequestHead& head) const {
  world_.counters.request_refused();
  const std::string request_id = uuid_v4(world_.random);
  if (route.kind == Route::Kind::s3) {
    return s3_error_response(
        s3::S3Error(s3_auth_code(denial), denial.message), head.path(), request_id);
  }
  if (denial.is_foreign) {
    return error_response({"AccessDeniedException", denial.message, 403}, request_id);
  }
  return error_response({std::string(auth_error_name(denial.fault)), denial.message}, request_id);
}

net::BodyLimit Front::limit(const RequestHead& head) {
  const Route route = route_of(head);
  if (route.kind == Route::Kind::own) {
    // Health and metrics say nothing about anybody's data, but a web page has no business there.
    if (!gate_.checks_signatures()) {
      if (const auto denial = gate_.check_head(head, "s3", world_.clock.now())) {
        return net::BodyLimit::refuse(denial_response(*denial, route, head));
      }
    }
    return net::BodyLimit::accept(0);
  }
  const bool is_checked_later = route.kind == Route::Kind::s3 && gate_.checks_signatures() &&
                                S3Service::is_signed_in_body(head);
  if (head.method != "OPTIONS" && !is_checked_later) {
    if (const auto denial = gate_.check_head(head, route.signing_name(), world_.clock.now())) {
      return net::BodyLimit::refuse(denial_response(*denial, route, head));
    }
  }
  if (route.kind == Route::Kind::json) {
    return net::BodyLimit::accept(json_body_bytes_max);
  }
  if (const auto refusal = s3_.check_head(head)) {
    world_.counters.request_refused();
    return net::BodyLimit::refuse(s3_error_response(*refusal, head.path(), uuid_v4(world_.random)));
  }
  return net::BodyLimit::accept(s3_.body_bytes_max(head));
}

std::unique_ptr<net::BodySink> Front::body_sink(const RequestHead& head) {
  const Route route = route_of(head);
  if (route.kind != Route::Kind::s3) {
    return nullptr;
  }
  BodySignatures signatures;
  if (gate_.checks_signatures() && S3Service::is_signed_in_body(head)) {
    signatures.policy = [&gate = gate_](const aws::PolicySignature& given,
                                        std::string_view policy) -> s3::S3Result<void> {
      const auto denial = gate.check_policy(given, policy);
      return denial ? s3::fail_s3(s3_auth_code(*denial), denial->message) : s3::S3Result<void>();
    };
  } else if (const auto form = chunked_form_of(head); form && form->is_signed) {
    signatures.chunks = gate_.chunk_signer(head);
  }
  return s3_.body_sink(head, std::move(signatures));
}

bool Front::is_blocking(const RequestHead& head) {
  const Route route = route_of(head);
  if (route.kind == Route::Kind::json) {
    return route.operation != nullptr &&
           (route.operation->may_block() || head.content_length.value_or(0) > quick_body_bytes_max);
  }
  return route.kind == Route::Kind::s3 || head.path() != "/_sluice/health";
}

HttpResponse Front::own_page(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return net::make_response(405, "text/plain; charset=utf-8", "Only GET is possible here.\n");
  }
  if (request.path() == "/_sluice/health") {
    return net::make_response(200, "application/json", R"({"status":"ok"})");
  }
  if (request.path() == "/_sluice/metrics") {
    return net::make_response(200, "text/plain; version=0.0.4; charset=utf-8", metrics_());
  }
  if (request.path() == "/_sluice/explain") {
    return net::make_response(200, "application/json", explain_page(world_, request.query()));
  }
  return net::make_response(404,
                            "text/plain; charset=utf-8",
                            "There are /_sluice/health, /_sluice/metrics and /_sluice/explain.\n");
}

// Has the call counted when it is answered.
net::Responder Front::counting(const Operation& operation, net::Responder respond) {
  return net::Responder::calling([inner = std::move(respond),
                                  begun = world_.clock.steady(),
                                  &clock = world_.clock,
                                  &calls = calls_.at(&operation)](HttpResponse answer) mutable {
    const CallResult result = answer.status >= 500   ? CallResult::failed
                              : answer.status >= 400 ? CallResult::refused
                                                     : CallResult::success;
    calls.add(result, clock.steady() - begun);
    inner(std::move(answer));
  });
}

void Front::call(const Route& route, HttpRequest request, net::Responder respond) {
  if (route.operation != nullptr) {
    respond = counting(*route.operation, std::move(respond));
  }
  const std::string request_id = uuid_v4(world_.random);
  const auto wire = wire_of(request.headers.value_or("Content-Type", ""));
  const auto refused = [&](const aws::ApiError& error) {
    world_.counters.request_refused();
    respond(error_response(error, request_id, wire.value_or(Wire::json)));
  };
  if (route.operation == nullptr) {
    return refused({"UnknownOperationException", ""});
  }
  if (!wire || (wire == Wire::cbor && !route.service->speaks_cbor)) {
    return refused(
        {"SerializationException", fmt::format("Content-Type must be {}", json_type), 400, true});
  }
  if (const auto denial =
          gate_.check_body(request, route.signing_name(), request.body, world_.clock.now())) {
    return respond(denial_response(*denial, route, request));
  }
  const bool is_limited = world_.limits != nullptr && route.service->is_limited;
  if (is_limited && !world_.limits->takes_call(route.operation->name)) {
    return refused(
        {"LimitExceededException",
         fmt::format(
             "Rate exceeded for {} under account {}.", route.operation->name, world_.account.id)});
  }
  const std::string_view invocation = request.headers.value_or("amz-sdk-invocation-id", "");
  if (route.operation->start_raw != nullptr) {
    return route.operation->start_raw(
        world_, {request.body, invocation, *wire}, reply_to(std::move(respond), request_id, *wire));
  }
  const auto document = parse_call_body(request.body, *wire);
  if (!document) {
    return refused(document.error());
  }
  const ApiRequest api{document->root(), invocation, request.body, *wire == Wire::cbor};
  if (route.operation->open != nullptr) {
    auto opened = route.operation->open(world_, api);
    return opened ? respond(event_stream_response(*std::move(opened), request_id))
                  : refused(opened.error());
  }
  Reply reply = reply_to(std::move(respond), request_id, *wire);
  if (route.operation->run != nullptr) {
    reply(route.operation->run(world_, api));
  } else {
    route.operation->start(world_, api, std::move(reply));
  }
}

Reply Front::reply_to(net::Responder respond, const std::string& request_id, Wire wire) const {
  return [responder = std::move(respond), request_id, wire, &counters = world_.counters](
             Answer answer) mutable {
    if (answer) {
      return responder(call_response(200, *std::move(answer), request_id, wire));
    }
    answer.error().status >= 500 ? counters.request_failed() : counters.request_refused();
    responder(error_response(answer.error(), request_id, wire));
  };
}

void Front::handle(HttpRequest request, net::Responder respond) {
  const Route route = route_of(request);
  if (route.kind == Route::Kind::own) {
    return respond(own_page(request));
  }
  const std::string origin(request.headers.value_or("Origin", ""));
  const bool is_allowed_page = !origin.empty() && gate_.allows_origin(origin);
  if (request.method == "OPTIONS") {
    HttpResponse answer;
    answer.status = is_allowed_page ? 200 : 403;
    if (is_allowed_page) {
      answer.headers.add("Access-Control-Allow-Origin", origin);
      answer.headers.add("Access-Control-Allow-Methods",
                         request.headers.value_or("Access-Control-Request-Method", "GET"));
      answer.headers.add("Access-Control-Allow-Headers",
                         request.headers.value_or("Access-Control-Request-Headers", ""));
      answer.headers.add("Access-Control-Max-Age", "172800");
    }
    return respond(std::move(answer));
  }
  if (is_allowed_page) {
    auto inner = std::make_shared<net::Responder>(std::move(respond));
    respond = net::Responder::calling([inner, origin](HttpResponse answer) {
      answer.headers.add("Access-Control-Allow-Origin", origin);
      answer.headers.add("Access-Control-Expose-Headers",
                         "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,ETag,Date");
      (*inner)(std::move(answer));
    });
  }
  if (route.kind == Route::Kind::json) {
    return call(route, std::move(request), std::move(respond));
  }
  const std::string request_id = uuid_v4(world_.random);
  HttpResponse answer = s3_.handle(std::move(request), request_id);
  if (answer.status >= 400) {
    answer.status >= 500 ? world_.counters.request_failed() : world_.counters.request_refused();
  }
  answer.headers.add("x-amz-request-id", request_id);
  respond(std::move(answer));
}

HttpResponse Front::refuse(const net::HttpRefusal& refusal, const RequestHead* head) {
  world_.counters.request_refused();
  const bool is_json = head != nullptr && route_of(*head).kind == Route::Kind::json;
  if (!is_json) {
    return net::HttpHandler::refuse(refusal, head);
  }
  const std::string_view type = refusal.status == 413   ? "RequestEntityTooLargeException"
                                : refusal.status == 503 ? "ServiceUnavailableException"
                                                        : "SerializationException";
  return error_response({std::string(type), refusal.reason, refusal.status},
                        uuid_v4(world_.random));
}

}  // namespace sluice::server
