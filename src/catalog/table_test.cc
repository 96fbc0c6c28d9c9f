// Glue's shapes: read, kept and written back.
#include "catalog/table.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

constexpr const char* heart_rate_input = R"json({
  "Name": "Heart_Rate",
  "Owner": null,
  "Nonsense": 1,
  "TableType": "EXTERNAL_TABLE",
  "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
  "PartitionKeys": [{"Name": "year", "Type": "int"}],
  "StorageDescriptor": {
    "Columns": [{"Name": "timestamp", "Type": "string"},
                {"Name": "heart_rate", "Type": "int", "Comment": "beats per minute"}],
    "Location": "s3://garmin-hr-s3-bucket/heart_rate_data/",
    "NumberOfBuckets": -1,
    "SerdeInfo": {"Parameters": {"serialization.format": "1"}}
  }
})json";

Result<Table> parse(const std::string& text) {
  const auto document = json::Document::parse(text);
  EXPECT_TRUE(document.has_value()) << text;
  return parse_table_input(document->root());
}

TEST(Table, IsReadFromATableInput) {
  const auto table = parse(heart_rate_input);
  ASSERT_TRUE(table.has_value()) << table.error().message();
  EXPECT_EQ(table->name, "heart_rate");
  EXPECT_EQ(table->columns,
            (std::vector<Column>{{"timestamp", "string", ""},
                                 {"heart_rate", "int", "beats per minute"}}));
  EXPECT_EQ(table->partition_keys, (std::vector<Column>{{"year", "int", ""}}));
  EXPECT_EQ(table->parameters.at("classification"), "parquet");
  EXPECT_EQ(table->location, "s3://garmin-hr-s3-bucket/heart_rate_data/");
}

TEST(Table, NamesTheMemberThatIsWrong) {
  struct Case {
    const char* input;
    const char* named;
  };

  const Case cases[] = {
      {"[]", "TableInput"},
      {"{}", "TableInput.Name"},
      {R"({"Name": ""})", "TableInput.Name"},
      {R"({"Name": 1})", "Name"},
      {R"({"Name": "a\u0001"})", "TableInput.Name"},
      {R"({"Name": "a", "Parameters": []})", "Parameters"},
      {R"({"Name": "a", "Parameters": {"p": 1}})", "Parameters.p"},
      {R"({"Name": "a", "PartitionKeys": {}})", "PartitionKeys"},
      {R"({"Name": "a", "StorageDescriptor": 1})", "StorageDescriptor"},
      {R"({"Name": "a", "StorageDescriptor": {"Columns": [1]}})", "Columns[0]"},
      {R"({"Name": "a", "StorageDescriptor": {"Columns": [{"Type": "int"}]}})", "Columns[0].Name"},
      {R"({"Name": "a", "StorageDescriptor": {"Columns": [{"Name": "c", "Type": 1}]}})", "Type"},
  };
  for (const Case& row : cases) {
    const auto table = parse(row.input);
    ASSERT_FALSE(table.has_value()) << row.input;
    EXPECT_EQ(table.error().fault(), Fault::invalid) << row.input;
    EXPECT_NE(table.error().message().find(row.named), std::string::npos)
        << table.error().message();
  }
}

TEST(Table, KeepsEverythingThroughItsStoredForm) {
  auto table = parse(heart_rate_input);
  ASSERT_TRUE(table.has_value());
  table->database = "hr_data";
  table->version = 3;
  table->created = unix_millis(1000);
  table->updated = unix_millis(2000);
  const auto again = decode_table(encode(*table));
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->name, table->name);
  EXPECT_EQ(again->database, "hr_data");
  EXPECT_EQ(again->version, 3u);
  EXPECT_EQ(again->created, table->created);
  EXPECT_EQ(again->updated, table->updated);
  EXPECT_EQ(again->columns, table->columns);
  EXPECT_EQ(again->input, table->input);
}

TEST(Table, RefusesBrokenAndNewerStoredForms) {
  EXPECT_FALSE(decode_table("").has_value());
  EXPECT_EQ(decode_table("{}").error().fault(), Fault::corrupt);
  EXPECT_EQ(decode_table(R"({"format":1,"input":{"Name":"a"}})").error().fault(), Fault::corrupt);
  EXPECT_EQ(decode_table(R"({"format":2})").error().fault(), Fault::unsupported);
  EXPECT_EQ(decode_database("{}").error().fault(), Fault::corrupt);
}

