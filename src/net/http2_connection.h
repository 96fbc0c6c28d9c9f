// HTTP/2 on one connection: a session, the coroutines of its requests, and one that sends.
#pragma once

#include "net/connection_services.h"
#include "net/http2_session.h"
#include "net/wire.h"

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::net {

// Every call on the loop thread.  Borrows the wire.
class Http2Connection final : private Http2Session::Listener {
 public:
  Http2Connection(const ConnectionServices& services, Wire& wire, std::string remote);
  ~Http2Connection() override;

  // Serves what was received, and on, until the connection is over and no request of it is at work.
  // True when the client may still be sending.
  Task<bool> serve();

  // Ends what is past its deadline.
  void on_tick(Time now);

  // Asks the client to open no more requests, and ends when none is left.
  void close_when_idle();

  void abort();

 private:
  class Request;

  void on_request(StreamId stream,
                  std::expected<RequestHead, HttpRefusal> head,
                  bool has_end) override;
  void on_body(StreamId stream, ByteView data) override;
  void on_body_end(StreamId stream) override;
  void on_sent(StreamId stream) override;
  void on_closed(StreamId stream) override;

  struct Arrived {
    std::shared_ptr<Request> request;
    std::expected<RequestHead, HttpRefusal> head;
  };

  Task<void> read();
  Task<void> write();
  Task<void> serve_request(Arrived arrived);
  void start_writer();
  void start_requests();
  void note_head();
  void finish(Request& request);
  void lose();
  bool has_head_expired(Time now) const;
  bool has_been_idle(Time now) const;

  const ConnectionServices services_;
  Wire& wire_;
  const std::string remote_;
  Http2Session session_;
  std::map<StreamId, std::shared_ptr<Request>> requests_;  // until their handlers are done
  std::vector<Arrived> arrived_;                           // and not started yet
  Bytes out_;                                              // what is being sent
  Signal to_send_;                                         // for the writer
  Signal written_;                                         // for the reader
  Signal ended_;                                           // the writer has, or a request
  Time idle_since_;                                        // while there are no requests
  Time head_since_;                                        // while a header block comes in
  std::optional<StreamId> head_;                           // whose
  bool has_served_ = false;
  bool is_writing_ = false;  // the writer runs
  bool is_ending_ = false;   // what is in the output is the last
  bool is_lost_ = false;     // nothing more can be sent
  bool is_closing_ = false;
  bool has_expired_ = false;
};

}  // namespace sluice::net
