// Rows about the files of the local bucket.
#include "store/object_index.h"

#include "base/check.h"
#include "store/row_checksum.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::store {
namespace {

constexpr std::string_view objects_table = "objects";
constexpr std::string_view staged_table = "staged_objects";

// Stored form of the headers: varint count, then per header varint length and bytes of name and
// value.
Bytes encode_headers(const std::map<std::string, std::string>& headers) {
  Bytes out;
  put_varint(out, headers.size());
  for (const auto& [name, value] : headers) {
    put_varint(out, name.size());
    out.append(name);
    put_varint(out, value.size());
    out.append(value);
  }
  return out;
}

// Stored form of a notice: nothing, or event, milliseconds and receivers, texts as those of
// headers.
Bytes encode_notice(const Notice& notice) {
  Bytes out;
  if (notice.receivers.empty()) {
    return out;
  }
  const auto put_text = [&](std::string_view text) {
    put_varint(out, text.size());
    out.append(text);
  };
  put_text(notice.event);
  put_varint(out, static_cast<std::uint64_t>(to_count(notice.time)));
  put_varint(out, notice.receivers.size());
  for (const std::string& receiver : notice.receivers) {
    put_text(receiver);
  }
  return out;
}

std::optional<std::string> read_text(ByteReader& reader) {
  const auto size = reader.varint();
  if (!size || *size > reader.remaining()) {
    return std::nullopt;
  }
  return std::string(*reader.take(static_cast<std::size_t>(*size)));
}

std::optional<std::map<std::string, std::string>> decode_headers(ByteView bytes) {
  ByteReader reader(bytes);
  const auto count = reader.varint();
  std::map<std::string, std::string> headers;
  for (std::uint64_t index = 0; count && index < *count; ++index) {
    auto name = read_text(reader);
    auto value = read_text(reader);
    if (!name || !value) {
      return std::nullopt;
    }
    headers.emplace(std::move(*name), std::move(*value));
  }
  if (!count || reader.remaining() != 0) {
    return std::nullopt;
  }
  return headers;
}

std::optional<Notice> decode_notice(ByteView bytes) {
  Notice notice;
  if (bytes.empty()) {
    return notice;
  }
  ByteReader reader(bytes);
  auto event = read_text(reader);
  const auto time = reader.varint();
  const auto count = reader.varint();
  if (!event || !time || !count) {
    return std::nullopt;
  }
  notice.event = std::move(*event);
  notice.time = unix_millis(static_cast<std::int64_t>(*time));
  for (std::uint64_t index = 0; index < *count; ++index) {
    auto receiver = read_text(reader);
    if (!receiver) {
      return std::nullopt;
    }
    notice.receivers.push_back(std::move(*receiver));
  }
  return reader.remaining() == 0 ? std::optional(std::move(notice)) : std::nullopt;
}

Bytes sha256_bytes(const IndexedObject& object) {
  return object.sha256 ? to_bytes(*object.sha256) : Bytes();
}

// `notice`: of a staged object that has one.
std::uint64_t checksum_of(std::string_view table,
                          std::string_view bucket,
                          const IndexedObject& object,
                          ByteView headers,
                          ByteView notice) {
  RowChecksum checksum(table);
  checksum.add(bucket)
      .add(object.key)
      .add(static_cast<std::uint64_t>(object.placement))
      .add(object.file.inode)
      .add(object.file.bytes)
      .add(static_cast<std::uint64_t>(object.file.modified_ns))
      .add(object.etag)
      .add(sha256_bytes(object))
      .add(headers);
  if (!notice.empty()) {
    checksum.add(notice);
  }
  return checksum.value();
}

// Binds bucket and all columns of an object, from parameter 1 on, and runs.
Result<void> write_row(Statement& insert,
                       std::string_view table,
                       std::string_view bucket,
                       const IndexedObject& object,
                       ByteView notice = {}) {
  const Bytes headers = encode_headers(object.headers);
  const Bytes sha256 = sha256_bytes(object);
  insert.bind_text(1, bucket);
  insert.bind_blob(2, object.key);
  insert.bind(3, static_cast<std::int64_t>(object.placement));
  insert.bind_bits(4, object.file.inode);
  insert.bind_bits(5, object.file.bytes);
  insert.bind(6, object.file.modified_ns);
  insert.bind_text(7, object.etag);
  insert.bind_blob(8, sha256);
  insert.bind_blob(9, headers);
  insert.bind_bits(10, checksum_of(table, bucket, object, headers, notice));
  return insert.run();
}

// Columns of `select`: key, placement, inode, bytes, modified_ns, etag, sha256, headers, checksum.
Result<IndexedObject> read_row(const Statement& select,
                               std::string_view table,
                               std::string_view bucket,
                               ByteView notice = {}) {
  IndexedObject object;
  object.key = select.blob(0);
  object.placement = select.integer(1) == 0 ? Placement::tree : Placement::escaped;
  object.file = {select.bits(2), select.bits(3), select.integer(4)};
  object.etag = select.text(5);
  const ByteView sha256 = select.blob(6);
  if (sha256.size() == sizeof(Sha256Digest)) {
    std::copy(sha256.begin(), sha256.end(), object.sha256.emplace().begin());
  }
  const Bytes encoded(select.blob(7));
  auto headers = decode_headers(encoded);
  if (headers) {
    object.headers = std::move(*headers);
  }
  const bool is_whole = headers && (sha256.empty() || object.sha256) &&
                        checksum_of(table, bucket, object, encoded, notice) == select.bits(8);
  if (!is_whole) {
    return corrupt_row(table, fmt::format("bucket {} key {:?}", bucket, object.key));
  }
  return object;
}

Result<void> save_row(Transaction& transaction,
                      std::string_view bucket,
                      const IndexedObject& object) {
  SLUICE_TRY(
      replace,
      transaction.prepare("INSERT OR REPLACE INTO objects(bucket, key, placement, inode, bytes, "
                          "modified_ns, etag, sha256, headers, checksum) "
                          "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  return write_row(replace, objects_table, bucket, object);
}

// Columns of `select`: those of read_row(), bucket, notice, id.
Result<StagedObject> read_staged(const Statement& select) {
  StagedObject staged;
  staged.bucket = select.text(9);
  const Bytes encoded(select.blob(10));
  SLUICE_TRY(object, read_row(select, staged_table, staged.bucket, encoded));
  staged.object = std::move(object);
  staged.id = select.integer(11);
  auto notice = decode_notice(encoded);
  if (!notice) {
    return corrupt_row(staged_table,
                       fmt::format("bucket {} key {:?}", staged.bucket, staged.object.key));
  }
  staged.notice = *std::move(notice);
  return staged;
}

Result<void> drop_staged(Transaction& transaction, std::int64_t id) {
  SLUICE_TRY(erase, transaction.prepare("DELETE FROM staged_objects WHERE id = ?"));
  erase.bind(1, id);
  return erase.run();
}

Result<std::int64_t> stage_row(Transaction& transaction,
                               std::string_view bucket,
                               const ObjectIndex::Arrival& arrival) {
  const Bytes told = encode_notice(arrival.notice);
  SLUICE_TRY(insert,
             transaction.prepare("INSERT INTO staged_objects(bucket, key, placement, inode, bytes, "
                                 "modified_ns, etag, sha256, headers, checksum, notice) "
                                 "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.bind_blob(11, told);  // the rest is bound by write_row()
  SLUICE_TRY_DO(write_row(insert, staged_table, bucket, arrival.object, told));
  SLUICE_TRY(select, transaction.prepare("SELECT last_insert_rowid()"));
  SLUICE_TRY(has_row, select.next());
  SLUICE_CHECK(has_row);
  const std::int64_t id = select.integer(0);
  SLUICE_CHECK(id > 0);
  return id;
}

Result<void> promote_row(Transaction& transaction, std::int64_t id) {
  StagedObject staged;
  {
    SLUICE_TRY(select,
               transaction.prepare("SELECT key, placement, inode, bytes, modified_ns, etag, "
                                   "sha256, headers, checksum, bucket, notice, id "
                                   "FROM staged_objects WHERE id = ?"));
    select.bind(1, id);
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      return fail(Fault::missing, fmt::format("there is no staged object {}", id));
    }
    SLUICE_TRY(read, read_staged(select));
    staged = std::move(read);
  }
  const IndexedObject& object = staged.object;
  SLUICE_TRY_DO(save_row(transaction, staged.bucket, object));
  SLUICE_TRY_DO(
      Notifications::add(transaction,
                         staged.notice,
                         {0, {}, {}, staged.bucket, object.key, object.file.bytes, object.etag}));
  return drop_staged(transaction, id);
}

// Without an end the prefix is empty or cannot be exceeded, and the bucket's last key bounds the
// walk.
constexpr std::string_view page_with_end =
    "SELECT key, placement, inode, bytes, modified_ns, etag, sha256, headers, checksum "
    "FROM objects WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?";
constexpr std::string_view page_without_end =
    "SELECT key, placement, inode, bytes, modified_ns, etag, sha256, headers, checksum "
    "FROM objects WHERE bucket = ? AND key >= ? ORDER BY key LIMIT ?";

// The first key that a page may hold.
std::string first_key(const PageQuery& query) {
  if (query.after < query.prefix || (query.after.empty() && query.prefix.empty())) {
    return query.prefix;
  }
  // The string that follows directly on another is that one with a zero byte behind it.
  return query.includes_after ? query.after : query.after + '\0';
}

}  // namespace

Result<std::optional<IndexedObject>> ObjectIndex::find(std::string_view bucket,
                                                       std::string_view key) {
  std::optional<IndexedObject> found;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(
        select,
        transaction.prepare(
            "SELECT key, placement, inode, bytes, modified_ns, etag, sha256, headers, checksum "
            "FROM objects WHERE bucket = ? AND key = ?"));
    select.bind_text(1, bucket);
    select.bind_blob(2, key);
    SLUICE_TRY(has_row, select.next());
    if (has_row) {
      SLUICE_TRY(object, read_row(select, objects_table, bucket));
      found = std::move(object);
    }
    return {};
  }));
  return found;
}

