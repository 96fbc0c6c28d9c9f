// BYTE_STREAM_SPLIT: the first bytes of all values, then their second bytes, and so on.
//
// Takes as many bytes as PLAIN; what is gained is that a codec finds the bytes that resemble each
// other (signs, exponents) side by side.  Source: apache/parquet-format, Encodings.md.
#pragma once

#include "base/bytes.h"

namespace sluice::parquet {

// `plain` is values of `width` bytes each, one after the other.
void encode_byte_stream_split(ByteView plain, std::size_t width, Bytes& out);

// The way back; `split` is a multiple of `width` bytes long.
void decode_byte_stream_split(ByteView split, std::size_t width, Bytes& out);

}  // namespace sluice::parquet
