// CreatePreparedStatement, GetPreparedStatement, BatchGetPreparedStatement, ListPreparedStatements,
// UpdatePreparedStatement, DeletePreparedStatement.
#include "query/trino_tokens.h"
#include "server/athena/athena.h"

namespace sluice::server {
namespace {

constexpr aws::Pattern name_pattern = {
    "[a-zA-Z_][a-zA-Z0-9_@:]{1,256}", [](std::string_view name) {
      constexpr std::size_t characters_max = 257;
      const bool begins_with_digit = !name.empty() && name[0] >= '0' && name[0] <= '9';
      return !name.empty() && name.size() <= characters_max && !begins_with_digit &&
             name.find_first_not_of(
                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                 "_@:") == std::string_view::npos;
    }};

std::unexpected<aws::ApiError> prepared_error(const Error& error) {
  if (error.fault() == Fault::missing) {
    return std::unexpected(aws::ApiError{"ResourceNotFoundException", error.message(), 400, true});
  }
  return athena_error(error);
}

std::string read_name(aws::Members& members) {
  return std::string(
      members.string("StatementName", {.is_required = true, .pattern = &name_pattern})
          .value_or(""));
}

query::PreparedStatement read_statement(aws::Members& members) {
  query::PreparedStatement statement;
  statement.name = read_name(members);
  statement.work_group = read_work_group(members, "WorkGroup", true);
  statement.sql =
      members
          .string("QueryStatement",
                  {.is_required = true, .length_min = 1, .length_max = query::sql_bytes_max})
          .value_or("");
  statement.description = members.string("Description", {.length_max = 1024}).value_or("");
  return statement;
}

void write_statement(json::Writer& out, const query::PreparedStatement& statement) {
  out.begin_object();
  out.member("StatementName", std::string_view(statement.name));
  out.member("QueryStatement", std::string_view(statement.sql));
  out.member("WorkGroupName", std::string_view(statement.work_group));
  if (!statement.description.empty()) {
    out.member("Description", std::string_view(statement.description));
  }
  out.member("LastModifiedTime", statement.modified);
  out.end_object();
}

}  // namespace

Answer create_prepared_statement(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  query::PreparedStatement statement = read_statement(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto created = world.athena_library.create_prepared(std::move(statement)); !created) {
    return athena_error(created.error());
  }
  return std::string("{}");
}

Answer get_prepared_statement(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string name = read_name(members);
  const std::string group = read_work_group(members, "WorkGroup", true);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto statement = world.athena_library.prepared(group, name);
  if (!statement) {
    return prepared_error(statement.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("PreparedStatement");
    write_statement(out, *statement);
  });
}

Answer batch_get_prepared_statement(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const json::View names = members.list("PreparedStatementNames", {.is_required = true});
  const std::string group = read_work_group(members, "WorkGroup", true);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  std::vector<std::string> missing;
  return object_with([&](json::Writer& out) {
    out.key("PreparedStatements");
    out.begin_array();
    for (const json::View name : names.elements()) {
      const std::string_view wanted = name.as_string().value_or("");
      if (const auto statement = world.athena_library.prepared(group, wanted)) {
        write_statement(out, *statement);
      } else {
        missing.emplace_back(wanted);
      }
    }
    out.end_array();
    out.key("UnprocessedPreparedStatementNames");
    out.begin_array();
    for (const std::string& name : missing) {
      out.begin_object();
      out.member("StatementName", std::string_view(name));
      out.member("ErrorCode", "STATEMENT_NOT_FOUND");
      out.member("ErrorMessage", "PreparedStatement is not found.");
      out.end_object();
    }
    out.end_array();
  });
}

Answer list_prepared_statements(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string group = read_work_group(members, "WorkGroup", true);
  const AthenaPage page = read_athena_page(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto known = world.athena_library.work_group(group); !known) {
    return athena_error(known.error());
  }
  const auto statements = world.athena_library.prepared_statements(group);
  std::vector<std::string> names;
  for (const query::PreparedStatement& statement : statements) {
    names.push_back(statement.name);
  }
  return object_with([&](json::Writer& out) {
    write_page(out, "PreparedStatements", page, names, [&](std::size_t i) {
      out.begin_object();
      out.member("StatementName", std::string_view(statements[i].name));
      out.member("LastModifiedTime", statements[i].modified);
      out.end_object();
    });
  });
}

Answer update_prepared_statement(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  query::PreparedStatement statement = read_statement(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto updated = world.athena_library.update_prepared(std::move(statement)); !updated) {
    return prepared_error(updated.error());
  }
  return std::string("{}");
}

Answer delete_prepared_statement(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string name = read_name(members);
  const std::string group = read_work_group(members, "WorkGroup", true);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.athena_library.delete_prepared(group, name); !removed) {
    return prepared_error(removed.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
