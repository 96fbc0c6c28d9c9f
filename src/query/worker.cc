// The child's side of a query.
#include "query/worker.h"

#include "query/child_process.h"
#include "query/confinement.h"
#include "query/duckdb_api.h"
#include "query/engine_error.h"
#include "query/sql_text.h"
#include "query/worker_protocol.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <utility>

namespace sluice::query {
namespace {

using Values = std::span<const std::optional<std::string_view>>;
template <class T>
using WorkResult = std::expected<T, FailedMessage>;

constexpr std::size_t rows_bytes_flushed = std::size_t{64} << 10;
constexpr std::size_t counters_bytes = 64;  // that are read of /proc/self/io, which has more

FailedMessage failure_of(const Error& error) {
  return {error.fault(), std::nullopt, error.message()};
}

// The socket to the engine.
class Line {
 public:
  Result<StartMessage> receive_start() {
    FrameReader reader;
    char buffer[1 << 16];
    for (;;) {
      SLUICE_TRY(frame, reader.next());
      if (frame) {
        return decode_start(frame->payload);
      }
      const ssize_t got = ::recv(worker_socket, buffer, sizeof(buffer), 0);
      if (got <= 0 && !(got < 0 && errno == EINTR)) {
        return fail(Fault::cancelled, "the engine has gone");
      }
      reader.add({buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
    }
  }

  // An engine that has gone wants no more work done.
  void send(FrameKind kind, ByteView payload) {
    Bytes frame;
    frame.reserve(frame_head_bytes + payload.size());
    put_frame(frame, kind, payload);
    for (ByteView rest = frame; !rest.empty();) {
      const ssize_t sent = ::send(worker_socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR) {
        ::_exit(1);
      }
      rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
  }
};

std::string_view text_of(const DuckdbString& string) {
  if (string.length <= duckdb_inlined_bytes_max) {
    return {string.inlined, string.length};
  }
  // Behind four bytes of its beginning stands a pointer to the whole.
  const char* data = nullptr;
  std::memcpy(static_cast<void*>(&data), string.inlined + 4, sizeof(data));
  return {data, string.length};
}

// A connection.  Nothing is closed: the process ends with its one query.
class Session {
 public:
  explicit Session(const DuckdbApi& api) : api_(api) {}

  // With one thread, which is this one: it looks around in /proc, and must be open before the
  // process is confined, while what confines holds for threads that start later.
  WorkResult<void> open(const EngineLimits& limits) {
    DuckdbConfig config = nullptr;
    if (api_.create_config(&config) != DuckdbState::success) {
      return std::unexpected(FailedMessage{Fault::too_large, {}, "no memory to start DuckDB"});
    }
    const std::string memory = fmt::format("{}B", limits.memory_bytes);
    const std::pair<const char*, const char*> settings[] = {
        {"memory_limit", memory.c_str()},
        {"threads", "1"},
        {"temp_directory", ""},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_persistent_secrets", "false"},
        {"errors_as_json", "true"},
    };
    for (const auto& [name, value] : settings) {
      if (api_.set_config(config, name, value) != DuckdbState::success) {
        return std::unexpected(
            FailedMessage{Fault::unavailable, {}, fmt::format("DuckDB has no setting {}", name)});
      }
    }
    DuckdbDatabase database = nullptr;
    char* error = nullptr;
    if (api_.open_ext(nullptr, &database, config, &error) != DuckdbState::success) {
      return std::unexpected(read_engine_error(error == nullptr ? "" : error, false));
    }
    api_.destroy_config(&config);
    if (api_.connect(database, &connection_) != DuckdbState::success) {
      return std::unexpected(FailedMessage{Fault::io, {}, "cannot connect to DuckDB"});
    }
    return {};
  }

  // For a statement of ours; returns the number of rows it has written.
  WorkResult<std::uint64_t> execute(const std::string& sql, bool has_users_positions) {
    DuckdbResult result{};
    WorkResult<std::uint64_t> done;
    if (api_.query(connection_, sql.c_str(), &result) == DuckdbState::success) {
      done = api_.rows_changed(&result);
    } else {
      done = failed(api_.result_error(&result), has_users_positions);
    }
    api_.destroy_result(&result);
    return done;
  }

  // How many statements a text holds; parsed, not planned.
  WorkResult<std::uint64_t> count_statements(const std::string& sql) {
    DuckdbExtracted extracted = nullptr;
    const std::uint64_t count = api_.extract_statements(connection_, sql.c_str(), &extracted);
    const char* error = count == 0 ? api_.extract_statements_error(extracted) : nullptr;
    if (error != nullptr) {
      return failed(error, true);
    }
    return count;
  }

  // What is wrong with a SELECT, and where; std::nullopt when it can be planned.
  std::optional<FailedMessage> what_is_wrong(const std::string& sql) {
    DuckdbPrepared prepared = nullptr;
    if (api_.prepare(connection_, sql.c_str(), &prepared) == DuckdbState::success) {
      return api_.nparams(prepared) == 0
                 ? std::nullopt
                 : std::optional(FailedMessage{
                       Fault::invalid, {}, "there are parameters (?, $1), and no values for them"});
    }
    const char* error = api_.prepare_error(prepared);
    return read_engine_error(error == nullptr ? "" : error, true);
  }

  // The rows of a statement whose columns are all VARCHAR, while they are made.
  template <class OnRow>
  WorkResult<void> stream(const std::string& sql, bool has_users_positions, const OnRow& on_row) {
    DuckdbPrepared prepared = nullptr;
    if (api_.prepare(connection_, sql.c_str(), &prepared) != DuckdbState::success) {
      return failed(api_.prepare_error(prepared), has_users_positions);
    }
    DuckdbPending pending = nullptr;
    if (api_.pending_prepared_streaming(prepared, &pending) != DuckdbState::success) {
      return failed(api_.pending_error(pending), has_users_positions);
    }
    DuckdbResult result{};
    if (api_.execute_pending(pending, &result) != DuckdbState::success) {
      return failed(api_.result_error(&result), has_users_positions);
    }
    std::vector<std::optional<std::string_view>> row(api_.column_count(&result));
    while (DuckdbChunk chunk = api_.fetch_chunk(result)) {
      const std::uint64_t rows = api_.data_chunk_get_size(chunk);
      for (std::uint64_t r = 0; r < rows; ++r) {
        read_row(chunk, r, row);
        if (WorkResult<void> done = on_row(row); !done) {
          return done;
        }
      }
      api_.destroy_data_chunk(&chunk);
      if (rows == 0) {
        break;
      }
    }
    const char* error = api_.result_error(&result);
    if (error != nullptr && *error != '\0') {
      return failed(error, has_users_positions);
    }
    return {};
  }

 private:
  static std::unexpected<FailedMessage> failed(const char* error, bool has_users_positions) {
    return std::unexpected(read_engine_error(error == nullptr ? "" : error, has_users_positions));
  }

  void read_row(DuckdbChunk chunk,
                std::uint64_t index,
                std::vector<std::optional<std::string_view>>& row) const {
    constexpr std::uint64_t bits = 64;
    for (std::size_t c = 0; c < row.size(); ++c) {
      DuckdbVector vector = api_.data_chunk_get_vector(chunk, c);
      const std::uint64_t* validity = api_.vector_get_validity(vector);
      const bool is_null =
          validity != nullptr && (validity[index / bits] >> (index % bits) & 1) == 0;
      row[c] = is_null ? std::nullopt
                       : std::optional(text_of(static_cast<const DuckdbString*>(
                             api_.vector_get_data(vector))[index]));
    }
  }

  const DuckdbApi& api_;
  DuckdbConnection connection_ = nullptr;
};

// A word at `at` of an SQL text, behind white space and comments; `at` is moved behind it.
std::string_view next_word(std::string_view sql, std::size_t& at) {
  for (;;) {
    at = std::min(sql.find_first_not_of(" \t\r\n\f\v", at), sql.size());
    if (sql.substr(at).starts_with("--")) {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at).starts_with("/*")) {
      const std::size_t end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  const std::size_t start = at;
  while (at < sql.size() && ((sql[at] | 0x20) >= 'a' && (sql[at] | 0x20) <= 'z')) {
    ++at;
  }
  return sql.substr(start, at - start);
}

bool is_word(std::string_view word, std::string_view lower) {
  return std::ranges::equal(word, lower, [](char a, char b) { return (a | 0x20) == b; });
}

// The user's statement in its parts: EXPLAIN [ANALYZE] in front, and the question.
struct Statement {
  std::string explain;     // "", "EXPLAIN " or "EXPLAIN ANALYZE "
  std::string question;    // a text for DuckDB's query(), which takes one SELECT and nothing else
  std::size_t offset = 0;  // of the question in the user's text
};

Statement parts_of(const std::string& sql) {
  std::size_t at = 0;
  if (!is_word(next_word(sql, at), "explain")) {
    return {"", sql, 0};
  }
  std::size_t behind = at;
  if (is_word(next_word(sql, behind), "analyze")) {
    return {"EXPLAIN ANALYZE ", sql.substr(behind), behind};
  }
  return {"EXPLAIN ", sql.substr(at), at};
}

bool is_nested(std::string_view type) {
  return type.ends_with(']') || type.starts_with("STRUCT(") || type.starts_with("MAP(");
}

class Worker {
 public:
  explicit Worker(Line& line) : line_(line) {}

  WorkResult<DoneMessage> run(const StartMessage& start) {
    auto api = load_duckdb(start.library);
    if (!api) {
      return std::unexpected(failure_of(api.error()));
    }
    const int counters = ::open("/proc/self/io", O_RDONLY | O_CLOEXEC);
    Session session(*api);
    if (WorkResult<void> done = session.open(start.limits); !done) {
      return std::unexpected(done.error());
    }
    if (WorkResult<void> done = confine(start); !done) {
      return std::unexpected(done.error());
    }
    if (WorkResult<void> done = prepare(session, start); !done) {
      return std::unexpected(done.error());
    }
    const std::uint64_t bytes_before = bytes_read(counters) + counters_bytes;  // itself counted
    if (WorkResult<void> done = answer(session, start.script); !done) {
      return std::unexpected(done.error());
    }
    flush();
    const std::uint64_t bytes_after = bytes_read(counters);
    done_.bytes_scanned = bytes_after - std::min(bytes_before, bytes_after);
    done_.files_opened = files_opened(session);
    return done_;
  }

 private:
  WorkResult<void> confine(const StartMessage& start) {
    const std::string& output = start.script.parquet_to;
    if (!output.empty()) {
      constexpr mode_t mode = 0666;
      const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, mode);
      if (file < 0) {
        return std::unexpected(
            failure_of(fail_errno(errno, fmt::format("cannot write {}", output)).error()));
      }
      ::close(file);
    }
    const Result<FileRule> rule = confine_process({.memory_bytes = start.limits.memory_bytes,
                                                   .threads = start.limits.threads,
                                                   .time = start.limits.time,
                                                   .readable = start.script.readable,
                                                   .writable = output});
    if (!rule) {
      return std::unexpected(failure_of(rule.error()));
    }
    done_.is_confined = *rule == FileRule::enforced;
    return {};
  }

  // DuckDB's own locks: nothing but the readable files, and no setting may change any more.
  WorkResult<void> prepare(Session& session, const StartMessage& start) {
    std::string folders;
    std::string files;
    for (const std::string& path : start.script.readable) {
      struct stat status{};
      if (::stat(path.c_str(), &status) == 0) {
        (S_ISDIR(status.st_mode) ? folders : files) += sql_string(path) + ",";
      }
    }
    if (!start.script.parquet_to.empty()) {
      files += sql_string(start.script.parquet_to);
    }
    std::vector<std::string> statements = {fmt::format("SET threads={}", start.limits.threads),
                                           "SET TimeZone='UTC'",
                                           fmt::format("SET allowed_directories=[{}]", folders),
                                           fmt::format("SET allowed_paths=[{}]", files),
                                           "SET enable_external_access=false"};
    statements.insert(statements.end(), start.script.setup.begin(), start.script.setup.end());
    statements.emplace_back("SET lock_configuration=true");
    for (const std::string& statement : statements) {
      if (const auto done = session.execute(statement, false); !done) {
        return std::unexpected(FailedMessage{
            Fault::io, {}, fmt::format("cannot prepare the query: {}", done.error().message)});
      }
    }
    return {};
  }

  WorkResult<void> answer(Session& session, const Script& script) {
    if (script.sql.find('\0') != std::string::npos) {
      return std::unexpected(
          FailedMessage{Fault::invalid, script.sql.find('\0'), "the statement holds a zero byte"});
    }
    const Statement statement = parts_of(script.sql);
    const std::string source = fmt::format("query({})", sql_string(statement.question));
    std::vector<ResultColumn> columns;
    const WorkResult<void> described =
        session.stream("DESCRIBE FROM " + source, false, [&](Values row) -> WorkResult<void> {
          columns.emplace_back(std::string(row[0].value_or("")), std::string(row[1].value_or("")));
          return {};
        });
    if (!described) {
      return std::unexpected(refusal(session, statement, described.error()));
    }
    WorkResult<void> done = ask(session, script, statement, source, columns);
    if (!done && done.error().offset) {
      *done.error().offset += statement.offset;
    }
    return done;
  }

  WorkResult<void> ask(Session& session,
                       const Script& script,
                       const Statement& statement,
                       const std::string& source,
                       const std::vector<ResultColumn>& columns) {
    const auto on_row = [&](Values row) { return take(row); };
    if (!statement.explain.empty()) {
      const ResultColumn explained[] = {{"explain_key", "VARCHAR"}, {"explain_value", "VARCHAR"}};
      line_.send(FrameKind::columns, encode(explained));
      return session.stream(statement.explain + "FROM " + source, true, on_row);
    }
    if (columns.size() > result_columns_max) {
      return std::unexpected(FailedMessage{
          Fault::too_large, {}, fmt::format("a result may have {} columns", result_columns_max)});
    }
    line_.send(FrameKind::columns, encode(columns));
    if (!script.parquet_to.empty()) {
      const auto written =
          session.execute(fmt::format("COPY (FROM {}) TO {} (FORMAT parquet, USE_TMP_FILE false)",
                                      source,
                                      sql_string(script.parquet_to)),
                          true);
      if (!written) {
        return std::unexpected(written.error());
      }
      done_.rows = *written;
      return {};
    }
    std::string names;
    std::string casts;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      names += fmt::format("{}c{}", i == 0 ? "" : ",", i);
      const bool as_json = script.nested_as_json && is_nested(columns[i].type);
      casts +=
          fmt::format("{}CAST({}(c{}) AS VARCHAR)", i == 0 ? "" : ",", as_json ? "to_json" : "", i);
    }
    return session.stream(
        fmt::format("SELECT {} FROM {} AS t({})", casts, source, names), true, on_row);
  }

  // Why the question cannot be asked, with positions in the user's own text.
  static FailedMessage refusal(Session& session,
                               const Statement& statement,
                               const FailedMessage& otherwise) {
    const auto moved = [&](FailedMessage failure) {
      if (failure.offset) {
        *failure.offset += statement.offset;
      }
      return failure;
    };
    const auto statements = session.count_statements(statement.question);
    if (!statements) {
      return moved(statements.error());
    }
    if (*statements == 0) {
      return {Fault::invalid, std::nullopt, "there is no statement"};
    }
    if (*statements > 1) {
      return {Fault::invalid, std::nullopt, "there is more than one statement; ask one at a time"};
    }
    // Whatever else it is, it must not even be planned: planning an EXPORT makes a folder.
    if (otherwise.message.find("single SELECT") != std::string::npos) {
      return {Fault::invalid,
              statement.offset,
              "only questions are answered here: SELECT, WITH, VALUES, SHOW, DESCRIBE, SUMMARIZE "
              "and EXPLAIN"};
    }
    const auto wrong = session.what_is_wrong(statement.question);
    return wrong ? moved(*wrong) : otherwise;
  }

  WorkResult<void> take(Values row) {
    const std::size_t before = rows_.size();
    for (const auto& value : row) {
      put_value(rows_, value);
    }
    if (rows_.size() - before > frame_bytes_max) {
      return std::unexpected(FailedMessage{Fault::too_large,
                                           {},
                                           fmt::format("row {} of the result is larger than {} MiB",
                                                       done_.rows + 1,
                                                       frame_bytes_max >> 20)});
    }
    if (rows_.size() > frame_bytes_max) {
      const Bytes last = rows_.substr(before);
      rows_.resize(before);
      flush();
      rows_ = last;
    }
    ++done_.rows;
    if (rows_.size() >= rows_bytes_flushed) {
      flush();
    }
    return {};
  }

  void flush() {
    if (!rows_.empty()) {
      line_.send(FrameKind::rows, rows_);
      rows_.clear();
    }
  }

  // Every file that was read has an entry in DuckDB's cache of file contents, which outlives the
  // contents.
  static std::uint64_t files_opened(Session& session) {
    std::uint64_t count = 0;
    const auto counted = session.stream(
        "SELECT CAST(count(DISTINCT path) AS VARCHAR) FROM duckdb_external_file_cache()",
        false,
        [&](Values row) -> WorkResult<void> {
          const std::string_view text = row[0].value_or("");
          std::from_chars(text.data(), text.data() + text.size(), count);
          return {};
        });
    return counted ? count : 0;
  }

  // "rchar: 123\n..." of /proc/self/io: everything read, which here is files.
  static std::uint64_t bytes_read(int counters) {
    char buffer[counters_bytes];
    const ssize_t got = counters < 0 ? -1 : ::pread(counters, buffer, sizeof(buffer), 0);
    const std::string_view text(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    constexpr std::string_view label = "rchar: ";
    std::uint64_t value = 0;
    if (text.starts_with(label)) {
      std::from_chars(text.data() + label.size(), text.data() + text.size(), value);
    }
    return value;
  }

  Line& line_;
  Bytes rows_;
  DoneMessage done_;
};

}  // namespace

std::optional<int> run_if_worker(std::span<const std::string> arguments) {
  if (!is_worker(arguments, worker_command)) {
    return std::nullopt;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!is_child_of_parent(arguments)) {
    return 1;  // started by hand, or the engine has gone already
  }
  Line line;
  const Result<StartMessage> start = line.receive_start();
  if (!start) {
    return 1;
  }
  const WorkResult<DoneMessage> done = Worker(line).run(*start);
  if (done) {
    line.send(FrameKind::done, encode(*done));
  } else {
    line.send(FrameKind::failed, encode(done.error()));
  }
  // Tearing a database down takes longer than the answer did.
  ::_exit(0);
}

}  // namespace sluice::query
