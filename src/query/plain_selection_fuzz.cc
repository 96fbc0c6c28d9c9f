// Any bytes as records, one a line and the first twice: what a plain selection answers, jq answers.
#include "base/check.h"
#include "query/jq_second_opinion.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static sluice::query::SecondOpinion opinion(R"({a, c: .b.c, "é": .a["é"].b, s: .s[1:4]})");
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const std::string_view record = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(record.size() + 1, text.size()));
    for (int round = 0; round < 2; ++round) {
      const std::string disagreement = opinion.disagreement_about(record);
      if (!disagreement.empty()) {
        std::fprintf(stderr, "%s\n", disagreement.c_str());
      }
      SLUICE_CHECK(disagreement.empty());
    }
  }
  return 0;
}
