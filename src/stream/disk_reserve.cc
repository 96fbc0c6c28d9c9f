#include "stream/disk_reserve.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::stream {

namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20;

// Bytes that a file system which compresses cannot make fewer.
Bytes noise(std::uint64_t count) {
  SeededRandom random(count);
  Bytes bytes;
  while (bytes.size() < count) {
    put_le(bytes, random.next());
  }
  return bytes;
}

}  // namespace

DiskReserve::DiskReserve(FileSystem& files, DiskReserveOptions options)
    : files_(files),
      options_(std::move(options)),
      path_(join_path(options_.directory, reserve_file_name)) {
  SLUICE_CHECK(options_.bytes == 0 || options_.bytes < options_.floor);
  if (!files_.exists(path_)) {
    return;
  }
  const auto file = files_.open(path_, OpenMode::read);
  const auto size = file ? (*file)->size() : Result<std::uint64_t>(0);
  if (options_.bytes > 0 && size && *size == options_.bytes) {
    held_bytes_ = options_.bytes;
  } else {
    static_cast<void>(files_.remove(path_));
  }
}

void DiskReserve::report(const std::string& line) const {
  if (options_.report) {
    options_.report(line);
  }
}

void DiskReserve::keep() {
  if (options_.bytes == 0) {
    return;
  }
  const auto changed = change();
  if (!changed && !has_failed_) {
    report(fmt::format("the reserve that is kept for a full disk: {}", changed.error().message()));
  }
  has_failed_ = !changed;
}

Result<void> DiskReserve::change() {
  SLUICE_TRY(free, files_.free_bytes(options_.directory));
  if (held_bytes_ > 0 && free < options_.bytes) {
    SLUICE_TRY_DO(files_.remove(path_));
    held_bytes_ = 0;
    report(fmt::format(
        "the disk of {} is nearly full, {} bytes are free: the reserve of {} is released, "
        "with which deliveries and trimming go on; make room there",
        options_.directory,
        free,
        options_.bytes));
  } else if (held_bytes_ == 0 && free >= options_.floor) {
    return take();
  }
  return {};
}

Result<void> DiskReserve::take() {
  if (auto written = write(); !written) {
    static_cast<void>(files_.remove(path_));
    return written;
  }
  held_bytes_ = options_.bytes;
  return {};
}

// Unsynced: what a power cut makes shorter is made again.
Result<void> DiskReserve::write() {
  SLUICE_TRY(file, files_.open(path_, OpenMode::write_or_create));
  SLUICE_TRY_DO(file->truncate(0));
  const Bytes piece = noise(std::min(piece_bytes, options_.bytes));
  for (std::uint64_t at = 0; at < options_.bytes; at += piece.size()) {
    const std::uint64_t count = std::min<std::uint64_t>(piece.size(), options_.bytes - at);
    SLUICE_TRY_DO(file->write_at(at, ByteView(piece).substr(0, static_cast<std::size_t>(count))));
  }
  return {};
}

}  // namespace sluice::stream
