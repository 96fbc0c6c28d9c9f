// One request from its head to the end of its answer, whatever version of HTTP brings it.
#pragma once

#include "net/connection_services.h"
#include "net/exchange.h"
#include "net/http_channel.h"

#include <memory>
#include <string>
#include <string_view>

namespace sluice::net {

// One per request.  Borrows services and channel.  Every call on the loop thread.
class RequestLife : public std::enable_shared_from_this<RequestLife> {
 public:
  RequestLife(const ConnectionServices& services, HttpChannel& channel, std::string remote);

  // Asks the handler, reads the body, has it answered, sends that.
  Task<void> run(RequestHead head);

  // Instead of run(): answers a request that the handler does not get to see.
  Task<void> refuse(HttpRefusal refusal, const RequestHead* head);

  // The peer has gone.  A handler at work is still waited for, a body that comes over time is not.
  void peer_gone();

  // The server stops: a body that comes over time ends here.
  void end_source();

  // Ends now.  A handler still at work keeps its responder; the answer goes nowhere.
  void abort();

 private:
  // How reading a body ended.
  enum class BodyEnd : std::uint8_t {
    complete,
    refused,      // refusal_ says why
    lost,         // the connection broke
    sink_failed,  // the request carries the reason
  };

  Task<void> on_worker(WorkerPool::Job job);
  Task<bool> flush(HttpRequest& request, Bytes& piece);
  Task<BodyEnd> keep(HttpRequest& request, Bytes& piece, BodyBudget::Share& share, ByteView data);
  Task<BodyEnd> read_body(HttpRequest& request, std::uint64_t bytes_max, BodyBudget::Share& share);
  Task<BodyEnd> read_steps(HttpRequest& request,
                           std::uint64_t bytes_max,
                           BodyBudget::Share& share,
                           Bytes& piece);
  Task<std::optional<HttpResponse>> ask_handler(HttpRequest request, bool on_loop);
  void call_handler(HttpRequest request, Responder responder);
  void discard_sink(HttpRequest& request);
  Task<void> turn_away(HttpResponse response, RequestHead head);
  using PieceExchange = Exchange<Result<Bytes>>;
  std::shared_ptr<PieceExchange> begin_read(const FileRegion& region,
                                            std::uint64_t done,
                                            std::size_t bytes_max);
  static Task<Result<Bytes>> finish_read(PieceExchange& piece);
  Task<void> answer(HttpResponse response, bool is_head_request);
  Task<void> answer_file(const HttpResponse& response, bool is_head_request);
  Task<void> answer_over_time(HttpResponse response, bool is_head_request);
  Task<void> send_pieces(BodySource& source, BodyBudget::Share& share);
  Task<std::optional<BodyPiece>> next_piece(BodySource& source);

  const ConnectionServices services_;
  HttpChannel& channel_;
  const std::string remote_;
  HttpRefusal refusal_;
  std::shared_ptr<Exchange<HttpResponse>> answer_exchange_;  // while a handler is at work
  std::shared_ptr<Exchange<BodyPiece>> piece_exchange_;      // while a source is
  bool is_aborted_ = false;
  bool is_peer_gone_ = false;
  bool ends_source_ = false;
};

}  // namespace sluice::net
