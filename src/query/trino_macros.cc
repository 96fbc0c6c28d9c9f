// Settings and macros; all names begin with trino_ so that they hide nothing of the engine's own.
#include "query/trino_macros.h"

#include <array>

namespace sluice::query {
namespace {

constexpr std::array<std::string_view, 28> statements = {
    // 7 / 2 is 3, as for whole numbers in Trino.
    "SET integer_division = true",
    // Athena's sessions live in UTC.
    "SET TimeZone = 'UTC'",

    // The type of the value stays: a date plus months is a date.
    "CREATE TEMP MACRO trino_date_add(unit, amount, value) AS cast_to_type(value + CASE "
    "lower(unit) "
    "WHEN 'millisecond' THEN to_milliseconds(amount) WHEN 'second' THEN to_seconds(amount) "
    "WHEN 'minute' THEN to_minutes(CAST(amount AS BIGINT)) "
    "WHEN 'hour' THEN to_hours(CAST(amount AS BIGINT)) "
    "WHEN 'day' THEN to_days(CAST(amount AS INTEGER)) "
    "WHEN 'week' THEN to_weeks(CAST(amount AS INTEGER)) "
    "WHEN 'month' THEN to_months(CAST(amount AS INTEGER)) "
    "WHEN 'quarter' THEN to_quarters(CAST(amount AS INTEGER)) "
    "WHEN 'year' THEN to_years(CAST(amount AS INTEGER)) "
    "ELSE error('date_add: ''' || unit || ''' is no unit') END, value)",
    "CREATE TEMP MACRO trino_date_trunc(unit, value) AS cast_to_type(date_trunc(unit, value), "
    "value)",
    "CREATE TEMP MACRO trino_to_iso8601(value) AS CASE typeof(value) "
    "WHEN 'DATE' THEN strftime(CAST(value AS TIMESTAMP), '%Y-%m-%d') "
    "WHEN 'TIMESTAMP WITH TIME ZONE' THEN "
    "strftime(CAST(value AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') || 'Z' "
    "ELSE strftime(CAST(value AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g') END",

    // Text that is no JSON gives NULL, and so does a path to an object where a scalar is wanted.
    "CREATE TEMP MACRO trino_json_extract(document, path) AS "
    "CASE WHEN json_valid(document) THEN json_extract(document, path) END",
    "CREATE TEMP MACRO trino_json_extract_scalar(document, path) AS "
    "CASE WHEN json_valid(document) AND json_type(document, path) NOT IN ('OBJECT', 'ARRAY') "
    "THEN json_extract_string(document, path) END",
    "CREATE TEMP MACRO trino_json_size(document, path) AS CASE json_type(document, path) "
    "WHEN 'OBJECT' THEN CAST(len(json_keys(document, path)) AS BIGINT) "
    "WHEN 'ARRAY' THEN CAST(json_array_length(document, path) AS BIGINT) "
    "WHEN NULL THEN NULL ELSE 0 END",

    // No match is NULL.
    "CREATE TEMP MACRO trino_regexp_extract(value, pattern, part) AS "
    "CASE WHEN regexp_matches(value, pattern) THEN regexp_extract(value, pattern, part) END",
    "CREATE TEMP MACRO trino_regexp_replacement(value) AS "
    R"(regexp_replace(value, '\$(\d)', '\\\1', 'g'))",
    "CREATE TEMP MACRO trino_split_to_map(value, between_entries, between_parts) AS "
    "map_from_entries(list_transform(string_split(value, between_entries), lambda entry: "
    "row(split_part(entry, between_parts, 1), split_part(entry, between_parts, 2))))",

    "CREATE TEMP MACRO trino_null_if_any(list, value) AS "
    "CASE WHEN len(list_filter(list, lambda e: e IS NULL)) = 0 THEN value END",
    "CREATE TEMP MACRO trino_all(list, kept) AS (len(kept) = len(list))",
    "CREATE TEMP MACRO trino_array_except(list, without) AS "
    "list_filter(list_distinct(list), lambda e: NOT list_contains(without, e))",
    "CREATE TEMP MACRO trino_array_join(list, separator, absent) AS array_to_string("
    "list_transform(list, lambda e: coalesce(CAST(e AS VARCHAR), absent)), separator)",
    "CREATE TEMP MACRO trino_array_remove(list, value) AS "
    "list_filter(list, lambda e: e IS DISTINCT FROM value)",
    // Arrays and maps alike: JSON is the one form that takes both.
    "CREATE TEMP MACRO trino_cardinality(value) AS CASE json_type(to_json(value)) "
    "WHEN 'ARRAY' THEN CAST(json_array_length(to_json(value)) AS BIGINT) "
    "WHEN 'OBJECT' THEN CAST(len(json_keys(to_json(value))) AS BIGINT) END",
    "CREATE TEMP MACRO trino_sequence(first_one, last_one) AS "
    "generate_series(first_one, last_one, CASE WHEN first_one <= last_one THEN 1 ELSE -1 END)",
    "CREATE TEMP MACRO trino_slice(list, start, amount) AS list_slice(list, start, "
    "CASE WHEN start < 0 AND start + amount - 1 >= 0 THEN -1 ELSE start + amount - 1 END)",
    "CREATE TEMP MACRO trino_trim_array(list, amount) AS list_slice(list, 1, len(list) - amount)",

    "CREATE TEMP MACRO trino_width_bucket(value, low, high, buckets) AS CASE WHEN value < low THEN "
    "0 "
    "WHEN value >= high THEN buckets + 1 ELSE "
    "CAST(floor((CAST(value AS DOUBLE) - low) * buckets / (high - low)) AS BIGINT) + 1 END",

    "CREATE TEMP MACRO trino_url_extract_protocol(url) AS "
    R"(regexp_extract(url, '^([A-Za-z][A-Za-z0-9+.-]*):', 1))",
    "CREATE TEMP MACRO trino_url_extract_host(url) AS "
    R"(regexp_extract(url, '^[^:/?#]+://(?:[^@/?#]*@)?([^:/?#]*)', 1))",
    "CREATE TEMP MACRO trino_url_extract_port(url) AS "
    R"(TRY_CAST(regexp_extract(url, '^[^:/?#]+://[^/?#]*:(\d+)', 1) AS BIGINT))",
    "CREATE TEMP MACRO trino_url_extract_path(url) AS "
    R"(regexp_extract(url, '^[^:/?#]+://[^/?#]*([^?#]*)', 1))",
    "CREATE TEMP MACRO trino_url_extract_query(url) AS "
    R"(regexp_extract(url, '\?([^#]*)', 1))",
    "CREATE TEMP MACRO trino_url_extract_fragment(url) AS regexp_extract(url, '#(.*)$', 1)",
    "CREATE TEMP MACRO trino_url_extract_parameter(url, name) AS "
    R"(trino_regexp_extract(url, '[?&]' || regexp_escape(name) || '=([^&#]*)', 1))",
};

}  // namespace

std::span<const std::string_view> trino_setup() {
  return statements;
}

}  // namespace sluice::query
