// What Athena's users write, and what the engine gets.
#include "query/trino_translate.h"

#include "query/trino_functions.h"
#include "query/trino_macros.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

std::string translated(std::string_view sql, const std::vector<std::string>& parameters = {}) {
  auto result = translate_trino(sql, parameters);
  return result ? result->sql : "error: " + result.error().message();
}

struct Case {
  std::string_view athena;
  std::string_view duckdb;
};

void expect_all(std::initializer_list<Case> cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(translated(one.athena), one.duckdb) << one.athena;
  }
}

TEST(TrinoTranslate, the_question_between_two_clock_times_of_today) {
  const std::string pattern = "'yyyy-MM-dd''T''HH:mm:ss.SSSSSS'";
  const std::string format = "'%Y-%m-%dT%H:%M:%S.%f'";
  EXPECT_EQ(translated("SELECT\n  MAX(heart_rate) AS max_heart_rate\n"
                       "FROM \"AwsDataCatalog\".\"hr_data\".\"hr_table\"\n"
                       "WHERE parse_datetime(timestamp, " +
                       pattern +
                       ") >=\n parse_datetime(date_format(current_date, '%Y-%m-%d') || "
                       "'T15:40:00.000000', " +
                       pattern + ");\n"),
            "SELECT\n  MAX(heart_rate) AS max_heart_rate\n"
            "FROM \"hr_data\".\"hr_table\"\n"
            "WHERE CAST(strptime(timestamp, " +
                format +
                ") AS TIMESTAMP WITH TIME ZONE) >=\n "
                "CAST(strptime(strftime(CAST(current_date AS TIMESTAMP), '%Y-%m-%d') || "
                "'T15:40:00.000000', " +
                format + ") AS TIMESTAMP WITH TIME ZONE)");
}

TEST(TrinoTranslate, strings_names_and_comments_are_left_alone) {
  expect_all({
      {"select 'date_format(x, ''%i'')' as x", "select 'date_format(x, ''%i'')' as x"},
      {"select \"cardinality(x)\" from t", "select \"cardinality(x)\" from t"},
      {"select a -- try(x) '\n, b /* ( */ from t", "select a  \n, b   from t"},
  });
}

TEST(TrinoTranslate, the_catalogs_name_goes) {
  expect_all({
      {"select t.a from awsdatacatalog.db.t", "select t.a from db.t"},
      {"select * from \"AwsDataCatalog\" . \"db\".\"t\"", "select * from \"db\".\"t\""},
      {"select awsdatacatalog from t", "select awsdatacatalog from t"},
  });
}

TEST(TrinoTranslate, columns_without_a_name_get_trinos) {
  expect_all({
      {"select a, 1, count(*), max(b) m from t",
       "select a, 1 AS \"_col1\", count(*) AS \"_col2\", max(b) m from t"},
      {"select a is null, t.a, a as b, -a",
       "select a is null AS \"_col0\", t.a, a as b, -a AS \"_col3\""},
      {"select distinct 'x'", "select distinct 'x' AS \"_col0\""},
      {"select interval '1' day", "select interval '1' day AS \"_col0\""},
      {"select case when a then b end, current_date",
       "select case when a then b end AS \"_col0\", current_date AS \"_col1\""},
      {"select *, 1 from t", "select *, 1 from t"},
      {"with c as (select 1) select 2 from c", "with c as (select 1) select 2 AS \"_col0\" from c"},
      {"(select 1)", "(select 1)"},
      {"select extract(year from d), sum(x) over w from t",
       "select extract(year from d) AS \"_col0\", sum(x) over w AS \"_col1\" from t"},
  });
}

TEST(TrinoTranslate, functions_become_the_engines) {
  expect_all({
      {"select approx_distinct(a, 0.1) as x", "select approx_count_distinct(a) as x"},
      {"select CARDINALITY( a ) as x", "select trino_cardinality(a) as x"},
      {"select if(a, b, c) as x", "select CASE WHEN a THEN b ELSE c END as x"},
      {"select element_at(m, 'k') as x", "select (m)['k'] as x"},
      {"select concat(a, b, c) as x", "select (a || b || c) as x"},
      {"select greatest(a, b) as x", "select trino_null_if_any([a, b], greatest(a, b)) as x"},
      {"select json_extract_scalar(j, '$[\"a b\"].c') as x",
       "select trino_json_extract_scalar(j, '$.\"a b\".c') as x"},
      {"select json_array_get(j, 1) as x", "select json_extract(j, '$[' || (1) || ']') as x"},
      {"select listagg(a, ',') within group (order by b) as x",
       "select string_agg(a, ',' order by b) as x"},
      {"select count(distinct a) filter (where b) as x",
       "select count(distinct a) filter (where b) as x"},
      {"select my_own(cardinality(a)) as x", "select my_own(trino_cardinality(a)) as x"},
      {"with month(a) as (select 1) select a from month",
       "with month(a) as (select 1) select a from month"},
      {"select a from t as date (a)", "select a from t as date (a)"},
  });
}

