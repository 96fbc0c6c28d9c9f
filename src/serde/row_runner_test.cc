// The loops of each instruction set, over the same records: at the ends of what can be read, with
// values other than expected, with shapes that change.
#include "serde/row_runner.h"

#include "base/random.h"
#include "json/tape.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::serde {
namespace {

using columnar::RowBatch;

constexpr const char* all_columns = "at timestamp, n int, d double, b boolean, t string";

std::string text_of(const columnar::Column& column, std::size_t value) {
  switch (column.storage()) {
    case columnar::Storage::boolean:
      return fmt::format("{}", column.fixed<std::uint8_t>()[value]);
    case columnar::Storage::int32:
      return fmt::format("{}", column.fixed<std::int32_t>()[value]);
    case columnar::Storage::int64:
      return fmt::format("{}", column.fixed<std::int64_t>()[value]);
    case columnar::Storage::float64:
      return fmt::format("{}", column.fixed<double>()[value]);
    default:
      return std::string(column.bytes(value));
  }
}

struct Fixture {
  // Each column has the value of its place in the shapes.
  explicit Fixture(const std::vector<std::string>& shapes, const char* columns = all_columns)
      : schema(columnar::parse_columns(columns).value()), batch(schema) {
    RowSources sources;
    for (std::uint32_t value = 0; value < schema.columns.size(); ++value) {
      sources.fields.push_back({value});
    }
    for (const columnar::Field& column : schema.columns) {
      known.fields.emplace_back(column.type, true);
    }
    for (const std::string& record : shapes) {
      json::Tape tape;
      EXPECT_TRUE(tape.parse(record).has_value());
      json::Shape shape;
      EXPECT_TRUE(shape.learn(record, *tape.documents().begin()));
      EXPECT_TRUE(known.programs.emplace_back().compile(shape, sources, known.fields, known.trees));
    }
  }

  // Rows, and what was left of the text.
  std::string run_lines(json::InstructionSet set, ByteView text) {
    open(1000);
    const RunLength run = row_runner(set).run_lines(known, text, 1000);
    close(run.rows);
    return fmt::format("{} {}", run.bytes, run.has_missed);
  }

  std::string run_records(json::InstructionSet set, std::span<const ByteView> records) {
    open(records.size());
    const RunLength run = row_runner(set).run_records(known, records);
    close(run.rows);
    return fmt::format("{} {}", run.bytes, run.has_missed);
  }

  // By programs alone: what layouts there are is forgotten before each record.
  std::string run_one_by_one(json::InstructionSet set, std::span<const ByteView> records) {
    RunLength whole;
    for (const ByteView& record : records) {
      for (RowProgram& program : known.programs) {
        program.layouts() = RowLayouts();
      }
      open(1);
      const RunLength run = row_runner(set).run_records(known, std::span(&record, 1));
      close(run.rows);
      whole.bytes += run.bytes;
      whole.has_missed = run.has_missed;
      if (run.has_missed) {
        break;
      }
    }
    return fmt::format("{} {}", whole.bytes, whole.has_missed);
  }

  void open(std::size_t rows) {
    for (std::size_t column = 0; column < known.fields.size(); ++column) {
      known.fields[column].open(batch.column(column), rows);
    }
  }

  void close(std::size_t rows) {
    for (RowSink& sink : known.fields) {
      sink.close(rows);
    }
    batch.end_rows(rows);
  }

  std::string rows() const {
    std::string out = fmt::format("{}", batch.rows());
    for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
      const columnar::Column& column = batch.column(leaf);
      out += " |";
      for (std::size_t value = 0; value < column.values(); ++value) {
        out += " " + text_of(column, value);
      }
      for (const std::uint8_t level : column.definition_levels()) {
        out += level == 0 ? "-" : "+";
      }
    }
    return out;
  }

  columnar::Schema schema;
  RowBatch batch;
  KnownRows known;
};

const std::vector<std::string> shapes = {
    R"({"at":"2025-07-15T17:10:33.123456","n":12,"d":1.25,"b":true,"t":"words"})",
    R"({ "at" : "2025-07-15T17:10:33.123456", "n" : 12, "d" : 1.25, "b" : true, "t" : "words" })"};

