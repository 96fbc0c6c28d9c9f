// Where a bucket of another S3 is, and how its requests look.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::s3 {

enum class Addressing : std::uint8_t {
  path,         // https://host/bucket/key
  virtual_host  // https://bucket.host/key; by path where the bucket's name has a dot
};

// Value type.
struct RemoteStore {
  std::string endpoint;  // as checked_endpoint() gives it
  std::string region = "us-east-1";
  Addressing addressing = Addressing::path;
};

// "https://s3.eu-west-1.amazonaws.com" from what a person wrote: scheme, host and perhaps a port,
// without what is behind them.  Fault::invalid says what is wrong.
Result<std::string> checked_endpoint(std::string_view text);

// The parts of a request's address, ready to be signed and sent.
struct RemoteAddress {
  std::string scheme;  // "https"
  std::string host;    // with the port where one was given; the Host header
  std::string path;    // percent-encoded
  std::string query;   // without the question mark, sorted

  std::string url() const;
};

using RemoteQuery = std::vector<std::pair<std::string, std::string>>;

// `key` empty: the bucket itself.
RemoteAddress address_of(const RemoteStore& store,
                         std::string_view bucket,
                         std::string_view key,
                         const RemoteQuery& query = {});

}  // namespace sluice::s3
