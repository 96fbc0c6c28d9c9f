// What answers requests: the interface between the HTTP server and the services behind it.
//
// A handler needs no socket to be tested: make an HttpRequest, pass Responder::calling(...), look
// at the answer.
#pragma once

#include "net/http.h"
#include "net/slot.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::net {

using ResponseSlot = Slot<HttpResponse>;

// The right, and duty, to answer one request.  Dropping it unanswered sends a 500.
class Responder : public Duty<HttpResponse> {
 public:
  using Duty::Duty;

  // A responder that calls `function` with the answer; with a plain 500 when dropped.
  static Responder calling(std::move_only_function<void(HttpResponse)> function);

 private:
  explicit Responder(Duty duty) : Duty(std::move(duty)) {}
};

// What a handler says to a head before the body is read.
struct BodyLimit {
  // Body bytes this request may bring; more gets HttpHandler::refuse with 413.
  std::uint64_t bytes_max = 0;

  // Set: do not read the body (the key is unknown, the scope wrong, ...), answer this now.
  std::optional<HttpResponse> refusal;

  static BodyLimit accept(std::uint64_t bytes_max) { return {bytes_max, std::nullopt}; }

  static BodyLimit refuse(HttpResponse response) { return {0, std::move(response)}; }
};

// Why the server itself turns a request away.
struct HttpRefusal {
  int status = 400;    // 400, 408, 413, 417, 431, 500, 501, 503, 505
  std::string reason;  // a sentence for a person
};

// Answers the requests of one server.  All but handle() are called on a loop thread and must
// return at once.  With more than one loop thread, several calls run at the same time.
class HttpHandler {
 public:
  HttpHandler() = default;
  HttpHandler(const HttpHandler&) = delete;
  HttpHandler& operator=(const HttpHandler&) = delete;
  virtual ~HttpHandler() = default;

  // Called for every valid head, also one without a body, before anything else.
  virtual BodyLimit limit(const RequestHead& head) = 0;

  // Non-null: the body goes there instead of into HttpRequest::body.  Called after limit()
  // accepted, for requests with a body only.  Do not open files here, do it in the first write().
  virtual std::unique_ptr<BodySink> body_sink(const RequestHead& head);

  // Whether handle() may block for this request (file system work): it then runs on a worker
  // thread, as every request with a sink does.  Default: no.
  virtual bool is_blocking(const RequestHead& head);

  // Answers through `respond`, now or later.  Called on a loop thread, where it must not block, or
  // on a worker thread if is_blocking() said so or there is a sink.  A throw ends in a 500 and a
  // log line.
  virtual void handle(HttpRequest request, Responder respond) = 0;

  // The answer to a request that handle() never saw (malformed, too large, too slow, out of body
  // memory) or left unanswered.  Loop thread.  `head` is null when it could not be parsed or is
  // with the handler already.  Default: the reason as plain text.
  virtual HttpResponse refuse(const HttpRefusal& refusal, const RequestHead* head);
};

}  // namespace sluice::net
