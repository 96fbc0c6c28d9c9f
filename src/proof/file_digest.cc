// Reads a file once, in order.
#include "proof/file_digest.h"

namespace sluice::proof {

Result<Sha256Digest> digest_of(const File& file,
                               const std::function<void(std::size_t bytes)>& on_piece) {
  constexpr std::size_t piece_bytes = std::size_t{1} << 20;
  RunningDigest digest;
  Bytes piece;
  for (std::uint64_t offset = 0;; offset += piece.size()) {
    piece.clear();
    SLUICE_TRY_DO(file.read_at(offset, piece_bytes, piece));
    if (piece.empty()) {
      return digest.finish().sha256;
    }
    digest.update(piece);
    if (on_piece) {
      on_piece(piece.size());
    }
  }
}

}  // namespace sluice::proof
