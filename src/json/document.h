// A JSON text that owns itself: for API requests and files, where the caller's buffer goes away.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "json/tape.h"
#include "json/view.h"

#include <memory>
#include <string>

namespace sluice::json {

struct DocumentLimits {
  std::size_t bytes_max = std::size_t{16} << 20;  // of text
  std::uint32_t depth_max = 128;
  std::uint32_t values_max = 1'000'000;  // values and keys; 24 bytes of memory each
};

// One value with the text it was read from.  Strings are views into the text, or into the
// document's own memory where escapes had to be undone.  Moving keeps Views good.
class Document {
 public:
  // Takes exactly one value.  Fault::too_large beyond `bytes_max`, else Fault::invalid with the
  // reason and its line and column.
  static Result<Document> parse(Bytes text, DocumentLimits limits = {});

  // The value; Views live as long as the document.
  View root() const { return *state_->tape.documents().begin(); }

  ByteView text() const { return state_->text; }

 private:
  struct State {
    Bytes text;
    Tape tape;
  };

  explicit Document(std::unique_ptr<State> state) : state_(std::move(state)) {}

  std::unique_ptr<State> state_;  // at a fixed address, because short strings move with their owner
};

}  // namespace sluice::json
