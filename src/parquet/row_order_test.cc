// How rows compare, and what a row group may claim of its order.
#include "parquet/row_order.h"

#include "parquet/batch_for_test.h"
#include "parquet/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sluice::parquet {

namespace {

using columnar::RowBatch;
using columnar::Schema;

// Checks that the rows of `batch`, all different, ascend by its first column, and that prefixes
// never say otherwise.
void expect_ascending(const RowBatch& batch) {
  for (const bool descending : {false, true}) {
    const KeyView view(batch.column(0), batch.leaves()[0], {.leaf = 0, .descending = descending});
    for (std::size_t i = 0; i < batch.rows(); ++i) {
      for (std::size_t j = 0; j < batch.rows(); ++j) {
        const int wanted = (i < j ? -1 : i > j ? 1 : 0) * (descending ? -1 : 1);
        const int order = view.compare(i, view, j);
        ASSERT_EQ(order < 0, wanted < 0) << i << " " << j;
        ASSERT_EQ(order > 0, wanted > 0) << i << " " << j;
        if (view.prefix(i) != view.prefix(j)) {
          ASSERT_EQ(view.prefix(i) < view.prefix(j), wanted < 0) << i << " " << j;
        } else {
          ASSERT_TRUE(i == j || !view.is_decided());
        }
      }
    }
  }
}

TEST(KeyView, ValuesOfEveryStorageCompare) {
  RowBatch flags(schema_of("c boolean"));
  flags.column(0).append_bool(false);
  flags.column(0).append_bool(true);
  flags.end_rows(2);
  expect_ascending(flags);

  RowBatch rates(schema_of("c int"));
  for (std::int32_t each : {std::numeric_limits<std::int32_t>::min(), -1, 0, 1, 1'000}) {
    rates.column(0).append_int32(each);
    rates.end_row();
  }
  expect_ascending(rates);

  RowBatch times(schema_of("c bigint"));
  for (std::int64_t each : {std::numeric_limits<std::int64_t>::min(),
                            std::int64_t{-5},
                            std::int64_t{0},
                            std::numeric_limits<std::int64_t>::max()}) {
    times.column(0).append_int64(each);
    times.end_row();
  }
  expect_ascending(times);

  constexpr double endless = std::numeric_limits<double>::infinity();
  RowBatch doubles(schema_of("c double"));
  RowBatch floats(schema_of("c float"));
  for (double each : {-endless, -1.5, -0.0, 0.0, 1e-30, 2.0, endless, std::nan("")}) {
    doubles.column(0).append_double(each);
    floats.column(0).append_float(static_cast<float>(each));
    doubles.end_row();
    floats.end_row();
  }
  expect_ascending(doubles);
  expect_ascending(floats);

  RowBatch words(schema_of("c string"));
  for (std::string_view each :
       {"", "a", "a\x01", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaab", "b", "\xc3\xa9", "\xff\xff"}) {
    words.column(0).append_bytes(each);
    words.end_row();
  }
  expect_ascending(words);

  RowBatch decimals(schema_of("c decimal(38,0)"));
  for (const Bytes& each : {"\x80" + Bytes(15, '\0'),
                            Bytes(16, '\xff'),
                            Bytes(16, '\0'),
                            Bytes(15, '\0') + "\x01",
                            "\x7f" + Bytes(15, '\xff')}) {
    decimals.column(0).append_bytes(each);
    decimals.end_row();
  }
  expect_ascending(decimals);
}

TEST(KeyView, NullsStandAtTheChosenEndWhicheverWayValuesGo) {
  RowBatch batch(schema_of("c int"));
  batch.column(0).append_null();
  batch.column(0).append_int32(5);
  batch.column(0).append_null();
  batch.end_rows(3);
  for (const bool descending : {false, true}) {
    for (const bool nulls_first : {false, true}) {
      const KeyView view(batch.column(0), batch.leaves()[0], {0, descending, nulls_first});
      EXPECT_EQ(view.compare(0, view, 1) < 0, nulls_first);
      EXPECT_EQ(view.compare(1, view, 0) > 0, nulls_first);
      EXPECT_EQ(view.compare(0, view, 2), 0);
      EXPECT_FALSE(view.is_decided());
      EXPECT_EQ(view.prefix(0) < view.prefix(1), nulls_first);
    }
  }
}

TEST(SortColumns, AreResolvedOrRefused) {
  const auto leaves =
      columnar::leaves_of(schema_of("a int, tags array<int>, watch struct<model:string,year:int>"));
  const auto keys = resolve({{"watch.model", true, true}, {"a"}}, leaves);
  ASSERT_TRUE(keys) << keys.error().message();
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].leaf, 2U);
  EXPECT_TRUE((*keys)[0].descending);
  EXPECT_TRUE((*keys)[0].nulls_first);
  EXPECT_EQ((*keys)[1].leaf, 0U);

  struct Case {
    std::vector<SortColumn> columns;
    std::string_view complaint;
  };

  const Case cases[] = {
      {{{"b"}}, "there is no column \"b\"; there are a, tags, watch"},
      {{{"tags"}}, "rows cannot be sorted by \"tags\""},
      {{{"tags.list.element"}}, "rows cannot be sorted by \"tags.list.element\""},
      {{{"watch"}}, "rows cannot be sorted by \"watch\""},
      {{{"a"}, {"a", true}}, "\"a\" is sorted by twice"},
  };
  for (const Case& each : cases) {
    const auto refused = resolve(each.columns, leaves);
    ASSERT_FALSE(refused) << each.complaint;
    EXPECT_EQ(refused.error().fault(), Fault::invalid);
    EXPECT_THAT(refused.error().message(), testing::HasSubstr(std::string(each.complaint)));
  }
}

// Null where the number is negative.
RowBatch numbers(const std::vector<std::int64_t>& values) {
  RowBatch batch(schema_of("n bigint"));
  for (std::int64_t value : values) {
    if (value < 0) {
      batch.column(0).append_null();
    } else {
      batch.column(0).append_int64(value);
    }
    batch.end_row();
  }
  return batch;
}

std::string claim_text(const std::vector<SortingColumn>& claim) {
  std::string text;
  for (const SortingColumn& column : claim) {
    text += std::to_string(column.column_idx) + (column.descending ? " down" : " up") +
            (column.nulls_first ? " nulls first " : " nulls last ");
  }
  return text.empty() ? "none" : text.substr(0, text.size() - 1);
}

std::string claim_of(const RowBatch& batch,
                     std::vector<SortKey> keys,
                     bool learn,
                     std::size_t step) {
  OrderTracker tracker(std::move(keys), batch.leaves(), learn);
  for (std::size_t row = 0; row < batch.rows(); row += step) {
    std::vector<const columnar::Column*> columns;
    for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
      columns.push_back(&batch.column(leaf));
    }
    tracker.look_at(columns);
    tracker.add(row, std::min(step, batch.rows() - row));
  }
  return claim_text(tracker.take());
}

