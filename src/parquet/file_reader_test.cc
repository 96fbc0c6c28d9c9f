// Opening files: what is no file is refused by name, files of other programs are read, damage is
// safe.
#include "parquet/file_reader.h"

#include "parquet/batch_for_test.h"
#include "parquet/format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace sluice::parquet {

namespace {

Bytes small_file() {
  const columnar::Schema schema = schema_of("time bigint, note string, tags array<int>");
  SeededRandom random(1);
  columnar::RowBatch batch(schema);
  RowMaker maker(schema, random, {.null_percent = 20, .distinct = 9});
  for (int i = 0; i < 60; ++i) {
    maker.append(batch);
  }
  WriterOptions options;
  options.page_rows_max = 25;
  return file_of(schema, options, {&batch});
}

TEST(FileReader, WhatIsNoFileIsRefusedByName) {
  const Bytes file = small_file();
  Bytes encrypted = file;
  encrypted.replace(encrypted.size() - 4, 4, encrypted_magic);
  Bytes long_footer = file;
  store_le(long_footer.data() + file.size() - 8, std::uint32_t{0x7fffffff});
  Bytes no_footer = file;
  store_le(no_footer.data() + file.size() - 8, std::uint32_t{0});

  struct Case {
    Bytes bytes;
    Fault fault;
    std::string_view complaint;
  };

  const Case cases[] = {
      {"", Fault::corrupt, "0 bytes are too few"},
      {"PAR1PAR1", Fault::corrupt, "8 bytes are too few"},
      {Bytes(100, 'x'), Fault::corrupt, "does not begin and end with PAR1"},
      {file.substr(1), Fault::corrupt, "does not begin and end with PAR1"},
      {file.substr(0, file.size() - 1), Fault::corrupt, "does not begin and end with PAR1"},
      {encrypted, Fault::unsupported, "encrypted"},
      {long_footer, Fault::corrupt, "a footer of 2147483647 bytes in a file with room for"},
      {no_footer, Fault::corrupt, "a footer of 0 bytes"},
  };
  for (const Case& each : cases) {
    const Result<FileReader> reader = FileReader::open(each.bytes);
    ASSERT_FALSE(reader) << each.complaint;
    EXPECT_EQ(reader.error().fault(), each.fault);
    EXPECT_THAT(reader.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
  const Result<FileReader> limited = FileReader::open(file, {.footer_bytes_max = 10});
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().fault(), Fault::too_large);
}

// Opens `bytes` and reads all that there is; how many columns could be read.
std::size_t read_all(ByteView bytes) {
  const Result<FileReader> reader =
      FileReader::open(bytes, {.footer_bytes_max = 1 << 20, .chunk_bytes_max = 1 << 22});
  std::size_t columns = 0;
  for (std::size_t group = 0; reader && group < reader->metadata().row_groups.size(); ++group) {
    for (std::size_t leaf = 0; leaf < reader->schema().leaves.size(); ++leaf) {
      static_cast<void>(reader->read_column_index(group, leaf));
      static_cast<void>(reader->read_offset_index(group, leaf));
      columns += reader->read_column(group, leaf) ? 1 : 0;
    }
  }
  return columns;
}

TEST(FileReader, EveryCutAndAnyFlipIsSafe) {
  const Bytes whole = small_file();
  EXPECT_EQ(read_all(whole), 3U);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_EQ(read_all(ByteView(whole).substr(0, length)), 0U);
  }
  SeededRandom random(1);
  for (int i = 0; i < 3'000; ++i) {
    Bytes flipped = whole;
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      flipped[random.below(flipped.size())] = static_cast<char>(random.next());
    }
    static_cast<void>(read_all(flipped));
  }
}

TEST(FileReader, AFlipInAPageIsFoundByItsChecksum) {
  Bytes file = small_file();
  const Result<FileReader> intact = FileReader::open(file);
  ASSERT_TRUE(intact);
  const ColumnMetaData column = intact->metadata().row_groups[0].columns[0].meta_data;
  const auto last =
      static_cast<std::size_t>(first_page_offset(column) + column.total_compressed_size - 1);
  file[last] = static_cast<char>(file[last] ^ 1);
  const Result<FileReader> damaged = FileReader::open(file);
  ASSERT_TRUE(damaged) << "the footer is whole";
  const Result<columnar::Column> read = damaged->read_column(0, 0);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(),
              testing::HasSubstr("row group 0, column time: a page's checksum"));
  EXPECT_TRUE(damaged->read_column(0, 1));
}

