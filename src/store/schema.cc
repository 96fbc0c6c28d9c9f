// The tables of the store, step by step.
#include "store/schema.h"

#include <array>

namespace sluice::store {
namespace {

constexpr std::string_view version_1 = R"sql(
CREATE TABLE tallies(
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  rows INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  PRIMARY KEY(name, scope)
) WITHOUT ROWID;

CREATE TABLE definitions(
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY(kind, key)
) WITHOUT ROWID;

CREATE TABLE marks(
  delivery TEXT NOT NULL,
  stream INTEGER NOT NULL,
  shard INTEGER NOT NULL,
  low INTEGER NOT NULL,
  settled BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY(delivery, stream, shard)
) WITHOUT ROWID;

CREATE INDEX marks_by_stream ON marks(stream);

CREATE TABLE plans(
  delivery TEXT NOT NULL,
  number INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK(state IN (0, 1)),
  committed_ms INTEGER NOT NULL,
  body BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY(delivery, number)
);

CREATE INDEX plans_open ON plans(delivery, number) WHERE state = 0;

CREATE TABLE objects(
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  placement INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  etag TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  headers BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY(bucket, key)
) WITHOUT ROWID;

CREATE TABLE staged_objects(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  placement INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  etag TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  headers BLOB NOT NULL,
  checksum INTEGER NOT NULL
);
)sql";

constexpr std::string_view version_2 = R"sql(
CREATE TABLE parked(
  delivery TEXT NOT NULL,
  spool_name TEXT NOT NULL,
  body BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY(delivery, spool_name)
) WITHOUT ROWID;
)sql";

// `notice` is empty or what store/object_index.cc encodes.
constexpr std::string_view version_3 = R"sql(
ALTER TABLE staged_objects ADD COLUMN notice BLOB NOT NULL DEFAULT x'';

CREATE TABLE notifications(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  receiver TEXT NOT NULL,
  event TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  bucket TEXT NOT NULL,
  key BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  checksum INTEGER NOT NULL
);

CREATE INDEX notifications_by_receiver ON notifications(receiver, id);
)sql";

constexpr std::array<std::string_view, 3> steps = {version_1, version_2, version_3};

}  // namespace

std::span<const std::string_view> schema_steps() {
  return steps;
}

std::int32_t schema_version() {
  return static_cast<std::int32_t>(steps.size());
}

}  // namespace sluice::store
