// Three kinds of definitions, in memory and in the store.
#include "query/athena_library.h"

#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::query {
namespace {

using store::kind_athena_named_query;
using store::kind_athena_prepared;
using store::kind_athena_work_group;

std::string text(json::View object, std::string_view member) {
  return std::string(object.find(member).as_string().value_or(""));
}

bool truth(json::View object, std::string_view member) {
  return object.find(member).as_bool().value_or(false);
}

std::string encode(const WorkGroup& group) {
  std::string out;
  json::Writer json(out);
  json.begin_object();
  json.member("name", std::string_view(group.name));
  json.member("description", std::string_view(group.description));
  json.member("is_enabled", group.is_enabled);
  json.member("created_ms", to_count(group.created));
  json.member("output_location", std::string_view(group.output_location));
  json.member("is_enforced", group.is_enforced);
  json.member("publishes_metrics", group.publishes_metrics);
  json.member("is_requester_paying", group.is_requester_paying);
  if (group.bytes_scanned_max) {
    json.member("bytes_scanned_max", *group.bytes_scanned_max);
  }
  json.member("engine", std::string_view(group.engine));
  json.key("tags");
  json.begin_object();
  for (const auto& [key, value] : group.tags) {
    json.member(key, std::string_view(value));
  }
  json.end_object();
  json.end_object();
  return out;
}

WorkGroup decode_group(json::View object) {
  WorkGroup group{.name = text(object, "name"),
                  .description = text(object, "description"),
                  .is_enabled = truth(object, "is_enabled"),
                  .created = unix_millis(object.find("created_ms").as_int64().value_or(0)),
                  .output_location = text(object, "output_location"),
                  .is_enforced = truth(object, "is_enforced"),
                  .publishes_metrics = truth(object, "publishes_metrics"),
                  .is_requester_paying = truth(object, "is_requester_paying"),
                  .bytes_scanned_max = object.find("bytes_scanned_max").as_int64(),
                  .engine = text(object, "engine"),
                  .tags = {}};
  for (const json::Member& tag : object.find("tags").members()) {
    group.tags[std::string(tag.key)] = tag.value.as_string().value_or("");
  }
  return group;
}

std::string encode(const NamedQuery& query) {
  std::string out;
  json::Writer json(out);
  json.begin_object();
  json.member("id", std::string_view(query.id));
  json.member("name", std::string_view(query.name));
  json.member("description", std::string_view(query.description));
  json.member("database", std::string_view(query.database));
  json.member("sql", std::string_view(query.sql));
  json.member("work_group", std::string_view(query.work_group));
  json.member("client_token", std::string_view(query.client_token));
  json.end_object();
  return out;
}

NamedQuery decode_query(json::View object) {
  return {.id = text(object, "id"),
          .name = text(object, "name"),
          .description = text(object, "description"),
          .database = text(object, "database"),
          .sql = text(object, "sql"),
          .work_group = text(object, "work_group"),
          .client_token = text(object, "client_token")};
}

std::string encode(const PreparedStatement& statement) {
  std::string out;
  json::Writer json(out);
  json.begin_object();
  json.member("name", std::string_view(statement.name));
  json.member("work_group", std::string_view(statement.work_group));
  json.member("sql", std::string_view(statement.sql));
  json.member("description", std::string_view(statement.description));
  json.member("modified_ms", to_count(statement.modified));
  json.end_object();
  return out;
}

PreparedStatement decode_prepared(json::View object) {
  return {.name = text(object, "name"),
          .work_group = text(object, "work_group"),
          .sql = text(object, "sql"),
          .description = text(object, "description"),
          .modified = unix_millis(object.find("modified_ms").as_int64().value_or(0))};
}

// No name of either holds a slash.
std::string store_key(const PreparedStatement& statement) {
  return fmt::format("{}/{}", statement.work_group, statement.name);
}

std::unexpected<Error> no_group(std::string_view name) {
  return fail(Fault::missing, fmt::format("WorkGroup {} is not found.", name));
}

std::unexpected<Error> no_prepared(std::string_view name) {
  return fail(Fault::missing, fmt::format("PreparedStatement {} is not found.", name));
}

}  // namespace

