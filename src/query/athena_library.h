// What users keep in Athena beside executions: work groups, named queries and prepared statements.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/definitions.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::query {

// The work group that is always there and cannot be deleted.
inline constexpr std::string_view primary_work_group = "primary";

struct WorkGroup {
  std::string name;
  std::string description;
  bool is_enabled = true;
  UnixMillis created{};
  std::string output_location;  // empty: each query names its own
  bool is_enforced = true;      // the location above goes before that of a query
  bool publishes_metrics = false;
  bool is_requester_paying = false;
  std::optional<std::int64_t> bytes_scanned_max;  // kept, and not enforced
  std::string engine = "AUTO";
  std::map<std::string, std::string> tags;
};

struct NamedQuery {
  std::string id;
  std::string name;
  std::string description;
  std::string database;
  std::string sql;
  std::string work_group;
  std::string client_token;
};

struct PreparedStatement {
  std::string name;
  std::string work_group;
  std::string sql;
  std::string description;
  UnixMillis modified{};
};

// Thread-safe.  Each change is in the store when it returns.
class Library {
 public:
  // Creates `primary` with the output location at the first start.  Borrows everything.
  static Result<std::unique_ptr<Library>> open(store::Database& database,
                                               const Clock& clock,
                                               Random& random,
                                               std::string_view output_location);

  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // Fault::conflict when there is one of that name.  The time is set here.
  Result<void> create_work_group(WorkGroup group);
  // Fault::missing.
  Result<WorkGroup> work_group(std::string_view name) const;
  Result<void> update_work_group(const WorkGroup& group);
  std::vector<WorkGroup> work_groups() const;
  // Fault::missing; Fault::invalid for `primary`; Fault::conflict when it holds queries or
  // statements and `is_recursive` is not set.
  Result<void> delete_work_group(std::string_view name, bool is_recursive);

  // Its identifier; that of the query which was created with the same client token, if there is
  // one. Fault::missing without the work group.
  Result<std::string> create_named_query(NamedQuery query);
  // Fault::missing.
  Result<NamedQuery> named_query(std::string_view id) const;
  Result<void> update_named_query(const NamedQuery& query);
  Result<void> delete_named_query(std::string_view id);
  std::vector<std::string> named_queries(std::string_view work_group) const;  // by identifier

  // Fault::conflict when there is one of that name in the work group, Fault::missing without it.
  Result<void> create_prepared(PreparedStatement statement);
  // Fault::missing.
  Result<PreparedStatement> prepared(std::string_view work_group, std::string_view name) const;
  Result<void> update_prepared(PreparedStatement statement);
  Result<void> delete_prepared(std::string_view work_group, std::string_view name);
  std::vector<PreparedStatement> prepared_statements(std::string_view work_group) const;  // by name

 private:
  using PreparedKey = std::pair<std::string, std::string>;  // work group, name

  Library(store::Database& database, const Clock& clock, Random& random)
      : definitions_(database), clock_(clock), random_(random) {}

  Result<void> load();
  Result<void> need_group(std::string_view name) const;

  store::Definitions definitions_;
  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  std::map<std::string, WorkGroup, std::less<>> groups_;
  std::map<std::string, NamedQuery, std::less<>> queries_;
  std::map<PreparedKey, PreparedStatement> prepared_;
};

}  // namespace sluice::query
