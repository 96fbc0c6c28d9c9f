// What a Parquet file holds, as the columns of a Hive table.
#pragma once

#include "columnar/type.h"
#include "parquet/schema.h"

namespace sluice::query {

// One column for each field below the root; names of columns in lower case (ASCII), as Glue's
// crawlers write them, those of struct fields as they are.
//
//   signed integers by width   tinyint smallint int bigint     uint8 smallint, uint16 int, uint32
//   bigint, uint64 decimal(20,0)                                float16 float
//   UTF8 ENUM JSON UUID        string                          other bytes, INTERVAL: binary
//   DATE date                  TIMESTAMP, INT96: timestamp     TIME millis int, micros and nanos
//   bigint                     DECIMAL decimal(p,s)            unknown (always null): string
//   LIST array<...>            MAP map<...>                    other groups: struct<...>
//
// Lists in the older forms (Parquet's LogicalTypes.md, "Backward-compatibility rules") and repeated
// fields outside of lists are arrays.
columnar::Schema file_schema(const parquet::SchemaTree& tree);

}  // namespace sluice::query
