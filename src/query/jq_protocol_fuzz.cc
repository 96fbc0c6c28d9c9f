// Any bytes from a jq worker, or to one: cut into frames and read as every message; what can be
// read must come out the same once written again.
#include "base/check.h"
#include "query/jq_protocol.h"

#include <cstdint>

namespace {

using namespace sluice;
using namespace sluice::query;

void read(ByteView payload) {
  if (const auto start = decode_jq_start(payload)) {
    const auto again = decode_jq_start(encode(*start));
    SLUICE_CHECK(again && again->query == start->query && again->keys == start->keys);
  }
  if (const auto started = decode_jq_started(payload)) {
    SLUICE_CHECK(decode_jq_started(encode(*started))->why == started->why);
  }
  if (const auto ask = decode_jq_ask(payload)) {
    const Bytes written = encode(*ask);
    SLUICE_CHECK(decode_jq_ask(written)->records == ask->records);
  }
  for (const std::size_t keys : {std::size_t{1}, std::size_t{3}}) {
    delivery::QueryAnswers answers;
    answers.reset(keys);
    const auto decoded = decode_jq_answers(payload, keys, 1000, answers);
    if (!decoded) {
      continue;
    }
    SLUICE_CHECK(*decoded == answers.size());
    Bytes written;
    for (std::size_t record = 0; record < answers.size(); ++record) {
      put_jq_answer(written, answers, record);
    }
    delivery::QueryAnswers again;
    again.reset(keys);
    SLUICE_CHECK(decode_jq_answers(written, keys, 1000, again) == *decoded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  JqFrames frames;
  frames.add(bytes);
  for (auto payload = frames.next(); payload && *payload; payload = frames.next()) {
    read(**payload);
  }
  read(bytes);
  return 0;
}
