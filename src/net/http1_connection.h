// HTTP/1.1 and 1.0 on one connection: one request after the other.
#pragma once

#include "net/body_framing.h"
#include "net/connection_services.h"
#include "net/http_channel.h"
#include "net/request_life.h"
#include "net/wire.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice::net {

// Every call on the loop thread.  Borrows the wire.
class Http1Connection final : private HttpChannel {
 public:
  Http1Connection(const ConnectionServices& services, Wire& wire, std::string remote);

  // Serves requests until there is none left or the connection is to close.  True when the client
  // may still be sending.
  Task<bool> serve();

  // No further request.
  void close_when_idle();

  void abort();

 private:
  BodyStep next_body() override;

  std::size_t ahead_bytes_max() const override { return 0; }

  Task<Arrival> await_body(Time deadline) override;
  Task<bool> invite_body() override;
  bool can_skip_body(const RequestHead& head) const override;
  Task<void> skip_body() override;
  void leave_body() override;
  void close_after_answer() override;
  Task<bool> start_answer(const HttpResponse& response,
                          AnswerShape shape,
                          ByteView first,
                          bool is_whole) override;
  Task<bool> send_body(ByteView part, bool is_last) override;
  void break_off() override;
  void watch_peer() override;
  Task<void> unwatch_peer() override;

  Task<std::optional<RequestHead>> read_head();
  Task<bool> wait_idle();
  Task<void> process(RequestHead head);
  Task<void> refuse(HttpRefusal refusal);
  Task<void> watch(std::shared_ptr<RequestLife> life);
  bool noted(bool is_sent);

  const ConnectionServices services_;
  Wire& wire_;
  const std::string remote_;
  Bytes out_;  // what frames the answer; kept for its memory
  std::optional<BodyFraming> framing_;
  std::size_t used_ = 0;               // of what was received: the last step's bytes
  std::shared_ptr<RequestLife> life_;  // of the request being served
  Signal watch_ended_;
  std::uint64_t requests_ = 0;
  HttpVersion version_ = HttpVersion::http_1_1;  // of the request being served
  bool is_idle_ = true;
  bool is_closing_ = false;  // no further request
  bool is_aborted_ = false;
  bool is_chunking_ = false;  // the answer's body goes out in chunks
  bool is_watched_ = false;   // the peer's going is to be told
  bool is_reading_ahead_ = false;
  bool closes_ = false;       // after this answer
  bool is_broken_ = false;    // an answer could not be sent whole
  bool must_linger_ = false;  // a body was not read to its end
};

}  // namespace sluice::net
