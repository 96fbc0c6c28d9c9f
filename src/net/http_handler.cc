// Responders, and what a handler does unless it says otherwise.
#include "net/http_handler.h"

namespace sluice::net {

Responder Responder::calling(std::move_only_function<void(HttpResponse)> function) {
  return Responder(Duty<HttpResponse>::calling(
      [function = std::move(function)](std::optional<HttpResponse> response) mutable {
        function(response ? *std::move(response)
                          : make_response(500, "text/plain", "no answer was given\n"));
      }));
}

std::unique_ptr<BodySink> HttpHandler::body_sink(const RequestHead&) {
  return nullptr;
}

bool HttpHandler::is_blocking(const RequestHead&) {
  return false;
}

HttpResponse HttpHandler::refuse(const HttpRefusal& refusal, const RequestHead*) {
  return make_response(refusal.status, "text/plain", refusal.reason + "\n");
}

}  // namespace sluice::net
