// SQLite connections, statements and transactions.
#include "store/database.h"

#include "base/check.h"
#include "base/file_system.h"
#include "store/schema.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <bit>
#include <cerrno>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace sluice::store {
namespace {

// Busy streams write little here: a WAL of this many pages (4 KiB each) is folded back.
constexpr int checkpoint_pages = 1000;

Fault fault_of(int code, int system_error) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Fault::throttled;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::unavailable;
    case SQLITE_CONSTRAINT:
      return Fault::conflict;
    case SQLITE_TOOBIG:
      return Fault::too_large;
    case SQLITE_IOERR:
      return system_error == ENOSPC || system_error == EDQUOT ? Fault::throttled : Fault::io;
    default:
      return Fault::io;
  }
}

// What a person can do about it; empty where the cause says it all.
std::string_view remedy_of(Fault fault, int code) {
  if (fault == Fault::corrupt) {
    return "; `sluice recover --help` says how it is made again";
  }
  if (fault == Fault::throttled) {
    return "; free some space on that file system";
  }
  switch (code & 0xff) {
    case SQLITE_IOERR:
      return "; check the disk and the kernel's log";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return "; check its owner and mode, those of the folders above it, and the disk";
    default:
      return "";
  }
}

}  // namespace

// One SQLite connection with its prepared statements.  Used by one thread at a time: whoever holds
// `mutex`.
class Connection {
 public:
  Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  ~Connection() {
    for (auto& [sql, cached] : statements_) {
      SLUICE_CHECK(!cached.in_use);
      sqlite3_finalize(cached.statement);
    }
    sqlite3_close(handle_);
  }

  static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                  bool read_only,
                                                  std::chrono::milliseconds busy_timeout) {
    sqlite3* handle = nullptr;
    const int access =
        read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX, nullptr);
    SLUICE_CHECK(handle != nullptr);
    auto connection = std::make_unique<Connection>(handle, path);
    if (code != SQLITE_OK) {
      return connection->failure(code, "open");
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    return connection;
  }

  std::unexpected<Error> failure(int code, std::string_view doing) const {
    const Fault fault = fault_of(code, sqlite3_system_errno(handle_));
    return fail(fault,
                fmt::format("database {}: {}: {} (SQLite code {}){}",
                            path_,
                            doing,
                            sqlite3_errmsg(handle_),
                            sqlite3_extended_errcode(handle_),
                            remedy_of(fault, code)));
  }

  // Runs statements without parameters and results.
  Result<void> execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
      return failure(code, sql.substr(0, sql.find('\n')));
    }
    return {};
  }

  Result<std::pair<sqlite3_stmt*, bool*>> borrow(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      SLUICE_CHECK(sql.size() < static_cast<std::size_t>(std::numeric_limits<int>::max()));
      sqlite3_stmt* statement = nullptr;
      const int code = sqlite3_prepare_v3(handle_,
                                          sql.data(),
                                          static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT,
                                          &statement,
                                          nullptr);
      if (code != SQLITE_OK) {
        return failure(code, fmt::format("prepare `{}`", sql));
      }
      SLUICE_CHECK(statement != nullptr);
      found = statements_.emplace(std::string(sql), Cached{statement, false}).first;
    }
    SLUICE_CHECK(!found->second.in_use);
    found->second.in_use = true;
    return std::pair(found->second.statement, &found->second.in_use);
  }

  sqlite3* handle() const { return handle_; }

  std::mutex mutex;
  bool syncs_commits = true;

 private:
  struct Cached {
    sqlite3_stmt* statement;
    bool in_use;
  };

  sqlite3* handle_;
  std::string path_;
  std::map<std::string, Cached, std::less<>> statements_;
};

Statement::Statement(Connection& connection, sqlite3_stmt* statement, bool* in_use)
    : connection_(&connection), statement_(statement), in_use_(in_use) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      in_use_(std::exchange(other.in_use_, nullptr)) {}

Statement::~Statement() {
  give_back();
}

void Statement::give_back() {
  if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    *in_use_ = false;
    statement_ = nullptr;
  }
}

void Statement::bind(int parameter, std::int64_t value) {
  SLUICE_CHECK(sqlite3_bind_int64(statement_, parameter, value) == SQLITE_OK);
}

void Statement::bind_bits(int parameter, std::uint64_t value) {
  bind(parameter, std::bit_cast<std::int64_t>(value));
}

