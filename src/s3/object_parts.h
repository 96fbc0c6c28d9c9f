// The parts that an object was put together from, as the index keeps them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

struct ObjectPart {
  std::uint64_t bytes = 0;
  std::string checksum{};  // base64; empty: none is known

  friend bool operator==(const ObjectPart&, const ObjectPart&) = default;
};

// "5242880:q83vEg==,3x5242880,17": parts in order; equal ones without checksums are counted.
std::string parts_text(std::span<const ObjectPart> parts);

// Of that text; none for anything else.
std::vector<ObjectPart> parse_parts(std::string_view text);

}  // namespace sluice::s3
