// Addresses of remote buckets and objects.
#include "s3/remote_store.h"

#include "aws/uri.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::s3 {

Result<std::string> checked_endpoint(std::string_view text) {
  const auto refuse = [text] {
    return fail(Fault::invalid,
                fmt::format("\"{}\" is no address of an S3 service; write \"https://HOST\" or "
                            "\"http://HOST:PORT\"",
                            text));
  };
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  std::string_view host = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (host.size() == text.size() && host.starts_with(scheme)) {
      host.remove_prefix(scheme.size());
    }
  }
  const bool is_plain = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").contains(c);
  });
  if (host.size() == text.size() || host.empty() || host.starts_with(':') || !is_plain) {
    return refuse();
  }
  return std::string(text);
}

std::string RemoteAddress::url() const {
  return fmt::format("{}://{}{}{}{}", scheme, host, path, query.empty() ? "" : "?", query);
}

RemoteAddress address_of(const RemoteStore& store,
                         std::string_view bucket,
                         std::string_view key,
                         const RemoteQuery& query) {
  const std::string_view endpoint = store.endpoint;
  const std::size_t scheme_end = endpoint.find("://");
  RemoteAddress address;
  address.scheme = endpoint.substr(0, scheme_end);
  address.host = endpoint.substr(scheme_end + 3);
  // No certificate of a wildcard has a bucket with a dot.
  if (store.addressing == Addressing::virtual_host && !bucket.contains('.')) {
    address.host = fmt::format("{}.{}", bucket, address.host);
    address.path = "/";
  } else {
    address.path = fmt::format(
        "/{}{}", aws::percent_encode(bucket, aws::Slash::encode), key.empty() ? "" : "/");
  }
  address.path += aws::percent_encode(key, aws::Slash::keep);
  std::vector<std::string> parts;
  parts.reserve(query.size());
  for (const auto& [name, value] : query) {
    parts.push_back(fmt::format("{}={}",
                                aws::percent_encode(name, aws::Slash::encode),
                                aws::percent_encode(value, aws::Slash::encode)));
  }
  std::ranges::sort(parts);
  address.query = fmt::format("{}", fmt::join(parts, "&"));
  return address;
}

}  // namespace sluice::s3
