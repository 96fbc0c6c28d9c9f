// Lines as the error output has them, and files that only look like it.
#include "proof/error_lines.h"

#include "base/memory_file_system.h"
#include "delivery/error_record.h"
#include "stream/sequence_number.h"

#include <gtest/gtest.h>

namespace sluice::proof {
namespace {

using delivery::Ordinal;

std::string line_of(std::uint32_t shard,
                    std::uint64_t ordinal,
                    std::int64_t created_ms = 1'000'000) {
  const std::string number =
      stream::sequence_text(stream::record_sequence(stream::ShardIndex(shard),
                                                    unix_millis(created_ms),
                                                    stream::Ordinal(ordinal),
                                                    unix_millis(2'000'000)));
  delivery::ConversionFailure failure;
  failure.error_code = "DataFormatConversion.ParseError";
  failure.raw_data = "{";
  failure.sequence_number = number;
  Bytes line;
  delivery::ErrorRecords({}).append_line(line, failure);
  return line;
}

auto read(const std::string& text) {
  MemoryFileSystem files;
  EXPECT_TRUE(replace_file(files, "lines", text));
  auto file = files.open("lines", OpenMode::read);
  EXPECT_TRUE(file.has_value());
  return read_error_lines(**file);
}

TEST(ErrorLines, TellShardsAndOrdinalsOfTheirRecords) {
  const auto found = read(line_of(0, 5) + line_of(3, 1) + line_of(0, 7));
  ASSERT_TRUE(found.has_value() && found->has_value());
  delivery::OrdinalSet of_0;
  of_0.add(Ordinal(5));
  of_0.add(Ordinal(7));
  delivery::OrdinalSet of_3;
  of_3.add(Ordinal(1));
  EXPECT_EQ(**found, (ErrorLines{{0, {1000, of_0}}, {3, {1000, of_3}}}));
}

TEST(ErrorLines, OtherFilesAreNone) {
  for (const std::string& text : {std::string(),
                                  std::string("{\"sequenceNumber\":\"1\"}\n"),
                                  line_of(0, 5) + "raw\n",
                                  line_of(0, 5) + line_of(0, 6, 2'000'000),
                                  line_of(0, 5) + line_of(0, 6).substr(0, 50)}) {
    const auto found = read(text);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, std::nullopt) << text;
  }
}

TEST(ErrorLines, AreReadOverThePiecesOfALongFile) {
  std::string text;
  for (std::uint64_t ordinal = 1; ordinal <= 4000; ++ordinal) {
    text += line_of(0, ordinal);
  }
  const auto found = read(text);
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->at(0).ordinals.count(), 4000U);
}

}  // namespace
}  // namespace sluice::proof
