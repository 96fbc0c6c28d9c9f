#include "s3/copied_bytes.h"

#include <algorithm>

namespace sluice::s3 {

S3Result<void> copy_bytes(const File& file,
                          std::uint64_t offset,
                          std::uint64_t bytes,
                          const std::function<S3Result<void>(ByteView piece)>& take) {
  constexpr std::uint64_t piece_bytes_max = std::uint64_t{1} << 20;
  Bytes piece;
  const std::uint64_t end = offset + bytes;
  while (offset < end) {
    const std::uint64_t wanted = std::min(piece_bytes_max, end - offset);
    piece.clear();
    SLUICE_TRY_DO(file.read_at(offset, wanted, piece));
    if (piece.size() != wanted) {
      return fail_s3(S3Code::internal_error, "an object's file is shorter than it was");
    }
    SLUICE_S3_TRY_DO(take(piece));
    offset += wanted;
  }
  return {};
}

}  // namespace sluice::s3