Result<std::unique_ptr<Library>> Library::open(store::Database& database,
                                               const Clock& clock,
                                               Random& random,
                                               std::string_view output_location) {
  std::unique_ptr<Library> library(new Library(database, clock, random));
  SLUICE_TRY_DO(library->load());
  if (!library->groups_.contains(primary_work_group)) {
    WorkGroup primary;
    primary.name = primary_work_group;
    primary.output_location = output_location;
    primary.is_enforced = false;
    SLUICE_TRY_DO(library->create_work_group(std::move(primary)));
  }
  return library;
}

Result<void> Library::load() {
  const auto each = [&](std::string_view kind, const auto& take) -> Result<void> {
    SLUICE_TRY(stored, definitions_.load_all(kind));
    for (store::Definition& definition : stored) {
      SLUICE_TRY(document, json::Document::parse(std::move(definition.body)));
      take(document.root());
    }
    return {};
  };
  SLUICE_TRY_DO(each(kind_athena_work_group, [&](json::View object) {
    WorkGroup group = decode_group(object);
    groups_[group.name] = group;
  }));
  SLUICE_TRY_DO(each(kind_athena_named_query, [&](json::View object) {
    NamedQuery query = decode_query(object);
    queries_[query.id] = query;
  }));
  return each(kind_athena_prepared, [&](json::View object) {
    PreparedStatement statement = decode_prepared(object);
    prepared_[{statement.work_group, statement.name}] = statement;
  });
}

Result<void> Library::need_group(std::string_view name) const {
  return groups_.contains(name) ? Result<void>() : no_group(name);
}

Result<void> Library::create_work_group(WorkGroup group) {
  const std::lock_guard lock(mutex_);
  if (groups_.contains(group.name)) {
    return fail(Fault::conflict, fmt::format("WorkGroup {} is already created.", group.name));
  }
  group.created = clock_.now();
  SLUICE_TRY_DO(definitions_.create(kind_athena_work_group, group.name, encode(group)));
  std::string name = group.name;
  groups_.emplace(std::move(name), std::move(group));
  return {};
}

Result<WorkGroup> Library::work_group(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  if (found == groups_.end()) {
    return no_group(name);
  }
  return found->second;
}

Result<void> Library::update_work_group(const WorkGroup& group) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY_DO(need_group(group.name));
  SLUICE_TRY_DO(definitions_.save(kind_athena_work_group, group.name, encode(group)));
  groups_[group.name] = group;
  return {};
}

std::vector<WorkGroup> Library::work_groups() const {
  const std::lock_guard lock(mutex_);
  std::vector<WorkGroup> all;
  for (const auto& [name, group] : groups_) {
    all.push_back(group);
  }
  return all;
}

Result<void> Library::delete_work_group(std::string_view name, bool is_recursive) {
  if (name == primary_work_group) {
    return fail(Fault::invalid, "WorkGroup primary cannot be deleted.");
  }
  const std::lock_guard lock(mutex_);
  SLUICE_TRY_DO(need_group(name));
  std::vector<std::string> queries;
  for (const auto& [id, query] : queries_) {
    if (query.work_group == name) {
      queries.push_back(id);
    }
  }
  std::vector<PreparedKey> statements;
  for (const auto& [key, statement] : prepared_) {
    if (key.first == name) {
      statements.push_back(key);
    }
  }
  if (!is_recursive && !(queries.empty() && statements.empty())) {
    return fail(
        Fault::conflict,
        fmt::format("WorkGroup {} is not empty; RecursiveDeleteOption deletes what it holds",
                    name));
  }
  SLUICE_TRY_DO(definitions_.database().write([&](store::Transaction& transaction) -> Result<void> {
    for (const std::string& id : queries) {
      SLUICE_TRY_DO(store::Definitions::remove(transaction, kind_athena_named_query, id));
    }
    for (const PreparedKey& key : statements) {
      SLUICE_TRY_DO(store::Definitions::remove(
          transaction, kind_athena_prepared, store_key(prepared_.at(key))));
    }
    return store::Definitions::remove(transaction, kind_athena_work_group, name);
  }));
  std::erase_if(queries_, [&](const auto& one) { return one.second.work_group == name; });
  std::erase_if(prepared_, [&](const auto& one) { return one.first.first == name; });
  groups_.erase(groups_.find(name));
  return {};
}

