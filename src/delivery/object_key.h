// Names and headers of the objects that a delivery stream writes.
//
// A key is the evaluated prefix and a last part:
//   ObjectName::firehose   <stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><extension>
//   ObjectName::part       part-<uuid><extension>
// All times are the arrival of the object's oldest record, in the stream's zone.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/ledger.h"
#include "delivery/prefix.h"
#include "delivery/zone.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// S3's own bound.
inline constexpr std::size_t object_key_bytes_max = 1024;

// The headers an object is put with.
struct ContentHeaders {
  std::string type;
  std::string encoding;  // empty: none
};

// Everything about keys that a definition decides, parsed once.  Value type; const members are
// thread-safe.
class ObjectKeys {
 public:
  // Fault::invalid when a prefix or the zone is (validate() would have said so before).
  static Result<ObjectKeys> create(const DeliveryStream& stream);

  // A fresh key for an object of `kind`; every call draws another UUID.  Fault::too_large when the
  // evaluated prefix or the key is too long for S3: the records of the object then cannot be
  // delivered under this configuration.
  Result<std::string> make_key(ObjectKind kind,
                               const PartitionValues& partition,
                               UnixMillis oldest_arrival,
                               Random& random) const;

  // Whether data objects of records with these values can be named, whenever they arrive.
  // Fault::invalid, saying why not: a key would get too long, hold a control character or what is
  // not UTF-8, or a folder named "." or "..".
  Result<void> check_partition(const PartitionValues& partition) const;

  // The partition keys that Prefix uses, each once.
  const std::vector<std::string>& query_keys() const { return prefixes_.query_keys(); }

  // Likewise those of a Lambda function.
  const std::vector<std::string>& lambda_keys() const { return prefixes_.lambda_keys(); }

  // The event-time expressions of Prefix, each once.
  const std::vector<TimeExpression>& event_times() const { return prefixes_.event_times(); }

  // Likewise of session-start.
  const std::vector<TimeExpression>& session_starts() const {
    return prefixes_.data().session_starts();
  }

  bool names_session_key() const { return prefixes_.data().names_session_key(); }

  ContentHeaders headers(ObjectKind kind) const;

  // How long a key can get.
  struct Lengths {
    std::size_t prefix_characters = 0;
    std::size_t key_bytes = 0;
  };

  // The lengths that keys of `kind` reach at some time, without values of partition keys.
  // Fault::too_large as make_key().
  Result<Lengths> longest(ObjectKind kind) const;

  const TimeZone& zone() const { return zone_; }

 private:
  std::string stream_name_;
  std::uint32_t version_ = 1;
  ObjectName object_name_ = ObjectName::firehose;
  std::string data_extension_;
  std::string data_encoding_;
  KeyPrefixes prefixes_;
  TimeZone zone_;
  Lengths longest_data_;  // with partition keys only
};

// The extension that Firehose gives an object of raw records: "" ".gz" ".zip" ".snappy".
std::string_view compression_extension(std::string_view compression_format);

// The Content-Encoding that Firehose gives it: "" "gzip" "zip" "snappy-java" "hadoop-snappy".
std::string_view compression_encoding(std::string_view compression_format);

}  // namespace sluice::delivery
