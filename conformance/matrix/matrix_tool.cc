// matrix_tool write FOLDER < COMBINATIONS
// matrix_tool read < PATHS
//
// The first writes for each line of standard input (matrix/combination.h) FOLDER/NAME.parquet and,
// from the same rows but without the writer, FOLDER/NAME.jsonl (matrix/expected.h); with the option
// json no Parquet file but FOLDER/NAME.json, from which a converter is to make it.  The second
// prints what our reader reads of each file (matrix/read_back.h).
#include "base/file_system.h"
#include "matrix/cells.h"
#include "matrix/combination.h"
#include "matrix/expected.h"
#include "matrix/json_rows.h"
#include "matrix/read_back.h"
#include "matrix/shred.h"
#include "parquet/byte_sink.h"
#include "parquet/file_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace sluice::matrix {
namespace {

class MemorySink final : public parquet::ByteSink {
 public:
  Result<void> append(ByteView bytes) override {
    bytes_.append(bytes);
    return {};
  }

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Result<void> store(FileSystem& files, const std::string& path, ByteView bytes) {
  SLUICE_TRY(file, files.open(path, OpenMode::create));
  return file->write_at(0, bytes);
}

using Row = std::vector<Cell>;

// As the writer is to write them: sorted as far as they come to one writer.
void put_in_order(const Combination& wanted, std::vector<Row>& rows) {
  const std::size_t run_rows = wanted.parked_rows > 0 ? wanted.parked_rows : rows.size();
  for (std::size_t first = 0; first < rows.size(); first += run_rows) {
    const std::span run = std::span(rows).subspan(first, std::min(run_rows, rows.size() - first));
    if (wanted.sort == Sort::row_descending) {
      std::ranges::reverse(run);
    } else if (wanted.sort == Sort::key) {
      // Equal ones stay in their order, which "row" in front tells.
      const auto place = [](const Row& row) {
        return std::tuple(row.back().is_null, row.back().number, row.front().number);
      };
      std::ranges::sort(run, std::less(), place);
    }
  }
}

// One file, by one writer after the other.
class FileInParts {
 public:
  explicit FileInParts(const Combination& wanted)
      : wanted_(wanted), batch_(wanted.schema), writer_(make_writer()) {
    writer_->add_metadata("matrix", wanted.name);
  }

  Result<void> append(const Row& row) {
    shred(wanted_.schema, row, batch_);
    ++rows_;
    const bool is_parked = wanted_.parked_rows > 0 && rows_ % wanted_.parked_rows == 0;
    if (batch_.rows() == wanted_.batch_rows || is_parked) {
      SLUICE_TRY_DO(flush());
    }
    return is_parked ? change_writers() : Result<void>();
  }

  Result<Bytes> finish() {
    SLUICE_TRY_DO(flush());
    SLUICE_TRY_DO(writer_->finish());
    return sink_.bytes();
  }

 private:
  std::unique_ptr<parquet::FileWriter> make_writer() {
    return std::make_unique<parquet::FileWriter>(wanted_.schema, wanted_.writer, sink_);
  }

  Result<void> flush() {
    SLUICE_TRY_DO(writer_->append(batch_));
    batch_.clear();
    return {};
  }

  Result<void> change_writers() {
    SLUICE_TRY(state, writer_->park());
    writer_ = make_writer();
    return writer_->resume(state);
  }

  const Combination& wanted_;
  MemorySink sink_;
  columnar::RowBatch batch_;
  std::unique_ptr<parquet::FileWriter> writer_;
  std::size_t rows_ = 0;
};

Result<Bytes> parquet_of(const Combination& wanted, const std::vector<Row>& rows) {
  FileInParts file(wanted);
  for (const Row& row : rows) {
    SLUICE_TRY_DO(file.append(row));
  }
  return file.finish();
}

Result<void> make(FileSystem& files, const std::string& folder, std::string_view line) {
  SLUICE_TRY(wanted, parse_combination(line));
  RowSource source(wanted.schema, wanted.style, wanted.seed);
  std::vector<Row> rows(wanted.rows);
  std::string json;
  for (Row& row : rows) {
    row = source.next();
    if (wanted.is_json) {
      settle(wanted.schema, row);
      append_json_row(wanted.schema, row, json);
    }
  }
  const std::string path = join_path(folder, wanted.name);
  if (wanted.is_json) {
    SLUICE_TRY_DO(store(files, path + ".json", json));
  } else {
    SLUICE_TRY(parquet, parquet_of(wanted, rows));
    SLUICE_TRY_DO(store(files, path + ".parquet", parquet));
  }
  put_in_order(wanted, rows);
  std::string expected;
  for (const Row& row : rows) {
    append_expected(wanted.schema, row, wanted.writer.physical.timestamp, expected);
  }
  return store(files, path + ".jsonl", expected);
}

int write_all(FileSystem& files, const std::string& folder) {
  std::string line;
  while (std::getline(std::cin, line)) {
    if (Result<void> made = make(files, folder, line); !made) {
      fmt::print(stderr, "matrix_tool: {}: {}\n", line, made.error().message());
      return 1;
    }
  }
  return 0;
}

int read_all(FileSystem& files) {
  std::string path;
  while (std::getline(std::cin, path)) {
    const std::string line = read_back(files, path);
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
  return 0;
}

int run(const std::vector<std::string>& words) {
  const std::unique_ptr<FileSystem> files = make_posix_file_system();
  if (words.size() == 2 && words[0] == "write") {
    return write_all(*files, words[1]);
  }
  if (words.size() == 1 && words[0] == "read") {
    return read_all(*files);
  }
  fmt::print(stderr, "usage: matrix_tool write FOLDER < COMBINATIONS | read < PATHS\n");
  return 2;
}

}  // namespace
}  // namespace sluice::matrix

int main(int count, char** words) {
  return sluice::matrix::run(std::vector<std::string>(words + 1, words + count));
}
