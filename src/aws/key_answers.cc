#include "aws/key_answers.h"

#include "json/document.h"

#include <pugixml.hpp>

#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

namespace sluice::aws {
namespace {

constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;

std::unexpected<Error> no_key() {
  return fail(Fault::invalid, "the answer holds no whole key");
}

bool is_whole(const Credentials& key) {
  return !key.access_key_id.empty() && !key.secret_access_key.empty();
}

std::string text_of(json::View object, std::string_view name) {
  return std::string(object.find(name).as_string().value_or(std::string_view()));
}

// Empty on anything but an XML document.
pugi::xml_document xml_of(std::string_view body) {
  pugi::xml_document document;
  if (body.size() > answer_bytes_max ||
      !document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) {
    document.reset();
  }
  return document;
}

// The name without its namespace's prefix.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node child : node.children()) {
    if (local_name(child) == name) {
      return child;
    }
  }
  return {};
}

std::string text_of(const pugi::xml_node& node, std::string_view name) {
  return child_of(node, name).text().get();
}

Result<json::Document> document_of(std::string_view body) {
  auto document = json::Document::parse(Bytes(body), {.bytes_max = answer_bytes_max});
  if (!document) {
    return fail(Fault::invalid, "the answer is no JSON");  // the reason would quote it
  }
  return std::move(*document);
}

// `digits` of them and nothing else.
std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  const char* const begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, number);
  const bool is_number = error == std::errc() && end == begin + digits && *begin != '-';
  return is_number ? std::optional(number) : std::nullopt;
}

// What may stand behind the seconds.
bool ends_as_utc(std::string_view rest) {
  if (rest.starts_with('.')) {
    const std::size_t end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos) {
      return false;
    }
    rest.remove_prefix(end);
  }
  return rest == "Z" || rest == "UTC" || rest == "+00:00";
}

}  // namespace

std::optional<UnixMillis> parse_utc_time(std::string_view text) {
  constexpr std::string_view form = "yyyy-MM-ddTHH:mm:ss";
  if (text.size() <= form.size() || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':' || !ends_as_utc(text.substr(form.size()))) {
    return std::nullopt;
  }
  const auto year = number_at(text, 0, 4);
  const auto month = number_at(text, 5, 2);
  const auto day = number_at(text, 8, 2);
  const auto hour = number_at(text, 11, 2);
  const auto minute = number_at(text, 14, 2);
  const auto second = number_at(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
      *second > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

Result<TimedCredentials> read_sts_answer(std::string_view body) {
  const pugi::xml_document document = xml_of(body);
  for (const pugi::xml_node result : document.document_element().children()) {
    const pugi::xml_node given = child_of(result, "Credentials");
    TimedCredentials found{{text_of(given, "AccessKeyId"),
                            text_of(given, "SecretAccessKey"),
                            text_of(given, "SessionToken")},
                           parse_utc_time(text_of(given, "Expiration"))};
    if (is_whole(found.key)) {
      return found;
    }
  }
  return no_key();
}

std::string read_sts_refusal(std::string_view body) {
  const pugi::xml_document document = xml_of(body);
  const pugi::xml_node error = child_of(document.document_element(), "Error");
  std::string code = text_of(error, "Code");
  const std::string message = text_of(error, "Message");
  return code.empty() || message.empty() ? code : code + ": " + message;
}

Result<TimedCredentials> read_metadata_answer(std::string_view body) {
  SLUICE_TRY(document, document_of(body));
  const json::View root = document.root();
  if (const std::string code = text_of(root, "Code"); !code.empty() && code != "Success") {
    return fail(Fault::invalid, "the instance says it has no key for its role");
  }
  TimedCredentials found{
      {text_of(root, "AccessKeyId"), text_of(root, "SecretAccessKey"), text_of(root, "Token")},
      parse_utc_time(text_of(root, "Expiration"))};
  if (!is_whole(found.key)) {
    return no_key();
  }
  return found;
}

Result<TimedCredentials> read_sso_answer(std::string_view body) {
  SLUICE_TRY(document, document_of(body));
  const json::View given = document.root().find("roleCredentials");
  TimedCredentials found{{text_of(given, "accessKeyId"),
                          text_of(given, "secretAccessKey"),
                          text_of(given, "sessionToken")},
                         std::nullopt};
  if (const auto expiration = given.find("expiration").as_int64()) {
    found.expires = unix_millis(*expiration);
  }
  if (!is_whole(found.key)) {
    return no_key();
  }
  return found;
}

Result<SsoToken> read_sso_token(std::string_view text) {
  SLUICE_TRY(document, document_of(text));
  std::string token = text_of(document.root(), "accessToken");
  const auto expires = parse_utc_time(text_of(document.root(), "expiresAt"));
  if (token.empty() || !expires) {
    return fail(Fault::invalid, "the file holds no sign-on token");
  }
  return SsoToken{std::move(token), *expires};
}

}  // namespace sluice::aws
