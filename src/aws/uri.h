// Percent-encoding as SigV4 and S3 want it (RFC 3986: only A-Z a-z 0-9 - . _ ~ stand for
// themselves).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::aws {

enum class Slash : bool { keep, encode };

// Every byte outside the unreserved set becomes %XX, upper case.
std::string percent_encode(std::string_view text, Slash slash);

// std::nullopt for a % without two hexadecimal digits.  A plus sign stays a plus sign.
std::optional<std::string> percent_decode(std::string_view text);

// "a=1&b&c=%20" -> (a,1) (b,"") (c," "), in order; std::nullopt where a part cannot be decoded.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace sluice::aws