TEST(TrinoTranslate, lambdas) {
  expect_all({
      {"select filter(a, x -> x > 1) as y", "select list_filter(a, lambda x: x > 1) as y"},
      {"select transform(a, x -> transform(b, y -> x + y)) as z",
       "select list_transform(a, lambda x: list_transform(b, lambda y: x + y)) as z"},
      {"select reduce(a, 0, (s, x) -> s + x, s -> s) as y",
       "select list_transform([list_reduce(a, lambda s, x: s + x, 0)], lambda s: s)[1] as y"},
      {"select reduce(a, 0, x, s -> s) as y",
       "error: line 1:8: argument 3 of reduce is a lambda, with its parameters in brackets: (x, y) "
       "-> ..."},
      {"select filter(a, (x, y, z) -> x) as y",
       "error: line 1:18: a lambda has one or two parameters here"},
  });
}

TEST(TrinoTranslate, types_and_literals) {
  expect_all({
      {"select cast(a as array(row(b int, c varchar(10)))) as x",
       "select cast(a AS STRUCT(\"b\" INTEGER, \"c\" VARCHAR)[]) as x"},
      {"select try_cast(a as timestamp(3) with time zone) as x",
       "select try_cast(a AS TIMESTAMP WITH TIME ZONE) as x"},
      {"select cast(a as json) as x", "select to_json(a) as x"},
      {"select cast(json_extract(j, '$.a') as varchar) as x",
       "select cast(trino_json_extract_scalar(j, '$.a') AS VARCHAR) as x"},
      {"select cast(json_extract(j, '$.a') as array(int)) as x",
       "select cast(trino_json_extract(j, '$.a') AS INTEGER[]) as x"},
      {"select cast(a as nonsense) as x", "error: line 1:18: expected the name of a type here"},
      {"select cast(a) as x", "error: line 1:8: CAST(value AS type) lacks its AS"},
      {"select decimal '1.50' as x", "select (1.50) as x"},
      {"select timestamp '2020-01-01 00:00:00 Asia/Kolkata' as x",
       "select TIMESTAMPTZ '2020-01-01 00:00:00 Asia/Kolkata' as x"},
      {"select timestamp '2020-01-01 00:00:00.5' as x",
       "select timestamp '2020-01-01 00:00:00.5' as x"},
      {"select x'6869' as x", "select unhex('6869') as x"},
  });
}

TEST(TrinoTranslate, times) {
  expect_all({
      {"select a at time zone 'UTC' as x",
       "select timezone('UTC', CAST(a AS TIMESTAMP WITH TIME ZONE)) as x"},
      {"select now() at time zone z.name as x",
       "select timezone(z.name, CAST(now() AS TIMESTAMP WITH TIME ZONE)) as x"},
      {"select current_date - interval '1' month + interval '2' day as x",
       "select cast_to_type(current_date - interval '1' month + interval '2' day, current_date) as "
       "x"},
      {"select t.a + interval '2' hour as x", "select t.a + interval '2' hour as x"},
      {"select a - b + interval '1' day as x", "select a - b + interval '1' day as x"},
      {"select a + interval '1' day * 3 as x", "select a + interval '1' day * 3 as x"},
      {"select extract(dow from a) as x", "select extract(isodow from a) as x"},
      {"select date_format(a, '%H:' || '%i') as x",
       "select strftime(CAST(a AS TIMESTAMP), '%H:%M') as x"},
      {"select date_parse(a, ('%c')) as x", "select CAST(strptime(a, '%-m') AS TIMESTAMP) as x"},
      {"select date_format(a, b) as x",
       "error: line 1:8: the pattern of date_format must be a text constant"},
      {"select date_format(a, '%D') as x",
       "error: line 1:22: the time pattern \"%D\" has %D, which Athena does not support either"},
  });
}

TEST(TrinoTranslate, what_stands_in_from) {
  expect_all({
      {"select * from t cross join unnest(a) as u(b)",
       "select * from t cross join unnest(a) as u(b)"},
      {"select * from t, unnest(a, b) as u(c, d)",
       "select * from t, (SELECT unnest(a), unnest(b)) as u(c, d)"},
      {"select * from unnest(a) as u(b, c)",
       "select * from (SELECT unnest(a, max_depth := 2)) as u(b, c)"},
      {"select * from unnest(map(a, b)) with ordinality as u(k, v, n)",
       "select * from (SELECT unnest(map_keys(map(a, b))), unnest(map_values(map(a, b))), "
       "unnest(generate_series(1, CAST(greatest(cardinality(map(a, b))) AS BIGINT)))) as u(k, v, "
       "n)"},
      {"select * from unnest(a) with ordinality as u(b, n)",
       "select * from unnest(a) with ordinality as u(b, n)"},
      {"select * from (values 1, 2) as t(a)", "select * from (values (1), (2) ) as t(a)"},
      {"values (1, 'a'), (2, 'b')", "values (1, 'a'), (2, 'b')"},
      {"select * from t tablesample bernoulli (10)",
       "select * from t tablesample bernoulli (10 PERCENT)"},
      {"explain (type distributed) select 1", "EXPLAIN  select 1 AS \"_col0\""},
      {"explain analyze verbose select a", "EXPLAIN ANALYZE select a"},
  });
}