std::string record_of(SeededRandom& random) {
  const auto pick = [&](std::initializer_list<const char*> usual,
                        std::initializer_list<const char*> odd) {
    const auto& from = random.below(12) == 0 ? odd : usual;
    return std::string(from.begin()[random.below(from.size())]);
  };
  const std::string at =
      pick({"\"2025-07-15T01:02:03.123456\"", "\"2025-07-15T23:59:59.000001\""},
           {"null", "\"2025-07-16T01:02:03.5\"", "1752599433", "\"2025-07-15T25:00:00\"", "\"x\""});
  const std::string n =
      pick({"1", "-1", "0", "1234567"}, {"null", "12345678901", "01", "1.0", "\"5\"", "-", "true"});
  const std::string d = pick({"0.5", "-1.25", "123456.789", "7"},
                             {"null", "1e3", "0.1234567890123456789", "1.", ".5", "-0.0"});
  const std::string b = pick({"true", "false"}, {"null", "tru", "\"true\"", "truE"});
  const std::string t =
      pick({"\"a\"", "\"\"", "\"some more words than fit into one wide step of it\""},
           {"null", "12", "\"\xc3\xa9\"", "\"\\n\"", "\"\x01\"", "[1]"});
  return random.below(3) == 0
             ? fmt::format(
                   R"({{ "at" : {}, "n" : {}, "d" : {}, "b" : {}, "t" : {} }})", at, n, d, b, t)
             : fmt::format(R"({{"at":{},"n":{},"d":{},"b":{},"t":{}}})", at, n, d, b, t);
}

TEST(RowRunner, EveryInstructionSetGivesTheSameRowsOfLinesAndOfRecords) {
  SeededRandom random(17);
  std::size_t rows = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    std::vector<std::string> separate;
    for (std::uint64_t count = random.below(12); count > 0; --count) {
      separate.push_back(record_of(random));
      text += separate.back() + (random.below(20) == 0 ? " \r\n" : "\n");
    }
    text.resize(text.size() -
                std::min<std::size_t>(text.size(), random.below(4) == 0 ? random.below(90) : 0));
    text.shrink_to_fit();  // a read too far is then seen by the sanitizer
    const std::vector<ByteView> views(separate.begin(), separate.end());
    Fixture portable(shapes);
    const std::string run_lines = portable.run_lines(json::InstructionSet::portable, text);
    const std::string run_records = portable.run_records(json::InstructionSet::portable, views);
    for (const json::InstructionSet set : json::instruction_sets()) {
      Fixture given(shapes);
      ASSERT_EQ(given.run_lines(set, text), run_lines) << text;
      ASSERT_EQ(given.run_records(set, views), run_records) << text;
      ASSERT_EQ(given.rows(), portable.rows()) << text;
    }
    rows += portable.batch.rows();
  }
  EXPECT_GT(rows, 3000U);
}

const std::vector<std::string> short_shapes = {
    R"({"at":"2025-07-15T17:10:33.123456","n":12,"big":1700000000000,"t":"words","skipped":""})"};
constexpr const char* short_columns = "at timestamp, n tinyint, big bigint, t string";

// A record of few lengths, mostly.
std::string short_record_of(SeededRandom& random) {
  const bool is_odd = random.below(40) == 0;
  const auto number = [&](std::initializer_list<const char*> odd) {
    return is_odd ? std::string(odd.begin()[random.below(odd.size())])
                  : fmt::format("{}", 98 + random.below(4));
  };
  const std::string at =
      is_odd && random.below(3) == 0
          ? "2025-07-15T17:10:33.1"
          : fmt::format("2025-07-15T17:10:{:02}.{:06}", random.below(61), random.below(1'000'000));
  const std::string n = number({"null", "-98", "098", "9x", "9.5", "99999", "128"});
  const std::string big = "1700000000" + number({"00", "0a0", "1234", "123456789012345"});
  const std::string t = is_odd ? "a\\nb" : std::string("some words").substr(random.below(2));
  return fmt::format(R"({{"at":"{}","n":{},"big":{},"t":"{}","skipped":"{}"}})", at, n, big, t, t);
}

// The records of a text, line ends included.
std::vector<ByteView> records_in(ByteView text) {
  std::vector<ByteView> records;
  for (; !text.empty(); text.remove_prefix(records.back().size())) {
    records.push_back(text.substr(0, text.find('\n') + 1));
  }
  return records;
}

