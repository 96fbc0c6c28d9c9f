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

constexpr const char* columns = "at timestamp, n int, d double, b boolean, t string";

struct Fixture {
  explicit Fixture(const std::vector<std::string>& shapes)
      : schema(columnar::parse_columns(columns).value()), batch(schema) {
    for (const columnar::Field& column : schema.columns) {
      known.fields.emplace_back(column.type, true);
    }
    for (const std::string& record : shapes) {
      json::Tape tape;
      EXPECT_TRUE(tape.parse(record).has_value());
      json::Shape shape;
      EXPECT_TRUE(shape.learn(record, *tape.documents().begin()));
      EXPECT_TRUE(known.programs.emplace_back().compile(
          shape,
          {.fields = {{0}, {1}, {2}, {3}, {4}}, .trees = {}, .nulls = {}},
          known.fields,
          known.trees));
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
    const auto list = [&]<class T>(std::size_t column, T) {
      const columnar::Column& given = batch.column(column);
      for (std::size_t value = 0; value < given.values(); ++value) {
        out += fmt::format(" {}", given.fixed<T>()[value]);
      }
      for (const std::uint8_t level : given.definition_levels()) {
        out += level == 0 ? "-" : "+";
      }
    };
    list(0, std::int64_t{});
    list(1, std::int32_t{});
    list(2, double{});
    list(3, std::uint8_t{});
    for (std::size_t value = 0; value < batch.column(4).values(); ++value) {
      out += " " + std::string(batch.column(4).bytes(value));
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
    Fixture best(shapes);
    const json::InstructionSet set = json::best_instruction_set();
    ASSERT_EQ(portable.run_lines(json::InstructionSet::portable, text), best.run_lines(set, text))
        << text;
    ASSERT_EQ(portable.run_records(json::InstructionSet::portable, views),
              best.run_records(set, views))
        << text;
    ASSERT_EQ(portable.rows(), best.rows()) << text;
    rows += best.batch.rows();
  }
  EXPECT_GT(rows, 3000U);
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
