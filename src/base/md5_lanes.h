// MD5 of many short texts at once.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"

#include <cstddef>
#include <span>

namespace sluice {

// Fills digests[i] with the MD5 of texts[i]; both have the same length.  Texts that fit one block
// of the digest (up to 55 bytes) are taken sixteen at a time where the machine has AVX2, which is
// some eight times as fast as one by one; longer ones go through md5().
void md5_each(std::span<const ByteView> texts, std::span<Md5Digest> digests);

// The same, with nothing but md5(): what md5_each() does on other machines.
void md5_each_portable(std::span<const ByteView> texts, std::span<Md5Digest> digests);

}  // namespace sluice
