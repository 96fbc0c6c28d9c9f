// A file that an object is built in before it is put: written once from front to end, digested on
// the way.  It can be parked: what is there so far is made safe, and another life may go on behind
// it.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/errand.h"
#include "base/file_system.h"
#include "base/result.h"
#include "parquet/file_writer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace sluice::delivery {

// A spool file as far as it is safe.
struct ParkedSpool {
  std::uint64_t bytes = 0;
  Sha256Digest sha256{};  // of them
};

// Not thread-safe.  After a failure the file is of no more use.
class SpoolFile final : public parquet::ByteSink {
 public:
  static constexpr std::size_t buffer_bytes_max = std::size_t{256} << 10;

  // Creates the file, whose folder must exist.  Fault::conflict if it exists.  `helpers`, if any,
  // digest beside the caller's thread and must outlive it.
  static Result<std::unique_ptr<SpoolFile>> create(FileSystem& files,
                                                   std::string path,
                                                   Helpers* helpers = nullptr);

  // Goes on behind what was parked: reads it, compares its digest, and cuts off what lies behind.
  // Fault::missing if the file is gone, Fault::corrupt if it does not begin with what was parked;
  // it is left as it is then.
  static Result<std::unique_ptr<SpoolFile>> resume(FileSystem& files,
                                                   std::string path,
                                                   const ParkedSpool& parked,
                                                   Helpers* helpers = nullptr);

  Result<void> append(ByteView bytes) override;

  // Writes what is buffered and makes the bytes and the name durable; more may follow.
  Result<ParkedSpool> park();

  // Writes what is buffered and closes the digests.  Once; sync() makes the bytes durable, and a
  // sync of the folder the name.
  Result<RunningDigest::Digests> finish();

  // Of a finished file.
  Result<void> sync();

  // Appended so far.
  std::uint64_t bytes() const { return written_ + buffer_.size(); }

  std::size_t bytes_held() const { return buffer_.capacity(); }

 private:
  SpoolFile(FileSystem& files, std::string path, std::unique_ptr<File> file, Helpers* helpers);
  Result<void> take_over(const ParkedSpool& parked);
  Result<void> make_durable();
  Result<void> check_size() const;
  Result<void> flush();
  Result<void> write(ByteView bytes);

  FileSystem& files_;
  const std::string path_;
  std::unique_ptr<File> file_;
  Helpers* const helpers_;
  RunningDigest digest_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  bool is_finished_ = false;
};

}  // namespace sluice::delivery
