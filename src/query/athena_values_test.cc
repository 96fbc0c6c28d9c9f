// Values and types, from the engine's form to Athena's.
#include "query/athena_values.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

std::string shown(std::string_view type, std::string_view text) {
  std::string out;
  AthenaType::parse(type).append(out, text);
  return out;
}

TEST(AthenaValues, are_shown_as_athena_shows_them) {
  struct Case {
    std::string_view type;
    std::string_view engine;
    std::string_view athena;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"INTEGER", "7", "7"},
           {"VARCHAR", "it's [x]", "it's [x]"},
           {"BOOLEAN", "true", "true"},
           {"DOUBLE", "1.0", "1.0"},
           {"DOUBLE", "0.001", "0.001"},
           {"DOUBLE", "1e-07", "1.0E-7"},
           {"DOUBLE", "1e+20", "1.0E20"},
           {"DOUBLE", "12345678.0", "1.2345678E7"},
           {"DOUBLE", "-0.0", "-0.0"},
           {"DOUBLE", "nan", "NaN"},
           {"DOUBLE", "-inf", "-Infinity"},
           {"FLOAT", "1.1", "1.1"},
           {"DECIMAL(10,2)", "1.50", "1.50"},
           {"DATE", "2025-07-13", "2025-07-13"},
           {"TIMESTAMP", "2025-07-13 21:25:19", "2025-07-13 21:25:19.000"},
           {"TIMESTAMP", "2025-07-13 21:25:19.1234", "2025-07-13 21:25:19.123400"},
           {"TIMESTAMP_NS", "2025-07-13 21:25:19.123456789", "2025-07-13 21:25:19.123456789"},
           {"TIMESTAMP WITH TIME ZONE", "2025-07-13 21:25:19.5+00", "2025-07-13 21:25:19.500 UTC"},
           {"TIME", "01:02:03", "01:02:03.000"},
           {"BLOB", "\\x00ab\\xFF", "00 61 62 ff"},
           {"INTERVAL", "1 day", "1 00:00:00.000"},
           {"INTERVAL", "00:00:01.5", "0 00:00:01.500"},
           {"INTERVAL", "-00:00:30", "-0 00:00:30.000"},
           {"INTERVAL", "1 year 2 months", "1-2"},
           {"INTERVAL", "1 month 2 days", "1 month 2 days"},
           {"INTEGER[]", "[1, NULL, 3]", "[1, null, 3]"},
           {"INTEGER[]", "[]", "[]"},
           {"VARCHAR[]",
            R"([a, 'b, c', 'it\'s', '', 'NULL', NULL])",
            "[a, b, c, it's, , NULL, null]"},
           {"INTEGER[][]", "[[1], [2, 3]]", "[[1], [2, 3]]"},
           {"TIMESTAMP[]", "['2020-01-01 00:00:00.5']", "[2020-01-01 00:00:00.500]"},
           {"MAP(VARCHAR, INTEGER[])", "{'k=1'=[1, 2], a=NULL}", "{k=1=[1, 2], a=null}"},
           {"STRUCT(a INTEGER, \"b c\" VARCHAR)", "{'a': 1, 'b c': 'x, y'}", "{a=1, b c=x, y}"},
           {"STRUCT(a STRUCT(b INTEGER))", "{'a': {'b': NULL}}", "{a={b=null}}"},
           {"STRUCT(INTEGER, DECIMAL(3,1))", "(1, 1.5)", "{field0=1, field1=1.5}"},
           {"STRUCT(a TIMESTAMP WITH TIME ZONE)",
            "{'a': '2020-01-01 00:00:00+00'}",
            "{a=2020-01-01 00:00:00.000 UTC}"},
           {"INTEGER[]", "[1, oops", "[1, oops"},
       }) {
    EXPECT_EQ(shown(one.type, one.engine), one.athena) << one.type << " " << one.engine;
  }
}

TEST(AthenaValues, types_have_athenas_names_and_figures) {
  struct Case {
    std::string_view engine;
    std::string_view athena;
    std::int64_t precision;
    std::int64_t scale;
    bool is_case_sensitive;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"INTEGER", "integer", 10, 0, false},
           {"BIGINT", "bigint", 19, 0, false},
           {"HUGEINT", "bigint", 19, 0, false},
           {"UTINYINT", "smallint", 5, 0, false},
           {"DOUBLE", "double", 17, 0, false},
           {"FLOAT", "float", 17, 0, false},
           {"VARCHAR", "varchar", 2147483647, 0, true},
           {"ENUM('a', 'b')", "varchar", 2147483647, 0, true},
           {"BOOLEAN", "boolean", 0, 0, false},
           {"DATE", "date", 0, 0, false},
           {"TIMESTAMP", "timestamp", 3, 0, false},
           {"TIMESTAMP_MS", "timestamp", 3, 0, false},
           {"TIMESTAMP WITH TIME ZONE", "timestamp with time zone", 3, 0, false},
           {"DECIMAL(18,3)", "decimal", 18, 3, false},
           {"DECIMAL(18,3)[]", "array", 0, 0, false},
           {"MAP(VARCHAR, INTEGER)", "map", 0, 0, false},
           {"STRUCT(a INTEGER)", "row", 0, 0, false},
           {"JSON", "json", 0, 0, false},
           {"BLOB", "varbinary", 1073741824, 0, false},
           {"\"NULL\"", "unknown", 0, 0, false},
       }) {
    const AthenaColumn column = AthenaType::parse(one.engine).column("c");
    EXPECT_EQ(column.name, "c");
    EXPECT_EQ(column.type, one.athena) << one.engine;
    EXPECT_EQ(column.precision, one.precision) << one.engine;
    EXPECT_EQ(column.scale, one.scale) << one.engine;
    EXPECT_EQ(column.is_case_sensitive, one.is_case_sensitive) << one.engine;
  }
}

}  // namespace
}  // namespace sluice::query