Result<std::string> Library::create_named_query(NamedQuery query) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY_DO(need_group(query.work_group));
  const auto same = std::ranges::find_if(queries_, [&](const auto& one) {
    return !query.client_token.empty() && one.second.client_token == query.client_token;
  });
  if (same != queries_.end()) {
    return same->first;
  }
  query.id = uuid_v4(random_);
  SLUICE_TRY_DO(definitions_.create(kind_athena_named_query, query.id, encode(query)));
  std::string id = query.id;
  queries_.emplace(id, std::move(query));
  return id;
}

Result<NamedQuery> Library::named_query(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = queries_.find(id);
  if (found == queries_.end()) {
    return fail(Fault::missing, fmt::format("NamedQuery {} is not found.", id));
  }
  return found->second;
}

Result<void> Library::update_named_query(const NamedQuery& query) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY_DO(definitions_.save(kind_athena_named_query, query.id, encode(query)));
  queries_[query.id] = query;
  return {};
}

Result<void> Library::delete_named_query(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = queries_.find(id);
  if (found == queries_.end()) {
    return fail(Fault::missing, fmt::format("NamedQuery {} is not found.", id));
  }
  SLUICE_TRY_DO(definitions_.remove(kind_athena_named_query, id));
  queries_.erase(found);
  return {};
}

std::vector<std::string> Library::named_queries(std::string_view work_group) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, query] : queries_) {
    if (query.work_group == work_group) {
      ids.push_back(id);
    }
  }
  return ids;
}

Result<void> Library::create_prepared(PreparedStatement statement) {
  const std::lock_guard lock(mutex_);
  SLUICE_TRY_DO(need_group(statement.work_group));
  PreparedKey key{statement.work_group, statement.name};
  if (prepared_.contains(key)) {
    return fail(Fault::conflict,
                fmt::format("PreparedStatement {} already exists.", statement.name));
  }
  statement.modified = clock_.now();
  SLUICE_TRY_DO(definitions_.create(kind_athena_prepared, store_key(statement), encode(statement)));
  prepared_.emplace(std::move(key), std::move(statement));
  return {};
}

Result<PreparedStatement> Library::prepared(std::string_view work_group,
                                            std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find({std::string(work_group), std::string(name)});
  if (found == prepared_.end()) {
    return no_prepared(name);
  }
  return found->second;
}

Result<void> Library::update_prepared(PreparedStatement statement) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find({statement.work_group, statement.name});
  if (found == prepared_.end()) {
    return no_prepared(statement.name);
  }
  statement.modified = clock_.now();
  SLUICE_TRY_DO(definitions_.save(kind_athena_prepared, store_key(statement), encode(statement)));
  found->second = std::move(statement);
  return {};
}

Result<void> Library::delete_prepared(std::string_view work_group, std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find({std::string(work_group), std::string(name)});
  if (found == prepared_.end()) {
    return no_prepared(name);
  }
  SLUICE_TRY_DO(definitions_.remove(kind_athena_prepared, store_key(found->second)));
  prepared_.erase(found);
  return {};
}

std::vector<PreparedStatement> Library::prepared_statements(std::string_view work_group) const {
  const std::lock_guard lock(mutex_);
  std::vector<PreparedStatement> all;
  for (const auto& [key, statement] : prepared_) {
    if (key.first == work_group) {
      all.push_back(statement);
    }
  }
  return all;
}

}  // namespace sluice::query
