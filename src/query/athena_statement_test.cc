// Statements told apart, and their parts.
#include "query/athena_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using Kind = AthenaStatement::Kind;

TEST(AthenaStatement, each_kind_is_told_by_its_first_words) {
  struct Case {
    std::string_view sql;
    Kind kind;
    std::string_view database;
    std::string_view name;
    std::string_view type;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"select 1", Kind::query, "", "", "DML"},
           {"-- a comment\n WITH a AS (SELECT 1) SELECT * FROM a", Kind::query, "", "", "DML"},
           {"(values 1)", Kind::query, "", "", "DML"},
           {"explain select 1", Kind::explain, "", "", "UTILITY"},
           {"show databases;", Kind::show_databases, "", "", "UTILITY"},
           {"SHOW SCHEMAS IN awsdatacatalog LIKE 'a*'", Kind::show_databases, "", "", "UTILITY"},
           {"show tables in `db` 'x*'", Kind::show_tables, "db", "", "UTILITY"},
           {"show views", Kind::show_views, "", "", "UTILITY"},
           {"show columns from t in db", Kind::show_columns, "db", "t", "UTILITY"},
           {"show partitions db.t", Kind::show_partitions, "db", "t", "UTILITY"},
           {"show tblproperties t", Kind::show_properties, "", "t", "UTILITY"},
           {"show create table \"AwsDataCatalog\".db.t",
            Kind::show_create_table,
            "db",
            "t",
            "UTILITY"},
           {"describe formatted db.t", Kind::describe, "db", "t", "UTILITY"},
           {"desc t", Kind::describe, "", "t", "UTILITY"},
           {"create database if not exists d comment 'c' location 's3://b/d/'",
            Kind::create_database,
            "d",
            "",
            "DDL"},
           {"drop schema if exists d cascade", Kind::drop_database, "d", "", "DDL"},
           {"drop table if exists d.t", Kind::drop_table, "d", "t", "DDL"},
           {"alter table d.t add if not exists partition (year='2025', month=7) location "
            "'s3://b/x/'",
            Kind::add_partitions,
            "d",
            "t",
            "DDL"},
           {"alter table t drop partition (year='2025')", Kind::drop_partitions, "", "t", "DDL"},
           {"execute q using 1, 'a, b', f(1, 2)", Kind::execute, "", "q", "DML"},
       }) {
    const auto statement = read_athena_statement(one.sql);
    ASSERT_TRUE(statement) << one.sql << ": " << statement.error().message();
    EXPECT_EQ(statement->kind, one.kind) << one.sql;
    EXPECT_EQ(statement->name.database, one.database) << one.sql;
    EXPECT_EQ(statement->name.table, one.name) << one.sql;
    EXPECT_EQ(statement->statement_type(), one.type) << one.sql;
  }
}

TEST(AthenaStatement, details_are_kept) {
  EXPECT_EQ(read_athena_statement("show tables 'hr_*|x'")->pattern, "hr_*|x");
  EXPECT_TRUE(read_athena_statement("drop database d cascade")->is_recursive);
  EXPECT_THAT(read_athena_statement("execute q using 1, 'a, b', f(1, 2)")->parameters,
              testing::ElementsAre("1", "'a, b'", "f(1, 2)"));
  const auto added = read_athena_statement(
      "alter table t add partition (y='2025', m=7) location 's3://b/x/' partition (y='2026', m=1)");
  ASSERT_EQ(added->partitions.size(), 2u);
  EXPECT_THAT(added->partitions[0].values,
              testing::ElementsAre(testing::Pair("y", "2025"), testing::Pair("m", "7")));
  EXPECT_EQ(added->partitions[0].location, "s3://b/x/");
}

TEST(AthenaStatement, a_table_is_read_as_glue_would_be_given_it) {
  const auto statement = read_athena_statement(R"(
    CREATE EXTERNAL TABLE IF NOT EXISTS `hr_data`.`hr_table` (
      `timestamp` string COMMENT 'when',
      heart_rate int,
      more struct<a:int,b:array<string>>)
    PARTITIONED BY (year string)
    ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
    STORED AS PARQUET
    LOCATION 's3://garmin-hr-s3-bucket/heart_rate_data/'
    TBLPROPERTIES ('projection.enabled'='true'))");
  ASSERT_TRUE(statement) << statement.error().message();
  EXPECT_EQ(statement->kind, Kind::create_table);
  EXPECT_TRUE(statement->is_lenient);
  EXPECT_EQ(
      statement->table_input,
      R"({"Name":"hr_table","TableType":"EXTERNAL_TABLE","Parameters":{"EXTERNAL":"TRUE",)"
      R"("classification":"parquet","projection.enabled":"true"},"PartitionKeys":[{"Name":"year",)"
      R"("Type":"string"}],"StorageDescriptor":{"Columns":[{"Name":"timestamp","Type":"string",)"
      R"("Comment":"when"},{"Name":"heart_rate","Type":"int"},{"Name":"more",)"
      R"("Type":"struct<a:int,b:array<string>>"}],)"
      R"("Location":"s3://garmin-hr-s3-bucket/heart_rate_data/",)"
      R"("InputFormat":"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",)"
      R"("OutputFormat":"org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",)"
      R"("SerdeInfo":{"SerializationLibrary":)"
      R"("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe","Parameters":{}}}})");
}

TEST(AthenaStatement, what_is_not_offered_says_what_to_do_instead) {
  for (const char* sql : {"msck repair table t",
                          "insert into t values (1)",
                          "unload (select 1) to 'x'",
                          "create table t as select 1",
                          "create or replace view v as select 1",
                          "delete from t",
                          "prepare p from select 1",
                          "alter table t set location 'x'"}) {
    const auto statement = read_athena_statement(sql);
    ASSERT_FALSE(statement) << sql;
    EXPECT_EQ(statement.error().fault(), Fault::unsupported) << sql;
    EXPECT_THAT(statement.error().message(), testing::HasSubstr("is not offered here; ")) << sql;
  }
}

TEST(AthenaStatement, mistakes_are_named_with_their_place) {
  struct Case {
    std::string_view sql;
    std::string_view message;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"", "line 1:1: there is no statement"},
           {"show nonsense",
            "line 1:6: expected DATABASES, TABLES, VIEWS, COLUMNS, PARTITIONS, "
            "TBLPROPERTIES or CREATE TABLE here"},
           {"describe", "line 1:9: expected the name of a table here"},
           {"drop view v", "line 1:6: expected DATABASE, SCHEMA or TABLE here"},
           {"create external table t (a int)",
            "line 1:32: expected LOCATION 's3://bucket/folder/' before the end"},
           {"create external table t (a int) stored as orc location 's3://b/'",
            "line 1:43: expected PARQUET, TEXTFILE or INPUTFORMAT '...' OUTPUTFORMAT '...' here"},
           {"alter table t add partition (a 1)", "line 1:32: expected '=' here"},
           {"show tables 'x", "line 1:13: the string that begins here has no closing '"},
       }) {
    const auto statement = read_athena_statement(one.sql);
    ASSERT_FALSE(statement) << one.sql;
    EXPECT_EQ(statement.error().message(), one.message) << one.sql;
  }
}

}  // namespace
}  // namespace sluice::query
