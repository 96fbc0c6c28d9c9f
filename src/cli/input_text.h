// The text of an input, decompressed where its first bytes say that it is compressed.
//
// gzip (RFC 1952, several members one after the other, zeros behind the last) and zstd (RFC 8878,
// several frames, skippable ones among them).  Checksums are checked.  A text that ends before its
// compressed form does is an error, not a shorter text.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::cli {

// Up to `count` bytes to `to`; 0 at the end.
using ReadBytes = std::function<Result<std::size_t>(char* to, std::size_t count)>;

enum class Compression : std::uint8_t { none, gzip, zstd };

// Not thread-safe.
class InputText {
 public:
  // `name` is for messages.
  InputText(ReadBytes read, std::string name);
  ~InputText();
  InputText(InputText&&) noexcept;
  InputText& operator=(InputText&&) noexcept;
  InputText(const InputText&) = delete;
  InputText& operator=(const InputText&) = delete;

  // As ReadBytes.  Fault::corrupt, naming the input, for a compressed one that is cut off or
  // damaged.
  Result<std::size_t> read(char* to, std::size_t count);

  // Known once something has been read.
  Compression compression() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::cli
