// Results as objects: the CSV that Athena writes under the output location, the object with its
// columns beside it, and pages read from both.
//
//   <location>/<id>.csv            "a","b" | "1","x" | "2",      values in quotes, NULL is nothing
//   <location>/<id>.txt            rows of SHOW, DESCRIBE and DDL, one a line
//   <location>/<id>.csv.metadata   {"columns":[{"name":...,"type":...},...]}
//
// A page is read from the object whenever it is asked for, so that results of any size cost no
// memory, and are gone when somebody deletes the object (as in Athena).
#pragma once

#include "base/result.h"
#include "query/athena_values.h"
#include "query/engine.h"
#include "s3/local_store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// A page ends after this many bytes of its CSV, whatever number of rows was asked for.
inline constexpr std::uint64_t page_bytes_max = std::uint64_t{8} << 20;

// Where a result is: an object in a bucket.
struct ResultPlace {
  std::string bucket;
  std::string key;  // with .csv or .txt at its end

  std::string url() const;  // "s3://bucket/key"
};

// "s3://bucket/folder/" and the object's name.  Fault::invalid when it is no such location.
Result<ResultPlace> place_in(std::string_view location, std::string_view name);

// The other way round, for a place that url() gave.
Result<ResultPlace> parse_place(std::string_view url);

// Writes one result.  One thread at a time; unless finish() succeeds there is no object.
class ResultWriter {
 public:
  // Fault::missing without the bucket.  Borrows the store.
  static Result<std::unique_ptr<ResultWriter>> start(s3::LocalStore& store, ResultPlace place);

  // CSV: the header, then rows.
  Result<void> begin(std::span<const ResultColumn> columns);
  Result<void> row(std::span<const std::optional<std::string_view>> values);

  // Text: the columns, then lines.
  void begin_text(std::vector<AthenaColumn> columns) { columns_ = std::move(columns); }

  Result<void> line(std::string_view text);

  Result<void> finish();

 private:
  ResultWriter(s3::LocalStore& store, ResultPlace place)
      : store_(store), place_(std::move(place)) {}

  Result<void> flush(std::size_t bytes_min);

  s3::LocalStore& store_;
  ResultPlace place_;
  std::unique_ptr<s3::Upload> upload_;
  std::vector<AthenaType> types_;
  std::vector<AthenaColumn> columns_;
  std::string buffer_;
  std::string value_;
};

struct ResultPage {
  std::vector<AthenaColumn> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // of a CSV, the header among them
  std::optional<std::uint64_t> next;  // where the next page begins; none: this was the last
};

// The page of at most `rows_max` rows from byte `start` on.  Fault::missing when the object is
// gone, Fault::invalid for a start beyond its end, Fault::corrupt when it is not as we wrote it.
Result<ResultPage> read_result_page(s3::LocalStore& store,
                                    const ResultPlace& place,
                                    std::uint64_t start,
                                    std::size_t rows_max);

}  // namespace sluice::query
