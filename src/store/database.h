// The small transactional store: one SQLite file in WAL mode, behind types of our own.
//
// A Database has two connections, each behind a mutex: one that writes and one that only reads, so
// that a reader never waits for somebody else's disk sync.  All work happens in a function handed
// to write() or read(), which sees a Transaction; statements are prepared once and kept.
//
//   SLUICE_TRY_DO(database.write([&](Transaction& transaction) -> Result<void> {
//     SLUICE_TRY(insert, transaction.prepare("INSERT INTO t(a) VALUES(?)"));
//     insert.bind(1, name);
//     return insert.run();
//   }));
//
// The operator may look inside with the sqlite3 shell while the server runs.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3_stmt;

namespace sluice::store {

class Connection;

// A prepared statement on loan from its connection; going out of scope makes it reusable.  Bind,
// then either run() or next() until it says false.  Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Text and blobs are borrowed until the statement goes out of scope or is run.
  void bind(int parameter, std::int64_t value);
  void bind_bits(int parameter, std::uint64_t value);  // the same 64 bits as a signed integer
  void bind_text(int parameter, std::string_view value);
  void bind_blob(int parameter, ByteView value);

  // For statements without rows; leaves it ready to be bound and run again.
  Result<void> run();

  // True: there is a row, and column reads are valid until the next call.
  Result<bool> next();

  // Makes it ready to be bound and run again before its rows are used up.
  void reset();

  // A NULL or a value of another type is converted as SQLite does (NULL: 0 or empty).
  std::int64_t integer(int column) const;
  std::uint64_t bits(int column) const;
  std::string_view text(int column) const;  // gone with the next call of next()
  ByteView blob(int column) const;          // likewise
  bool is_null(int column) const;

 private:
  friend class Transaction;
  Statement(Connection& connection, sqlite3_stmt* statement, bool* in_use);
  void give_back();

  Connection* connection_;
  sqlite3_stmt* statement_;
  bool* in_use_;
};

// What the function given to write() or read() works with; lives as long as that call.
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // `sql` is one statement.  The same text may not be on loan twice at once.
  Result<Statement> prepare(std::string_view sql);

  // Rows that the last INSERT, UPDATE or DELETE changed.
  std::int64_t changed_rows() const;

 private:
  friend class Database;

  explicit Transaction(Connection& connection) : connection_(connection) {}

  Connection& connection_;
};

// How much a committed transaction can be relied on.
enum class Durability : std::uint8_t {
  synced,  // survives a power cut once write() has returned
  lazy,    // survives the end of the process; a power cut may take it back, but only as a whole and
           // only together with everything later that is lazy too
};

struct DatabaseOptions {
  bool read_only = false;
  std::chrono::milliseconds busy_timeout{5000};  // how long to wait for an operator's shell
  std::optional<std::uint32_t> pages_max;        // bounds the file; full means Fault::throttled
};

// Thread-safe.  Statements and transactions must be gone before it is.
class Database {
 public:
  // Creates the file when there is none and brings an older one up to date.  Fault::unsupported
  // when a newer program wrote it, Fault::invalid when it is not ours, Fault::corrupt when it is
  // damaged.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                const DatabaseOptions& options = {});

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  using Work = std::function<Result<void>(Transaction&)>;

  // Runs `work` as one transaction.  When it or the commit fails nothing has changed.
  // Fault::throttled: the disk is full; Fault::unavailable: somebody else holds the file.  `work`
  // must not call write() again.
  Result<void> write(const Work& work, Durability durability = Durability::synced);

  // Runs `work` on a snapshot of what is committed; changes made by it are refused.  `work` must
  // not call read() again.
  Result<void> read(const Work& work);

  const std::string& path() const { return path_; }

 private:
  Database(std::string path,
           std::unique_ptr<Connection> writer,
           std::unique_ptr<Connection> reader);

  std::string path_;
  std::unique_ptr<Connection> writer_;
  std::unique_ptr<Connection> reader_;
};

}  // namespace sluice::store