void Statement::bind_text(int parameter, std::string_view value) {
  // A null pointer would bind NULL.
  const char* data = value.data() == nullptr ? "" : value.data();
  const int code =
      sqlite3_bind_text64(statement_, parameter, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  SLUICE_CHECK(code == SQLITE_OK);
}

void Statement::bind_blob(int parameter, ByteView value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  const int code = sqlite3_bind_blob64(statement_, parameter, data, value.size(), SQLITE_STATIC);
  SLUICE_CHECK(code == SQLITE_OK);
}

Result<void> Statement::run() {
  SLUICE_TRY(has_row, next());
  SLUICE_CHECK(!has_row);
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

Result<bool> Statement::next() {
  SLUICE_CHECK(statement_ != nullptr);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    return false;
  }
  return connection_->failure(code, sqlite3_sql(statement_));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::uint64_t Statement::bits(int column) const {
  return std::bit_cast<std::uint64_t>(integer(column));
}

std::string_view Statement::text(int column) const {
  return blob(column);
}

ByteView Statement::blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? ByteView() : ByteView(static_cast<const char*>(data), size);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Result<Statement> Transaction::prepare(std::string_view sql) {
  SLUICE_TRY(borrowed, connection_.borrow(sql));
  return Statement(connection_, borrowed.first, borrowed.second);
}

std::int64_t Transaction::changed_rows() const {
  return sqlite3_changes64(connection_.handle());
}

namespace {

Result<std::int64_t> read_pragma(Connection& connection, const std::string& name) {
  SLUICE_TRY(borrowed, connection.borrow("PRAGMA " + name));
  auto [statement, in_use] = borrowed;
  const int code = sqlite3_step(statement);
  const std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  *in_use = false;
  if (code != SQLITE_ROW) {
    return connection.failure(code, "read PRAGMA " + name);
  }
  return value;
}

// Refuses files that are not ours or come from a newer program; says which version it is.
Result<std::int32_t> check_origin(Connection& connection, const std::string& path) {
  SLUICE_TRY(application, read_pragma(connection, "application_id"));
  SLUICE_TRY(version, read_pragma(connection, "user_version"));
  SLUICE_TRY(pages, read_pragma(connection, "page_count"));
  if (pages > 0 && application != application_id && (application != 0 || version != 0)) {
    return fail(Fault::invalid,
                fmt::format("{} is an SQLite file of another program (application id {:#x}): name "
                            "another data directory",
                            path,
                            application));
  }
  if (version > schema_version()) {
    return fail(Fault::unsupported,
                fmt::format("{} has schema version {}, and this program knows {} at most: it was "
                            "written by a newer sluice, start that one",
                            path,
                            version,
                            schema_version()));
  }
  return static_cast<std::int32_t>(version);
}

Result<void> configure(Connection& connection, const DatabaseOptions& options) {
  // Without the last two a damaged or hostile file could make SQLite do what no statement of ours
  // says.
  SLUICE_TRY_DO(
      connection.execute("PRAGMA foreign_keys=ON; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF; "
                         "PRAGMA cell_size_check=ON"));
  if (options.read_only) {
    return connection.execute("PRAGMA query_only=ON");
  }
  SLUICE_TRY_DO(connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"));
  SLUICE_TRY_DO(connection.execute(fmt::format("PRAGMA wal_autocheckpoint={}", checkpoint_pages)));
  if (options.pages_max) {
    SLUICE_TRY_DO(connection.execute(fmt::format("PRAGMA max_page_count={}", *options.pages_max)));
  }
  return {};
}

// Runs the steps from `version` on, all in one transaction.
Result<void> migrate(Connection& connection, std::int32_t version) {
  const auto steps = schema_steps();
  SLUICE_CHECK(version >= 0);
  SLUICE_CHECK(static_cast<std::size_t>(version) <= steps.size());
  if (version == schema_version()) {
    return {};
  }
  SLUICE_TRY_DO(connection.execute("BEGIN IMMEDIATE"));
  auto done = [&]() -> Result<void> {
    for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step) {
      SLUICE_TRY_DO(connection.execute(std::string(steps[step])));
    }
    SLUICE_TRY_DO(connection.execute(fmt::format(
        "PRAGMA application_id={}; PRAGMA user_version={}", application_id, schema_version())));
    return connection.execute("COMMIT");
  }();
  if (!done) {
    sqlite3_exec(connection.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return done;
}

}  // namespace

Database::Database(std::string path,
                   std::unique_ptr<Connection> writer,
                   std::unique_ptr<Connection> reader)
    : path_(std::move(path)), writer_(std::move(writer)), reader_(std::move(reader)) {}

Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::string& path,
                                                 const DatabaseOptions& options) {
  SLUICE_TRY(writer, Connection::open(path, options.read_only, options.busy_timeout));
  SLUICE_TRY(version, check_origin(*writer, path));
  SLUICE_TRY_DO(configure(*writer, options));
  if (!options.read_only) {
    SLUICE_TRY_DO(migrate(*writer, version));
    // SQLite syncs its files; the name of a new one is ours to make durable.
    SLUICE_TRY_DO(make_posix_file_system()->sync_directory(parent_path(path)));
  }
  SLUICE_TRY(reader, Connection::open(path, options.read_only, options.busy_timeout));
  DatabaseOptions reading = options;
  reading.read_only = true;
  SLUICE_TRY_DO(configure(*reader, reading));
  return std::unique_ptr<Database>(new Database(path, std::move(writer), std::move(reader)));
}

Result<void> Database::write(const Work& work, Durability durability) {
  const std::lock_guard lock(writer_->mutex);
  const bool syncs = durability == Durability::synced;
  if (syncs != writer_->syncs_commits) {
    SLUICE_TRY_DO(
        writer_->execute(syncs ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
    writer_->syncs_commits = syncs;
  }
  SLUICE_TRY_DO(writer_->execute("BEGIN IMMEDIATE"));
  Transaction transaction(*writer_);
  Result<void> done = work(transaction);
  if (done) {
    done = writer_->execute("COMMIT");
  }
  // Some failures have rolled back already.
  if (!done && sqlite3_get_autocommit(writer_->handle()) == 0) {
    sqlite3_exec(writer_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  SLUICE_CHECK(sqlite3_get_autocommit(writer_->handle()) != 0);
  return done;
}

Result<void> Database::read(const Work& work) {
  const std::lock_guard lock(reader_->mutex);
  SLUICE_TRY_DO(reader_->execute("BEGIN"));
  Transaction transaction(*reader_);
  Result<void> done = work(transaction);
  sqlite3_exec(reader_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  return done;
}

}  // namespace sluice::store