// A file that says it is longer than it is.
class ShrunkFile final : public File {
 public:
  explicit ShrunkFile(Bytes bytes) : bytes_(std::move(bytes)) {}

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    if (offset < bytes_.size()) {
      out.append(bytes_, static_cast<std::size_t>(offset), count);
    }
    return {};
  }

  Result<void> write_at(std::uint64_t, ByteView) override { return fail(Fault::io, "read only"); }

  Result<void> sync() override { return {}; }

  Result<void> truncate(std::uint64_t) override { return fail(Fault::io, "read only"); }

  Result<std::uint64_t> size() const override { return bytes_.size() + missing; }

  std::uint64_t missing = 0;

 private:
  Bytes bytes_;
};

TEST(FileReader, AFileIsReadThroughItsInterface) {
  ShrunkFile file(small_file());
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->file_bytes(), *file.size());
  EXPECT_GT(reader->footer_bytes(), 0U);
  const Result<columnar::Column> column = reader->read_column(0, 0);
  ASSERT_TRUE(column) << column.error().message();
  EXPECT_EQ(column->entries(), 60U);
  file.missing = 1;
  const Result<FileReader> shrunk = FileReader::open(file);
  ASSERT_FALSE(shrunk);
  EXPECT_THAT(shrunk.error().message(), testing::HasSubstr("became shorter"));
}

std::vector<std::filesystem::path> sample_files(std::string_view folder) {
  std::vector<std::filesystem::path> files;
  const char* data = std::getenv("SLUICE_TEST_DATA");
  if (data == nullptr) {
    return files;
  }
  const std::filesystem::path root = std::filesystem::path(data) / "parquet-testing" / folder;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    if (entry.path().extension() == ".parquet") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Bytes load(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

TEST(FileReader, MetadataOfFilesOfOtherProgramsIsRead) {
  const auto files = sample_files("data");
  std::size_t columns = 0;
  std::size_t readable = 0;
  for (const auto& path : files) {
    const Bytes bytes = load(path);
    const Result<FileReader> reader = FileReader::open(bytes);
    ASSERT_TRUE(reader) << path << ": " << reader.error().message();
    for (const RowGroup& group : reader->metadata().row_groups) {
      columns += group.columns.size();
    }
    readable += read_all(bytes);
  }
  std::cout << files.size() << " files of other programs, " << readable << " of " << columns
            << " column chunks could be read back\n";
}

// How files end that once crashed some reader: which chunks can be read, and what is said of the
// others.
TEST(FileReader, FilesThatOnceCrashedReadersEndInErrorsOrRows) {
  struct Case {
    std::string_view file;
    std::size_t readable;  // chunks
    std::string_view complaint;
  };

  const Case cases[] = {
      {"ARROW-GH-41317", 0, "file metadata: field 2 is a list of type 4"},
      {"ARROW-GH-41321", 206, "row group 0, column int64: "},
      {"ARROW-GH-43605", 1, ""},  // indices of no bits: all are the first value
      {"ARROW-GH-45185", 0, "goes on with a row that never began"},
      {"ARROW-GH-47662", 0, "100 values do not fit in the 364 bytes left in the page"},
      {"ARROW-RS-GH-6229-DICTHEADER", 0, "column name: its 322 bytes from 129 on lie outside"},
      {"ARROW-RS-GH-6229-LEVELS", 0, "a page of 21 entries where 1 are left"},
      {"PARQUET-1481", 0, "physical type -7 is unknown"},
  };
  const auto files = sample_files("bad_data");
  for (const auto& path : files) {
    const auto wanted = std::find_if(std::begin(cases), std::end(cases), [&](const Case& each) {
      return path.stem() == each.file;
    });
    ASSERT_NE(wanted, std::end(cases)) << path;
    const Bytes bytes = load(path);
    const Result<FileReader> reader = FileReader::open(bytes);
    std::string complaint = reader ? "" : reader.error().message();
    std::size_t readable = 0;
    for (std::size_t group = 0; reader && group < reader->metadata().row_groups.size(); ++group) {
      for (std::size_t leaf = 0; leaf < reader->schema().leaves.size(); ++leaf) {
        const Result<columnar::Column> column = reader->read_column(group, leaf);
        readable += column ? 1 : 0;
        complaint = column || !complaint.empty() ? complaint : column.error().message();
      }
    }
    EXPECT_EQ(readable, wanted->readable) << path;
    EXPECT_THAT(complaint, testing::HasSubstr(std::string(wanted->complaint))) << path;
  }
  std::cout << files.size() << " damaged files\n";
}

}  // namespace

}  // namespace sluice::parquet
