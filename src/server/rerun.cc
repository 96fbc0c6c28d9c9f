#include "server/rerun.h"

#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace sluice::server {
namespace {

constexpr std::int64_t format_number = 1;
constexpr std::size_t reruns_max = 100'000;

std::string key_start(const delivery::DeliveryStream& stream) {
  return fmt::format("{}/{:016x}/", stream.name, stream.incarnation);
}

}  // namespace

std::string rerun_key(const delivery::DeliveryStream& stream, std::string_view id) {
  return key_start(stream) + std::string(id);
}

std::string encode(const Rerun& rerun) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format_number);
  out.member("id", std::string_view(rerun.id));
  // As text: JSON numbers of other programs end at 2^53.
  out.member("incarnation", std::string_view(fmt::format("{}", rerun.incarnation)));
  if (rerun.prefix) {
    out.member("prefix", std::string_view(*rerun.prefix));
    out.member("from_ms", to_count(rerun.from));
    out.member("to_ms", to_count(rerun.to));
  }
  out.end_object();
  return text;
}

Result<Rerun> decode_rerun(std::string_view text) {
  SLUICE_TRY(document, json::Document::parse(Bytes(text)));
  const json::View root = document.root();
  if (const auto format = root.find("format").as_int64(); format != format_number) {
    return fail(
        Fault::unsupported,
        fmt::format(
            "a rerun of format {}, this program knows {}", format.value_or(0), format_number));
  }
  Rerun rerun;
  rerun.id = root.find("id").as_string().value_or(std::string_view());
  const std::string_view digits = root.find("incarnation").as_string().value_or(std::string_view());
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, rerun.incarnation);
  if (rerun.id.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
    return fail(Fault::corrupt, "a rerun without an id or an incarnation");
  }
  if (const auto prefix = root.find("prefix").as_string()) {
    rerun.prefix = std::string(*prefix);
    rerun.from = unix_millis(root.find("from_ms").as_int64().value_or(0));
    rerun.to = unix_millis(root.find("to_ms").as_int64().value_or(0));
  }
  return rerun;
}

Result<std::vector<Rerun>> load_reruns(store::Database& database,
                                       const delivery::DeliveryStream& stream) {
  SLUICE_TRY(rows,
             store::Definitions(database).load_range(
                 kind_rerun, store::keys_with_prefix(key_start(stream)), reruns_max));
  std::vector<Rerun> reruns;
  for (const store::Definition& row : rows) {
    SLUICE_TRY(rerun, decode_rerun(row.body));
    reruns.push_back(std::move(rerun));
  }
  return reruns;
}

Result<std::vector<delivery::DeliveryStream>> legs_with_reruns(
    const delivery::DeliveryStream& stream, std::span<const store::Definition> rows) {
  std::vector<delivery::DeliveryStream> legs = delivery::legs_of(stream);
  for (const store::Definition& row : rows) {
    if (row.key.starts_with(key_start(stream))) {
      SLUICE_TRY(rerun, decode_rerun(row.body));
      legs.push_back(rerun_leg(stream, rerun));
    }
  }
  return legs;
}

delivery::DeliveryStream rerun_leg(const delivery::DeliveryStream& stream, const Rerun& rerun) {
  delivery::DeliveryStream leg = stream;
  leg.name += "/" + rerun.id;
  leg.incarnation = rerun.incarnation;
  leg.backup.reset();
  if (rerun.prefix) {
    leg.s3.prefix = rerun.prefix;
    leg.delivery_start = rerun.from;
  }
  return leg;
}

bool is_selective(std::string_view leg) {
  const std::size_t slash = leg.find('/');
  const std::string_view id = slash == std::string_view::npos ? "" : leg.substr(slash + 1);
  return id == replay_id || id.starts_with(backfill_start);
}

}  // namespace sluice::server