TEST(Table, IsWrittenAsGetTableAnswers) {
  auto table = parse(heart_rate_input);
  ASSERT_TRUE(table.has_value());
  table->database = "hr_data";
  table->version = 3;
  table->created = unix_millis(1'752'400'000'000);
  table->updated = unix_millis(1'752'400'000'500);
  std::string text;
  json::Writer out(text);
  write_table(out, *table, "111111111111");
  EXPECT_EQ(
      text,
      R"({"Name":"heart_rate","StorageDescriptor":{"Columns":[{"Name":"timestamp","Type":"string"},)"
      R"({"Name":"heart_rate","Type":"int","Comment":"beats per minute"}],)"
      R"("Location":"s3://garmin-hr-s3-bucket/heart_rate_data/","NumberOfBuckets":-1,)"
      R"("SerdeInfo":{"Parameters":{"serialization.format":"1"}}},)"
      R"("PartitionKeys":[{"Name":"year","Type":"int"}],"TableType":"EXTERNAL_TABLE",)"
      R"("Parameters":{"classification":"parquet","EXTERNAL":"TRUE"},"DatabaseName":"hr_data",)"
      R"("CatalogId":"111111111111","CreateTime":1752400000.0,"UpdateTime":1752400000.5,)"
      R"("VersionId":"3","IsRegisteredWithLakeFormation":false,"Retention":0})");
}

TEST(Table, RecordsHaveTheStorageColumnsOnly) {
  const auto table = parse(heart_rate_input);
  ASSERT_TRUE(table.has_value());
  const auto schema = record_schema(*table);
  ASSERT_TRUE(schema.has_value()) << schema.error().message();
  ASSERT_EQ(schema->columns.size(), 2u);
  EXPECT_EQ(schema->columns[1].name, "heart_rate");
  EXPECT_EQ(schema->columns[1].type.kind, columnar::Kind::integer);
}

TEST(Table, HasNoSchemaWithoutGoodColumns) {
  const auto with_columns = [](const std::string& columns) {
    auto table = parse(R"({"Name": "t", "StorageDescriptor": {"Columns": )" + columns + "}}");
    EXPECT_TRUE(table.has_value());
    table->database = "d";
    return record_schema(*table);
  };

  struct Case {
    const char* columns;
    const char* named;
  };

  for (const Case& row :
       {Case{"[]", "d.t has no columns"},
        Case{R"([{"Name": "c", "Type": "number"}])", "column c"},
        Case{R"([{"Name": "c"}])", "column c"},
        Case{R"([{"Name": "a", "Type": "int"}, {"Name": "A", "Type": "int"}])", "two columns A"}}) {
    const auto schema = with_columns(row.columns);
    ASSERT_FALSE(schema.has_value()) << row.columns;
    EXPECT_EQ(schema.error().fault(), Fault::invalid);
    EXPECT_NE(schema.error().message().find(row.named), std::string::npos)
        << schema.error().message();
  }
}

TEST(CatalogDatabase, IsReadKeptAndWritten) {
  const auto document = json::Document::parse(
      R"({"Name": "HR_Data", "Description": "d", "LocationUri": "s3://b/", "Parameters": {"a": "b"}})");
  ASSERT_TRUE(document.has_value());
  auto database = parse_database_input(document->root());
  ASSERT_TRUE(database.has_value());
  database->created = unix_millis(1500);
  const auto again = decode_database(encode(*database));
  ASSERT_TRUE(again.has_value());
  std::string text;
  json::Writer out(text);
  write_database(out, *again, "1");
  EXPECT_EQ(text,
            R"({"Name":"hr_data","Description":"d","LocationUri":"s3://b/","Parameters":{"a":"b"},)"
            R"("CreateTime":1.5,"CatalogId":"1"})");
}

TEST(FoldName, LowersAsciiAndRefusesTheRest) {
  EXPECT_EQ(fold_name("Heart-Rate_1", "name"), "heart-rate_1");
  EXPECT_EQ(fold_name("\xc3\x84", "name"), "\xc3\x84");
  for (const std::string& name :
       {std::string(), std::string(256, 'a'), std::string("a\x1f"), std::string("\xff")}) {
    EXPECT_FALSE(fold_name(name, "name").has_value());
  }
}

}  // namespace
}  // namespace sluice::catalog