TEST(TrinoTranslate, parameters_fill_the_question_marks) {
  EXPECT_EQ(translated("select a from t where b = ? and c < ?", {"'it''s'", "1 + 2"}),
            "select a from t where b = 'it''s' and c < (1 + 2)");
  EXPECT_EQ(translated("select date_format(a, ?) as x", {"'%i'"}),
            "select strftime(CAST(a AS TIMESTAMP), '%M') as x");
  EXPECT_EQ(translated("select '?' as x, ?", {"1"}), "select '?' as x, 1 AS \"_col1\"");
  EXPECT_THAT(translated("select ?, ?", {"1"}),
              testing::HasSubstr("line 1:11: this is parameter 2"));
  EXPECT_THAT(translated("select 1", {"1"}), testing::HasSubstr("has 0 parameters"));
  for (const char* bad : {"1) or (1", "1; drop table t", "'a", "", "1 -- x", "?"}) {
    EXPECT_THAT(translated("select ?", {bad}), testing::HasSubstr("is no expression")) << bad;
  }
}

TEST(TrinoTranslate, mistakes_are_named_with_their_place) {
  expect_all({
      {"select (1", "error: line 1:8: this bracket is not closed"},
      {"select 1)", "error: line 1:9: ')' has no partner before it"},
      {"select 1; select 2",
       "error: line 1:11: only one statement is possible, and a second begins here"},
      {" ; ", "error: line 1:1: there is no statement"},
      {"select st_point(1, 2)",
       "error: line 1:8: the function st_point is not offered: geometry is not offered"},
      {"select date_add('day', 1)",
       "error: line 1:8: the function date_add takes 3 arguments here, not 2"},
      {"select approx_percentile(a, b, c)",
       "error: line 1:8: the function approx_percentile takes 2 arguments here, not 3; a T-digest, "
       "as Trino's; "
       "weights and accuracy are not offered"},
      {"select `a`",
       "error: line 1:8: names stand in double quotes in a query; backquotes are for DDL"},
  });
  EXPECT_THAT(translated(std::string(200, '(')), testing::HasSubstr("nested more than 100 deep"));
  std::string doubling = "a";
  for (int i = 0; i < 60; ++i) {
    doubling = "greatest(" + doubling + ", b)";
  }
  EXPECT_THAT(translated("select " + doubling), testing::HasSubstr("becomes too long here"));
}

TEST(TrinoTranslate, a_place_in_the_output_is_found_in_the_original) {
  const std::string sql =
      "select cardinality(a),\n date_format(b, '%i'), wrong from \"AwsDataCatalog\".d.t";
  const Translation translation = translate_trino(sql).value();
  for (const std::string_view word : {"wrong", "b", "a)", "d.t"}) {
    const std::size_t output = translation.sql.find(word, translation.sql.find('('));
    EXPECT_EQ(translation.original_offset(output), sql.find(word, sql.find('('))) << word;
  }
  EXPECT_EQ(Translation{}.original_offset(5), 0u);
}

TEST(TrinoFunctions, each_macro_that_is_used_is_defined_and_each_defined_one_used) {
  std::string defined;
  for (const std::string_view statement : trino_setup()) {
    defined += statement;
    defined += '\n';
  }
  std::string used = defined;
  for (const TrinoFunction& function : trino_functions()) {
    used += function.sql;
    for (std::size_t at = function.sql.find("trino_"); at != std::string_view::npos;
         at = function.sql.find("trino_", at + 1)) {
      const std::string_view rest = function.sql.substr(at);
      const std::string_view name =
          rest.substr(0, rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"));
      if (name != "trino_pair") {
        EXPECT_THAT(defined, testing::HasSubstr("MACRO " + std::string(name) + "("))
            << function.name;
      }
    }
  }
  for (const std::string_view statement : trino_setup()) {
    if (statement.starts_with("CREATE TEMP MACRO ")) {
      const std::string_view name = statement.substr(18, statement.find('(') - 17);
      EXPECT_NE(used.find(name), used.rfind(name)) << name;
    }
  }
}

TEST(TrinoFunctions, near_names_are_found_and_far_ones_not) {
  EXPECT_THAT(near_trino_functions("date_formt"), testing::ElementsAre("date_format"));
  EXPECT_THAT(near_trino_functions("CARDINALTY"), testing::ElementsAre("cardinality"));
  EXPECT_THAT(near_trino_functions("entirely_else"), testing::IsEmpty());
}

}  // namespace
}  // namespace sluice::query
