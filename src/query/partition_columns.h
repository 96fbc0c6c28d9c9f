// Which columns the key of an object implies, and how to take their values from it.
//
//   heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/session_!{timestamp:HH-mm-ss}/
//   -> year int      segment 1
//      month int     segment 2
//      session string  segment 3, behind "session_"
//
// Rules for a segment of a delivery stream's Prefix (a segment is what stands between slashes; the
// last one, which ends in the object's own name, implies nothing):
//   key=VALUE              named as the key says
//   one field              year, month, day, hour, minute, second, whatever stands in front of it
//   several, after a word  named by the word: session_HH-mm-ss -> session
//   several alone          date (year, month, day), year_month, date_hour, time, else partition_<n>
//   a partition key        named by what stands in front of it, as above, or by the key; a value
//                          that holds slashes makes folders that nothing is said about
//   a random string        none
// A number of digits is an int, yyyy-MM-dd a date, everything else a string.
//
// Pure.
#pragma once

#include "columnar/type.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// A column whose value is part of one segment of the key.
struct PartitionColumn {
  std::string name;
  columnar::Type type;
  std::size_t segment = 0;  // from 0
  std::string before;       // the segment's text in front of the value
  std::string after;        // and behind it
  std::string pattern;      // of a time, Java's letters ("HH-mm-ss"); empty when it is none
};

// What the keys of a place look like.
struct KeyLayout {
  // How every key begins: the segments that are the same for all, each with its slash.
  std::string root;
  std::vector<PartitionColumn> columns;  // by segment
  // The folders of a key as a template: "heart_rate_data", "${year}", ..., "session_${session}".
  // Ends early, before the first that no columns make up.
  std::vector<std::string> folders;
};

// `prefix` as a delivery stream has it, which validate() has passed.
KeyLayout layout_of_prefix(const std::optional<std::string>& prefix);

// A storage.location.template behind "s3://bucket/": "data/${year}/${month}".  A name in ${} that
// is none of `keys` makes an unknown folder.
KeyLayout layout_of_template(std::string_view text, const std::vector<columnar::Field>& keys);

// Folders below `root` named key=value, in the order of `keys`.
KeyLayout layout_of_hive(std::string_view root, const std::vector<columnar::Field>& keys);

// The keys of key=value folders that all of `keys` have below `root`, as string columns.
std::vector<columnar::Field> hive_keys_in(std::string_view root,
                                          const std::vector<std::string>& keys);

// std::nullopt when the key does not look like that.
std::optional<std::string_view> value_of(const PartitionColumn& column, std::string_view key);

}  // namespace sluice::query