Result<std::vector<IndexedObject>> ObjectIndex::page(std::string_view bucket,
                                                     const PageQuery& query) {
  const std::string first = first_key(query);
  const auto end = prefix_end(query.prefix);
  std::vector<IndexedObject> objects;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select, transaction.prepare(end ? page_with_end : page_without_end));
    int parameter = 0;
    select.bind_text(++parameter, bucket);
    select.bind_blob(++parameter, first);
    if (end) {
      select.bind_blob(++parameter, *end);
    }
    select.bind_bits(++parameter, query.limit);
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        return {};
      }
      SLUICE_TRY(object, read_row(select, objects_table, bucket));
      if (!object.key.starts_with(query.prefix)) {
        return {};
      }
      objects.push_back(std::move(object));
    }
  }));
  return objects;
}

Result<std::vector<std::string>> ObjectIndex::without_row(std::string_view bucket,
                                                          std::vector<std::string> keys) {
  std::vector<std::string> missing;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               transaction.prepare(
                   "SELECT 1 FROM objects WHERE bucket = ? AND key = ? AND placement = 0"));
    for (std::string& key : keys) {
      select.bind_text(1, bucket);
      select.bind_blob(2, key);
      SLUICE_TRY(has_row, select.next());
      select.reset();
      if (!has_row) {
        missing.push_back(std::move(key));
      }
    }
    return {};
  }));
  return missing;
}

