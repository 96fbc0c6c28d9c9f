// The compressed forms of raw objects, written piece by piece:
//
//   gzip            one member
//   zip             one deflated entry, named by a UUID
//   snappy          snappy-java's stream: a header, then chunks of at most 32 KiB of input, each a
//                   length and a raw Snappy block
//   hadoop_snappy   such chunks with the length before compression too, and no header
//
// The bytes depend on what is appended, on the entry's name and on where the writer was parked,
// and on nothing else: no time, and no memory of what lay behind the last park().  So a file that
// was parked goes on with another writer as it would have with the same.  What is held is bounded
// whatever the size.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/byte_sink.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace sluice::delivery {

enum class RawFormat : std::uint8_t { uncompressed, gzip, zip, snappy, hadoop_snappy };

// The format that CompressionFormat names; std::nullopt for another text.
std::optional<RawFormat> raw_format_of(std::string_view compression_format);

// Not thread-safe.  The sink must be the same in all calls: the object's file.  After a failure the
// writer is of no more use.
class RawCompression {
 public:
  RawCompression() = default;
  RawCompression(const RawCompression&) = delete;
  RawCompression& operator=(const RawCompression&) = delete;
  virtual ~RawCompression() = default;

  virtual Result<void> append(ByteView bytes, parquet::ByteSink& out) = 0;

  // Writes out all that it was given, in whole bytes, and goes on; what resume_raw_compression()
  // needs to go on from here.
  virtual Result<Bytes> park(parquet::ByteSink& out) = 0;

  // Once, last.
  virtual Result<void> finish(parquet::ByteSink& out) = 0;

  virtual std::size_t bytes_held() const = 0;
};

// Begins the file.  `entry_name` is the name within a zip archive.  Not for
// RawFormat::uncompressed.
Result<std::unique_ptr<RawCompression>> begin_raw_compression(RawFormat format,
                                                              std::string_view entry_name,
                                                              parquet::ByteSink& out);

// Goes on behind what was parked.  Fault::corrupt for a state that is not of this format.
Result<std::unique_ptr<RawCompression>> resume_raw_compression(RawFormat format, ByteView state);

}  // namespace sluice::delivery
