// Writes a Parquet file, page by page as rows arrive.
//
// Rows come in batches; each column fills an open page, and a full page is encoded and compressed
// at once.  Finished pages wait in memory, compressed, until their row group ends, because the
// chunks of a group lie one after the other in the file; those of the first column are written at
// once, unless a dictionary has to stand before them.  Memory: open pages (at most page_bytes_max
// each, and as encoded) + dictionaries + the compressed pages of one row group that wait.
//
// The same rows and options always give the same bytes: where pages and groups end depends on rows
// and bytes, never on how rows were batched.  Pages: parquet/column_writer.h.  A row group ends at
// row_group_rows_max, or at the first multiple of row_group_step rows with row_group_bytes_max
// bytes of PLAIN values.
//
// With sort_by, rows wait until a run of them is together, are sorted and written; a run ends a row
// group.  Sorted groups say so in `sorting_columns`, which is claimed of what was seen only: every
// row is compared with the one before it, nulls included.
//
// A file can be written in parts, by one writer after the other: park() ends the row group and says
// where the file stands, resume() goes on from there, in another process if need be.  Each time
// makes a row group of the rows since the last.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "parquet/byte_sink.h"
#include "parquet/codec.h"
#include "parquet/encoding_contest.h"
#include "parquet/page_format.h"
#include "parquet/physical.h"
#include "parquet/row_order.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::parquet {

// How often, in rows, the size of a row group is looked at.
inline constexpr std::size_t row_group_step = 256;

// A column that gets a bloom filter: a leaf by its path in the file ("watch.model"), or a column of
// the table, all of whose leaves are meant ("watch"; booleans below it are left out).
struct BloomFilterColumn {
  std::string column;
  double false_positives = 0.01;  // the share of absent values that are not recognised; (0, 1)
};

// Options that name columns are checked by the first append() or finish(): Fault::invalid.
// Sets of them have names: parquet/profile.h.
struct WriterOptions {
  Codec codec = Codec::snappy;                                   // of the chunks that gain by it
  int zstd_level = zstd_level_fast;                              // 1 to 22
  std::size_t codec_gain_percent = parquet::codec_gain_percent;  // with less, a chunk has no codec
  PageFormat pages;
  EncodingOptions encodings;
  bool dictionary = true;
  std::size_t page_bytes_max = std::size_t{1} << 20;  // uncompressed
  std::size_t page_rows_max = 20'000;
  std::size_t row_group_bytes_max = std::size_t{128} << 20;  // uncompressed
  std::size_t row_group_rows_max = std::size_t{1} << 20;
  std::size_t dictionary_bytes_max = std::size_t{1} << 20;
  std::uint64_t file_bytes_max = 0;  // a row group that reaches it is the last; 0: none is
  std::size_t lanes = 1;             // groups of columns that may be worked on side by side
  bool page_index = true;
  PhysicalOptions physical;
  std::vector<BloomFilterColumn> bloom_filter_columns;
  std::size_t bloom_filter_bytes_max = std::size_t{1} << 20;  // of one chunk's; a power of two
  std::vector<SortColumn> sort_by;  // rows are sorted by these, run by run; none: as they come
  std::size_t sort_bytes_max = std::size_t{128} << 20;  // of a run: see parquet/row_sorter.h
  bool note_order = false;  // say so where the rows of a group come sorted by their first column
  std::string created_by;   // empty: this program's own
};

// Not thread-safe.  After an error the writer is of no more use and the file not valid.
class FileWriter {
 public:
  // `sink` must outlive the writer.
  FileWriter(const columnar::Schema& schema, WriterOptions options, ByteSink& sink);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  // Adds the rows of `batch`, which must be of the writer's schema.  Not with file_bytes_max.
  Result<void> append(const columnar::RowBatch& batch);

  // The same in steps, for several threads and for files that can be full:
  //
  //   begin_rows(batch); while (next_rows()) append_lane(0) ... append_lane(lanes() - 1);
  //
  // Calls of append_lane() for different lanes may run side by side.  `batch` stays until
  // next_rows() says false: then rows_taken() of it are in the file, all unless it is full.
  Result<void> begin_rows(const columnar::RowBatch& batch);
  Result<bool> next_rows();
  Result<void> append_lane(std::size_t lane);
  std::size_t rows_taken() const;
  std::size_t lanes() const;

  bool is_full() const;

  // Ends the row group in progress and says where the file stands: with that, and with what the
  // sink has been given by then, resume() goes on.  So can this writer.  Not between begin_rows()
  // and the false of next_rows().
  Result<Bytes> park();

  // Called first, if at all: goes on with a file that was parked, whose bytes so far were given to
  // another sink.  Schema and options of this writer are for rows to come; finish() takes the rest
  // from `parked`.  Fault::corrupt, Fault::unsupported: see parquet/parked_state.h.
  Result<void> resume(ByteView parked);

  // False: append() will be refused, as the options name columns that are not there, or the parked
  // file has other columns than this writer's schema (Fault::conflict).  A resumed file can be
  // finished all the same.
  bool takes_rows() const;

  // A key-value pair for the footer.
  void add_metadata(std::string key, std::string value);

  // Ends the last row group and writes indexes and footer; nothing may be appended afterwards.
  Result<void> finish();

  // About the bytes that the file would have if it were finished now, decided by the rows so far.
  // What open pages become is told by the pages before them: close where these are many.  Not with
  // sort_by.
  std::uint64_t expected_bytes();

  // Rows appended.
  std::uint64_t rows() const;

  // Bytes handed to the sink so far.
  std::uint64_t bytes_written() const;

  // Bytes of memory held: open pages, dictionaries, finished pages, rows waiting to be sorted.
  std::size_t bytes_held() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::parquet
