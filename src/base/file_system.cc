// What is the same on every disk: paths, and whole files.
#include "base/file_system.h"

#include <fmt/format.h>

namespace sluice {

namespace {

constexpr std::size_t digest_piece_bytes = std::size_t{1} << 20;
constexpr std::string_view replacement_suffix = ".replacement";

Result<void> write_whole(FileSystem& files, const std::string& path, ByteView bytes) {
  SLUICE_TRY(file, files.open(path, OpenMode::write_or_create));
  SLUICE_TRY_DO(file->truncate(0));  // a predecessor may have been interrupted
  SLUICE_TRY_DO(file->write_at(0, bytes));
  return file->sync();
}

}  // namespace

Result<void> replace_file(FileSystem& files, const std::string& path, ByteView bytes) {
  const std::string temporary = path + std::string(replacement_suffix);
  Result<void> done = write_whole(files, temporary, bytes);
  if (done) {
    done = files.rename(temporary, path);
  }
  if (!done) {
    // What is left of it takes space, and nothing else: the next replacement starts over.
    static_cast<void>(files.remove(temporary));
    return std::unexpected(std::move(done).error().within(fmt::format("cannot replace {}", path)));
  }
  return files.sync_directory(parent_path(path));
}

Result<Bytes> read_file(FileSystem& files, const std::string& path) {
  SLUICE_TRY(file, files.open(path, OpenMode::read));
  SLUICE_TRY(size, file->size());
  Bytes bytes;
  SLUICE_TRY_DO(file->read_at(0, size, bytes));
  return bytes;
}

Result<Sha256Digest> sha256_of(const File& file) {
  RunningSha256 digest;
  Bytes piece;
  for (std::uint64_t offset = 0;; offset += piece.size()) {
    piece.clear();
    SLUICE_TRY_DO(file.read_at(offset, digest_piece_bytes, piece));
    if (piece.empty()) {
      return digest.finish();
    }
    digest.update(piece);
  }
}

std::string join_path(std::string_view left, std::string_view right) {
  std::string joined;
  joined.reserve(left.size() + 1 + right.size());
  joined = left;
  if (!joined.empty() && joined.back() != '/') {
    joined.push_back('/');
  }
  joined += right;
  return joined;
}

std::string parent_path(std::string_view path) {
  const std::size_t name_end = path.find_last_not_of('/');
  const std::size_t slash = name_end == path.npos ? name_end : path.rfind('/', name_end);
  if (slash == path.npos) {
    return path.starts_with('/') ? "/" : ".";
  }
  const std::size_t parent_end = path.find_last_not_of('/', slash);
  return parent_end == path.npos ? "/" : std::string(path.substr(0, parent_end + 1));
}

}  // namespace sluice
