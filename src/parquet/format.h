// The frame of every file: a magic at both ends, and the length of the metadata before the last
// one.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::parquet {

inline constexpr std::string_view file_magic = "PAR1";

// The last magic of a file whose footer is encrypted.
inline constexpr std::string_view encrypted_magic = "PARE";

// The end of a file: the length of the metadata in four bytes, and the magic.
inline constexpr std::size_t tail_bytes = 4 + file_magic.size();

}  // namespace sluice::parquet
