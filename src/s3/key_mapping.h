// Where an object lies on the disk, decided from its key alone.
//
// Keys that can be file paths are: "heart_rate_data/2025/part-1.parquet" is that file in the
// bucket's folder.  All others (`a//b`, `a/`, `../x`, control characters, bytes that are no UTF-8)
// get an escaped path in another tree, where every key has a place of its own that can be read
// back:
//
//   a//b     ->  a%2F%2Fb=
//   ../etc   ->  ..%2Fetc=
//   200 x's, then y  ->  xxx…xxx+/y=
//
// Whether a key is also the folder of another ("a" beside "a/b") is not seen here: the store asks
// the tree and escapes the one that came second.  Pure; any bytes may come in.
#pragma once

#include "s3/error.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::s3 {

inline constexpr std::size_t key_bytes_max = 1024;
inline constexpr std::size_t segment_bytes_max = 255;

// No segment of a plain key begins so: room for files of our own in the tree.
inline constexpr std::string_view reserved_segment_prefix = ".sluice-";

// S3Code::key_too_long above key_bytes_max, S3Code::invalid_uri for the empty key.
S3Result<void> check_key(std::string_view key);

// Whether this may be one name in the tree: valid UTF-8 of 1 to 255 bytes, not "." or "..", without
// slash, control characters (U+0000-U+001F, U+007F-U+009F) and the reserved prefix.
bool is_plain_segment(std::string_view segment);

// Whether the key is a path in the tree: 1 to 1024 bytes, all of whose segments are plain.
bool is_plain_key(std::string_view key);

// The path of a key (1 to 1024 bytes) in the escaped tree: relative, at most 3.2 KiB, of segments
// that consist of letters, digits, "-_.%" and a final "+" (folders) or "=" (the file).
std::string escaped_path(std::string_view key);

// The key whose escaped path this is; std::nullopt for any other path.
std::optional<std::string> key_of_escaped_path(std::string_view path);

}  // namespace sluice::s3