TEST(RowRunner, LinesAndRecordsOfKnownLengthsGiveTheRowsOfTheProgramsAlone) {
  SeededRandom random(23);
  std::size_t rows = 0;
  for (int round = 0; round < 500; ++round) {
    std::string text;
    std::vector<std::string> separate;
    for (std::uint64_t count = random.below(100); count > 0; --count) {
      separate.push_back(short_record_of(random));
      text += separate.back() + (random.below(200) == 0 ? "\r\n" : "\n");
    }
    text.shrink_to_fit();  // a read too far is then seen by the sanitizer
    const std::vector<ByteView> apart(separate.begin(), separate.end());
    const std::vector<ByteView> side_by_side = records_in(text);
    std::vector<ByteView> mixed;
    for (std::size_t i = 0; i < apart.size(); ++i) {
      mixed.push_back((i / 8) % 2 == 0 ? apart[i] : side_by_side[i]);
    }
    Fixture alone(short_shapes, short_columns);
    alone.run_one_by_one(json::InstructionSet::portable, apart);
    for (const json::InstructionSet set : json::instruction_sets()) {
      Fixture lines(short_shapes, short_columns);
      lines.run_lines(set, text);
      ASSERT_EQ(lines.rows(), alone.rows()) << text;
      for (const auto& records : {apart, side_by_side, mixed}) {
        Fixture given(short_shapes, short_columns);
        given.run_records(set, records);
        ASSERT_EQ(given.rows(), alone.rows()) << text;
      }
    }
    rows += alone.batch.rows();
  }
  EXPECT_GT(rows, 5000U);
}

TEST(RowRunner, AnyByteOfALineOrRecordOfKnownLengthIsReadAsByTheProgramAlone) {
  const std::string line =
      R"({"at":"2025-07-15T17:10:33.123456","n":120,"big":123456789012345,"t":"words","skipped":"a"})"
      "\n";
  const std::string bytes("\0\t\n\r \"\\/019:-+.,eZ}\x1f\x7f\x80\xc3\xff", 24);
  for (const json::InstructionSet set : json::instruction_sets()) {
    for (std::size_t at = 0; at < line.size(); ++at) {
      for (const char byte : bytes) {
        std::string changed = line;
        changed[at] = byte;
        const std::string text = line + line + changed + line + line + line;
        Fixture expected(short_shapes, short_columns);
        Fixture lines(short_shapes, short_columns);
        Fixture records(short_shapes, short_columns);
        const std::string run = expected.run_one_by_one(set, records_in(text));
        ASSERT_EQ(lines.run_lines(set, text), run) << at << " " << int{byte};
        ASSERT_EQ(records.run_records(set, records_in(text)), run) << at << " " << int{byte};
        for (Fixture* const given : {&lines, &records}) {
          ASSERT_EQ(given->rows(), expected.rows()) << at << " " << int{byte};
          ASSERT_FALSE(given->known.programs[0].layouts().is_empty());
        }
      }
    }
  }
}

TEST(RowRunner, LinesOfKnownLengthAreReadWhereverTheTextEnds) {
  std::string whole;
  for (int line = 0; line < 8; ++line) {
    whole += short_shapes[0] + "\n";
  }
  for (const json::InstructionSet set : json::instruction_sets()) {
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
      // Memory of just that size, so that a read too far is seen by the sanitizer.
      const std::vector<char> text(whole.begin(),
                                   whole.begin() + static_cast<std::ptrdiff_t>(bytes));
      Fixture fixture(short_shapes, short_columns);
      fixture.run_lines(set, ByteView(text.data(), text.size()));
      ASSERT_EQ(fixture.batch.rows(), bytes / (short_shapes[0].size() + 1)) << bytes;
    }
  }
}

TEST(RowRunner, RecordsSideBySideAreNotReadAcrossTheirEnds) {
  // The first lacks its brace, which the second seems to bring.
  const std::string text = shapes[0].substr(0, shapes[0].size() - 1) + "}" + shapes[0];
  const ByteView whole(text);
  const std::size_t cut = shapes[0].size() - 1;
  const std::vector<ByteView> views = {whole.substr(0, cut), whole.substr(cut)};
  Fixture fixture(shapes);
  fixture.run_records(json::best_instruction_set(), views);
  EXPECT_EQ(fixture.batch.rows(), 0U);
}

}  // namespace
}  // namespace sluice::serde
