// Responders, and what a handler does unless it says otherwise.
#include "net/http_handler.h"

#include "base/check.h"

namespace sluice::net {

namespace {

class FunctionSlot final : public ResponseSlot {
 public:
  explicit FunctionSlot(std::move_only_function<void(HttpResponse)> function)
      : function_(std::move(function)) {}

  void answer(HttpResponse response) override { function_(std::move(response)); }

  void drop() override { function_(make_response(500, "text/plain", "no answer was given\n")); }

 private:
  std::move_only_function<void(HttpResponse)> function_;
};

}  // namespace

Responder::Responder(std::shared_ptr<ResponseSlot> slot) : slot_(std::move(slot)) {
  SLUICE_CHECK(slot_ != nullptr);
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    if (slot_ != nullptr) {
      std::exchange(slot_, nullptr)->drop();
    }
    slot_ = std::move(other.slot_);
  }
  return *this;
}

Responder::~Responder() {
  if (slot_ != nullptr) {
    slot_->drop();
  }
}

Responder Responder::calling(std::move_only_function<void(HttpResponse)> function) {
  return Responder(std::make_shared<FunctionSlot>(std::move(function)));
}

void Responder::operator()(HttpResponse response) {
  SLUICE_CHECK(slot_ != nullptr);
  std::exchange(slot_, nullptr)->answer(std::move(response));
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
