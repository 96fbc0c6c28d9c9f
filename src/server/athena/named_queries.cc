// CreateNamedQuery, GetNamedQuery, BatchGetNamedQuery, ListNamedQueries, UpdateNamedQuery,
// DeleteNamedQuery.
#include "query/trino_tokens.h"
#include "server/athena/athena.h"

namespace sluice::server {
namespace {

constexpr std::size_t batch_max = 50;

std::string_view read_id(aws::Members& members) {
  return members.string("NamedQueryId", {.is_required = true, .length_min = 1, .length_max = 128})
      .value_or("");
}

void read_text(aws::Members& members, query::NamedQuery& query) {
  query.name = members.string("Name", {.is_required = true, .length_min = 1, .length_max = 128})
                   .value_or("");
  query.description = members.string("Description", {.length_max = 1024}).value_or("");
  query.sql =
      members
          .string("QueryString",
                  {.is_required = true, .length_min = 1, .length_max = query::sql_bytes_max})
          .value_or("");
}

void write_query(json::Writer& out, const query::NamedQuery& query) {
  out.begin_object();
  out.member("Name", std::string_view(query.name));
  if (!query.description.empty()) {
    out.member("Description", std::string_view(query.description));
  }
  out.member("Database", std::string_view(query.database));
  out.member("QueryString", std::string_view(query.sql));
  out.member("NamedQueryId", std::string_view(query.id));
  out.member("WorkGroup", std::string_view(query.work_group));
  out.end_object();
}

}  // namespace

Answer create_named_query(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  query::NamedQuery query;
  read_text(members, query);
  query.database =
      members.string("Database", {.is_required = true, .length_min = 1, .length_max = 255})
          .value_or("");
  query.client_token =
      members.string("ClientRequestToken", {.length_min = 32, .length_max = 128}).value_or("");
  query.work_group = read_work_group(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto id = world.athena_library.create_named_query(std::move(query));
  if (!id) {
    return athena_error(id.error());
  }
  return object_with([&](json::Writer& out) { out.member("NamedQueryId", std::string_view(*id)); });
}

Answer get_named_query(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view id = read_id(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  const auto query = world.athena_library.named_query(id);
  if (!query) {
    return athena_error(query.error());
  }
  return object_with([&](json::Writer& out) {
    out.key("NamedQuery");
    write_query(out, *query);
  });
}

Answer batch_get_named_query(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const json::View ids = members.list(
      "NamedQueryIds", {.is_required = true, .length_min = 1, .length_max = batch_max});
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  std::vector<std::string> missing;
  return object_with([&](json::Writer& out) {
    out.key("NamedQueries");
    out.begin_array();
    for (const json::View id : ids.elements()) {
      const std::string_view name = id.as_string().value_or("");
      if (const auto query = world.athena_library.named_query(name)) {
        write_query(out, *query);
      } else {
        missing.emplace_back(name);
      }
    }
    out.end_array();
    out.key("UnprocessedNamedQueryIds");
    out.begin_array();
    for (const std::string& id : missing) {
      out.begin_object();
      out.member("NamedQueryId", std::string_view(id));
      out.member("ErrorCode", "NAMED_QUERY_NOT_FOUND");
      out.member("ErrorMessage", "NamedQuery is not found.");
      out.end_object();
    }
    out.end_array();
  });
}

Answer list_named_queries(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string group = read_work_group(members);
  const AthenaPage page = read_athena_page(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto known = world.athena_library.work_group(group); !known) {
    return athena_error(known.error());
  }
  const std::vector<std::string> ids = world.athena_library.named_queries(group);
  return object_with([&](json::Writer& out) {
    write_page(out, "NamedQueryIds", page, ids, [&](std::size_t i) {
      out.value(std::string_view(ids[i]));
    });
  });
}

Answer update_named_query(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view id = read_id(members);
  query::NamedQuery wanted;
  read_text(members, wanted);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  auto query = world.athena_library.named_query(id);
  if (!query) {
    return athena_error(query.error());
  }
  query->name = std::move(wanted.name);
  query->description = std::move(wanted.description);
  query->sql = std::move(wanted.sql);
  if (auto updated = world.athena_library.update_named_query(*query); !updated) {
    return athena_error(updated.error());
  }
  return std::string("{}");
}

Answer delete_named_query(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const std::string_view id = read_id(members);
  if (auto refused = athena_refusal(members)) {
    return std::unexpected(*std::move(refused));
  }
  if (auto removed = world.athena_library.delete_named_query(id); !removed) {
    return athena_error(removed.error());
  }
  return std::string("{}");
}

}  // namespace sluice::server