TEST(OrderTracker, ClaimsWhatEveryRowShowed) {
  struct Case {
    std::vector<std::int64_t> values;
    std::string_view up;
    std::string_view down;
  };

  const Case cases[] = {
      {{}, "none", "none"},
      {{1}, "0 up nulls last", "0 down nulls last"},
      {{1, 1, 1}, "0 up nulls last", "0 down nulls last"},
      {{1, 2, 2, 9}, "0 up nulls last", "none"},
      {{9, 2, 2, 1}, "none", "0 down nulls last"},
      {{1, 2, 3, 2}, "none", "none"},
      {{-1, 1, 2}, "0 up nulls first", "none"},
      {{1, 2, -1, -1}, "0 up nulls last", "none"},
      {{-1, -1, 3, 1}, "none", "0 down nulls first"},
      {{-1, 1, -1}, "none", "none"},
      {{1, -1, 2}, "none", "none"},
      {{-1, -1}, "0 up nulls first", "0 down nulls first"},
  };
  for (const Case& each : cases) {
    const RowBatch batch = numbers(each.values);
    for (std::size_t step : {1U, 2U, 100U}) {
      EXPECT_EQ(claim_of(batch, {{0, false, false}}, true, step), each.up);
      EXPECT_EQ(claim_of(batch, {{0, true, false}}, true, step), each.down);
    }
  }
}

TEST(OrderTracker, SeveralKeysAreOneOrder) {
  const Schema schema = schema_of("user string, n int");

  struct Row {
    std::string_view user;
    std::int32_t n;
  };

  struct Case {
    std::vector<Row> rows;
    std::string_view claim;
  };

  const Case cases[] = {
      {{{"a", 5}, {"a", 3}, {"b", 9}, {"b", 9}}, "0 up nulls last 1 down nulls last"},
      {{{"a", 3}, {"a", 5}, {"b", 9}}, "none"},
      {{{"b", 5}, {"a", 3}}, "none"},
  };
  for (const Case& each : cases) {
    RowBatch batch(schema);
    for (const Row& row : each.rows) {
      batch.column(0).append_bytes(row.user);
      batch.column(1).append_int32(row.n);
      batch.end_row();
    }
    for (std::size_t step : {1U, 3U}) {
      EXPECT_EQ(claim_of(batch, {{0, false, false}, {1, true, false}}, false, step), each.claim);
    }
  }
}

TEST(OrderTracker, NanIsInNoOrder) {
  RowBatch batch(schema_of("x double"));
  batch.column(0).append_double(1);
  batch.column(0).append_double(std::nan(""));
  batch.end_rows(2);
  EXPECT_EQ(claim_of(batch, {{0, false, false}}, true, 1), "none");
}

TEST(OrderTracker, AColumnWithoutAnOrderEndsTheClaim) {
  const Schema schema = schema_of("a int, t timestamp, b int");
  const auto leaves = stored_leaves(schema, {.timestamp = TimestampUnit::int96});
  OrderTracker tracker({{0, false, false}, {1, false, false}, {2, false, false}}, leaves, false);
  RowBatch rows(schema_of("a int, t decimal(38,0), b int"));
  std::vector<const columnar::Column*> columns;
  for (std::size_t leaf = 0; leaf < 3; ++leaf) {
    columns.push_back(&rows.column(leaf));
  }
  for (std::int32_t i : {1, 2}) {
    rows.column(0).append_int32(i);
    rows.column(1).append_bytes(Bytes(12, '\0'));
    rows.column(2).append_int32(-i);
    rows.end_row();
  }
  tracker.look_at(columns);
  tracker.add(0, 2);
  EXPECT_EQ(claim_text(tracker.take()), "0 up nulls last");
  EXPECT_EQ(claim_text(tracker.take()), "none") << "each group begins anew";
}

}  // namespace

}  // namespace sluice::parquet
