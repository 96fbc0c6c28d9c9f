// A JSON text that owns itself.
#include "json/document.h"

#include <fmt/format.h>

namespace sluice::json {

Result<Document> Document::parse(Bytes text, DocumentLimits limits) {
  if (text.size() > limits.bytes_max) {
    return fail(
        Fault::too_large,
        fmt::format(
            "JSON of {} bytes is larger than the {} allowed", text.size(), limits.bytes_max));
  }
  auto state = std::make_unique<State>();
  state->text = std::move(text);
  const auto parsed = state->tape.parse(
      state->text, Documents::one, {.depth_max = limits.depth_max, .nodes_max = limits.values_max});
  if (!parsed) {
    return fail(Fault::invalid, parsed.error().within(state->text));
  }
  return Document(std::move(state));
}

}  // namespace sluice::json
