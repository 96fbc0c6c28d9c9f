// What the footer, the page headers, the page index and the bloom filter claim of one column chunk,
// compared with its values.
#pragma once

#include "columnar/column.h"
#include "parquet/file_reader.h"
#include "parquet/verify.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::parquet {

// Counts claims about one place and notes those that do not hold; a place with nothing right is cut
// short.
class Claims {
 public:
  Claims(std::string where, Verification& out) : where_(std::move(where)), out_(out) {}

  void hold(bool is_true, std::string_view what) {
    ++out_.claims;
    if (!is_true) {
      fail(std::string(what));
    }
  }

  // The number `name` is claimed to be.
  void equal(std::string_view name, std::int64_t claimed, std::int64_t counted) {
    ++out_.claims;
    if (claimed != counted) {
      fail(fmt::format("{} is {}, but there are {}", name, claimed, counted));
    }
  }

  void fail(std::string what) {
    if (failed_++ < failures_max) {
      out_.contradictions.push_back(fmt::format("{}: {}", where_, what));
    }
  }

 private:
  static constexpr std::size_t failures_max = 10;

  std::string where_;
  Verification& out_;
  std::size_t failed_ = 0;
};

// `column` is the chunk as it was read.
void verify_chunk(const FileReader& file,
                  std::size_t group,
                  std::size_t leaf,
                  const columnar::Column& column,
                  Claims& claims,
                  Verification& out);

}  // namespace sluice::parquet
