// The front door: sends each request to the service it is for.
//
//   /_sluice/...               health and metrics
//   X-Amz-Target: <prefix>.Op  the JSON service of that prefix
//   POST / without a target    an error in the JSON services' form (nothing of S3 is posted there)
//   everything else            S3, path style
#pragma once

#include "base/clock.h"
#include "net/http_handler.h"
#include "server/api.h"
#include "server/call_totals.h"
#include "server/gate.h"
#include "server/s3/s3.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::server {

// Thread-safe.  Borrows world and gate.
class Front final : public net::HttpHandler {
 public:
  // `metrics` writes the metrics page; it may block.
  Front(World& world,
        s3::MultipartUploads& uploads,
        s3::Lifecycles& lifecycles,
        const Gate& gate,
        std::function<std::string()> metrics);
  ~Front() override;

  net::BodyLimit limit(const net::RequestHead& head) override;
  std::unique_ptr<net::BodySink> body_sink(const net::RequestHead& head) override;
  bool is_blocking(const net::RequestHead& head) override;
  void handle(net::HttpRequest request, net::Responder respond) override;
  net::HttpResponse refuse(const net::HttpRefusal& refusal, const net::RequestHead* head) override;

  const CallTotals& calls() const { return calls_; }

 private:
  struct Service;
  struct Route;

  Route route_of(const net::RequestHead& head) const;
  net::HttpResponse own_page(const net::HttpRequest& request) const;
  void call(const Route& route, net::HttpRequest request, net::Responder respond);
  net::Responder counting(const Operation& operation, net::Responder respond);
  Reply reply_to(net::Responder respond, const std::string& request_id, Wire wire) const;
  net::HttpResponse denial_response(const Denial& denial,
                                    const Route& route,
                                    const net::RequestHead& head) const;

  World& world_;
  const Gate& gate_;
  std::function<std::string()> metrics_;
  S3Service s3_;
  std::vector<Service> services_;
  CallTotals calls_;
};

}  // namespace sluice::server
