// Base64 with the standard alphabet and padding (RFC 4648 section 4).
#pragma once

#include "base/bytes.h"

#include <optional>
#include <string>

namespace sluice {

std::string base64_encode(ByteView bytes);

// Appends the encoding of `bytes` to `out`.
void base64_append(std::string& out, ByteView bytes);

// std::nullopt for a wrong length, character or padding, or bits set behind the last byte.
std::optional<Bytes> base64_decode(std::string_view text);

// Appends the decoded bytes; on false `out` is as before.
bool base64_decode_append(std::string_view text, Bytes& out);

}  // namespace sluice
