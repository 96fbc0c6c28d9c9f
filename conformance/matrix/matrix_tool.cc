// matrix_tool FOLDER < COMBINATIONS
//
// For each line of standard input (matrix/combination.h) writes FOLDER/NAME.parquet and, from the
// same rows but without the writer, FOLDER/NAME.jsonl (matrix/expected.h).
#include "base/file_system.h"
#include "matrix/cells.h"
#include "matrix/combination.h"
#include "matrix/expected.h"
#include "matrix/shred.h"
#include "parquet/byte_sink.h"
#include "parquet/file_writer.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

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

Result<void> make(FileSystem& files, const std::string& folder, std::string_view line) {
  SLUICE_TRY(wanted, parse_combination(line));
  RowSource source(wanted.schema, wanted.style, wanted.seed);
  MemorySink sink;
  parquet::FileWriter writer(wanted.schema, wanted.writer, sink);
  writer.add_metadata("matrix", wanted.name);
  columnar::RowBatch batch(wanted.schema);
  std::string expected;
  for (std::uint64_t row = 0; row < wanted.rows; ++row) {
    const std::vector<Cell> cells = source.next();
    append_expected(wanted.schema, cells, wanted.writer.physical.timestamp, expected);
    shred(wanted.schema, cells, batch);
    if (batch.rows() == wanted.batch_rows) {
      SLUICE_TRY_DO(writer.append(batch));
      batch.clear();
    }
  }
  SLUICE_TRY_DO(writer.append(batch));
  SLUICE_TRY_DO(writer.finish());
  SLUICE_TRY_DO(store(files, join_path(folder, wanted.name + ".parquet"), sink.bytes()));
  return store(files, join_path(folder, wanted.name + ".jsonl"), expected);
}

int run(const std::string& folder) {
  const std::unique_ptr<FileSystem> files = make_posix_file_system();
  std::string line;
  while (std::getline(std::cin, line)) {
    if (Result<void> made = make(*files, folder, line); !made) {
      fmt::print(stderr, "matrix_tool: {}: {}\n", line, made.error().message());
      return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace sluice::matrix

int main(int count, char** words) {
  if (count != 2) {
    fmt::print(stderr, "usage: matrix_tool FOLDER < COMBINATIONS\n");
    return 2;
  }
  return sluice::matrix::run(words[1]);
}