Result<void> ObjectIndex::save(std::string_view bucket, const IndexedObject& object) {
  return database_.write(
      [&](Transaction& transaction) { return save_row(transaction, bucket, object); },
      Durability::lazy);
}

Result<void> ObjectIndex::save_all(std::string_view bucket,
                                   const std::vector<IndexedObject>& objects) {
  return database_.write(
      [&](Transaction& transaction) -> Result<void> {
        for (const IndexedObject& object : objects) {
          SLUICE_TRY_DO(save_row(transaction, bucket, object));
        }
        return {};
      },
      Durability::lazy);
}

Result<void> ObjectIndex::remove_all(std::string_view bucket,
                                     const std::vector<std::string>& keys) {
  return database_.write(
      [&](Transaction& transaction) -> Result<void> {
        SLUICE_TRY(erase, transaction.prepare("DELETE FROM objects WHERE bucket = ? AND key = ?"));
        for (const std::string& key : keys) {
          erase.bind_text(1, bucket);
          erase.bind_blob(2, key);
          SLUICE_TRY_DO(erase.run());
        }
        return {};
      },
      Durability::lazy);
}

Result<void> ObjectIndex::remove_bucket(Transaction& transaction, std::string_view bucket) {
  for (const std::string_view sql :
       {"DELETE FROM objects WHERE bucket = ?", "DELETE FROM staged_objects WHERE bucket = ?"}) {
    SLUICE_TRY(erase, transaction.prepare(sql));
    erase.bind_text(1, bucket);
    SLUICE_TRY_DO(erase.run());
  }
  return {};
}

Result<std::int64_t> ObjectIndex::stage(std::string_view bucket,
                                        const IndexedObject& object,
                                        const Notice& notice) {
  const Arrival arrival{object, notice};
  SLUICE_TRY(ids, stage_all(bucket, {&arrival, 1}));
  return ids.front();
}

Result<std::vector<std::int64_t>> ObjectIndex::stage_all(std::string_view bucket,
                                                         std::span<const Arrival> arrivals) {
  std::vector<std::int64_t> ids;
  SLUICE_TRY_DO(database_.write([&](Transaction& transaction) -> Result<void> {
    for (const Arrival& arrival : arrivals) {
      SLUICE_TRY(id, stage_row(transaction, bucket, arrival));
      ids.push_back(id);
    }
    return {};
  }));
  return ids;
}

Result<void> ObjectIndex::promote_all(std::span<const std::int64_t> ids) {
  return database_.write(
      [&](Transaction& transaction) -> Result<void> {
        for (const std::int64_t id : ids) {
          SLUICE_TRY_DO(promote_row(transaction, id));
        }
        return {};
      },
      Durability::lazy);
}

Result<void> ObjectIndex::drop(std::int64_t id) {
  return database_.write([&](Transaction& transaction) { return drop_staged(transaction, id); },
                         Durability::lazy);
}

Result<std::vector<StagedObject>> ObjectIndex::staged() {
  std::vector<StagedObject> all;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(
        select,
        transaction.prepare("SELECT key, placement, inode, bytes, modified_ns, etag, sha256, "
                            "headers, checksum, bucket, notice, id FROM staged_objects "
                            "ORDER BY id"));
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        return {};
      }
      SLUICE_TRY(staged, read_staged(select));
      all.push_back(std::move(staged));
    }
  }));
  return all;
}

std::optional<std::string> prefix_end(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) {
    end.pop_back();
  }
  if (end.empty()) {
    return std::nullopt;
  }
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace sluice::store
