// The three kinds of objects, and the proof of origin that each carries.
#include "delivery/object_writer.h"

#include "base/check.h"
#include "base/random.h"
#include "delivery/error_record.h"
#include "delivery/kpl_aggregate.h"
#include "delivery/lambda.h"
#include "delivery/parquet_options.h"
#include "delivery/raw_compression.h"
#include "delivery/spool_file.h"
#include "parquet/file_writer.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace sluice::delivery {

namespace {

// Rows gather this far before they go to the file writer.
constexpr std::size_t batch_rows_max = 8192;
constexpr std::size_t batch_bytes_max = std::size_t{4} << 20;

// What each of so many writers keeps to be fast, all of them together can hold.
constexpr std::int64_t few_writers = 8;

// What S3 takes of metadata is 2 KiB in all; with more shards the list stands in the ledger only.
constexpr std::size_t shards_metadata_bytes_max = 1024;

Result<SealedFile> finish_file(SpoolFile& file, std::uint64_t rows) {
  SLUICE_TRY(digests, file.finish());
  SealedFile sealed;
  sealed.bytes = file.bytes();
  sealed.rows = rows;
  sealed.sha256 = digests.sha256;
  sealed.md5 = digests.md5;
  return sealed;
}

Result<ParkedWriter> park_file(SpoolFile& file, ParkedState state) {
  SLUICE_TRY(spool, file.park());
  state.spool_sha256 = spool.sha256;
  return ParkedWriter{.spool_bytes = spool.bytes, .state = encode(state)};
}

std::map<std::string, std::string> metadata_of(const SealFacts& facts) {
  std::map<std::string, std::string> metadata;
  for (auto& [key, value] : proof_of(facts)) {
    std::string name = key;
    for (char& c : name) {
      c = c == '.' || c == '_' ? '-' : c;
    }
    if (key != "sluice.shards" || value.size() <= shards_metadata_bytes_max) {
      metadata.emplace(std::move(name), value);
    }
  }
  return metadata;
}

SpoolForm spool_form_of(RawFormat format) {
  switch (format) {
    case RawFormat::uncompressed:
      return SpoolForm::raw_records;
    case RawFormat::gzip:
      return SpoolForm::raw_gzip;
    case RawFormat::zip:
      return SpoolForm::raw_zip;
    case RawFormat::snappy:
      return SpoolForm::raw_snappy;
    case RawFormat::hadoop_snappy:
      return SpoolForm::raw_hadoop_snappy;
  }
  SLUICE_CHECK(false && "every format has a form");
  return SpoolForm::raw_records;
}

std::optional<RawFormat> raw_format_in(SpoolForm form) {
  for (const RawFormat format : {RawFormat::uncompressed,
                                 RawFormat::gzip,
                                 RawFormat::zip,
                                 RawFormat::snappy,
                                 RawFormat::hadoop_snappy}) {
    if (spool_form_of(format) == form) {
      return format;
    }
  }
  return std::nullopt;
}

// A UUID to name the entry of a zip archive with: drawn from the place of its first record, so that
// an archive that is built again has the same bytes.
std::string entry_name_of(ShardKey shard, const SourceRecord& first) {
  Bytes place;
  put_le(place, shard.stream.value);
  put_le(place, shard.shard);
  put_le(place, first.ordinal.value);
  put_le(place, first.part);
  const Bytes digest = to_bytes(sha256(place));
  SeededRandom random(load_le<std::uint64_t>(digest.data()));
  return uuid_v4(random);
}

// Records one after the other, aggregates unpacked, a delimiter behind each if one is wanted,
// otherwise untouched; then compressed, if they are to be.
class RawWriter final : public ObjectWriter {
 public:
  RawWriter(std::unique_ptr<SpoolFile> file, const WriterRequest& request, RawFormat format)
      : file_(std::move(file)), delimiter_(delimiter_of(request)), format_(format) {}

  // `records` are in the file already; with a compressed format, `compression` goes on with it.
  RawWriter(std::unique_ptr<SpoolFile> file,
            const WriterRequest& request,
            RawFormat format,
            std::unique_ptr<RawCompression> compression,
            std::uint64_t records)
      : file_(std::move(file)),
        delimiter_(delimiter_of(request)),
        format_(format),
        compression_(std::move(compression)),
        records_(records) {}

  Result<void> append(ShardKey shard,
                      std::span<const SourceRecord> records,
                      std::vector<Rejected>&) override {
    if (!records.empty()) {
      SLUICE_TRY_DO(begin(shard, records.front()));
    }
    Unpacked unpacked;
    unpacked.unpack(records, delimiter_);
    const std::span<const ByteView> payloads = unpacked.payloads();
    for (std::size_t i = 0; i < payloads.size(); ++i) {
      if (!unpacked.is_nothing(i)) {
        SLUICE_TRY_DO(write(payloads[i]));
        SLUICE_TRY_DO(write(delimiter_));
      }
    }
    records_ += records.size();
    return {};
  }

  Result<void> append_refused(ShardKey,
                              std::span<const SourceRecord>,
                              std::span<const Rejected>) override {
    return fail(Fault::unsupported, "raw objects hold no refused records");
  }

  // A compressor holds back little.
  Result<std::uint64_t> weigh() override { return file_->bytes(); }

  Result<ParkedWriter> park() override {
    SLUICE_TRY_DO(begin({}, {}));
    ParkedState state{.form = spool_form_of(format_), .rows = records_, .file = {}};
    if (compression_) {
      SLUICE_TRY(stand, compression_->park(*file_));
      state.file = std::move(stand);
    }
    return park_file(*file_, std::move(state));
  }

  Result<SealedFile> finish(const SealFacts& facts) override {
    SLUICE_TRY_DO(begin({}, {}));
    if (compression_) {
      SLUICE_TRY_DO(compression_->finish(*file_));
    }
    SLUICE_TRY(sealed, finish_file(*file_, records_));
    sealed.metadata = metadata_of(facts);
    return sealed;
  }

  Result<void> sync() override { return file_->sync(); }

  std::size_t bytes_held() const override {
    return file_->bytes_held() + (compression_ ? compression_->bytes_held() : 0);
  }

 private:
  static Bytes delimiter_of(const WriterRequest& request) {
    const auto& processing = request.definition.s3.processing;
    return processing ? processing->record_delimiter() : Bytes();
  }

  Result<void> write(ByteView bytes) {
    return compression_ ? compression_->append(bytes, *file_) : file_->append(bytes);
  }

  // Once it is known which record is the first.
  Result<void> begin(ShardKey shard, const SourceRecord& first) {
    if (compression_ || format_ == RawFormat::uncompressed) {
      return {};
    }
    SLUICE_TRY(begun, begin_raw_compression(format_, entry_name_of(shard, first), *file_));
    compression_ = std::move(begun);
    return {};
  }

  std::unique_ptr<SpoolFile> file_;
  const Bytes delimiter_;
  const RawFormat format_;
  std::unique_ptr<RawCompression> compression_;  // once begun, with a compressed format
  std::uint64_t records_ = 0;
};

// The lines of the error output.
class ErrorWriter final : public ObjectWriter {
 public:
  // `records` are in the file already.
  ErrorWriter(std::unique_ptr<SpoolFile> file,
              const WriterRequest& request,
              std::uint64_t records = 0)
      : file_(std::move(file)),
        kind_(request.kind),
        lines_(table_of(request.definition.s3.conversion)),
        lambda_arn_(lambda_arn_of(request.definition.s3)),
        clock_(request.clock),
        source_(request.source),
        records_(records) {}

  Result<void> append(ShardKey, std::span<const SourceRecord>, std::vector<Rejected>&) override {
    return fail(Fault::unsupported, "error objects hold refused records only");
  }

  Result<void> append_refused(ShardKey shard,
                              std::span<const SourceRecord> records,
                              std::span<const Rejected> reasons) override {
    SLUICE_CHECK(records.size() == reasons.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
      const SourceRecord& record = records[i];
      const std::string number = source_.sequence_number(shard, record.ordinal, record.arrival);
      ConversionFailure failure;
      failure.attempts_made = reasons[i].attempts;
      failure.arrival = record.arrival;
      failure.error_code = reasons[i].why.code;
      failure.lambda_arn =
          failure.error_code.starts_with(lambda_code_start) ? lambda_arn_ : std::string_view();
      failure.error_message = reasons[i].why.message;
      failure.attempt_ending = clock_.now();
      failure.raw_data = record.data;
      failure.sequence_number = number;
      line_.clear();
      if (kind_ == ObjectKind::format_conversion_failed) {
        lines_.append_line(line_, failure);
      } else {
        append_processing_failure(line_, failure);
      }
      SLUICE_TRY_DO(file_->append(line_));
    }
    records_ += records.size();
    return {};
  }

  Result<std::uint64_t> weigh() override { return file_->bytes(); }

  Result<ParkedWriter> park() override {
    return park_file(*file_, {.form = SpoolForm::error_lines, .rows = records_, .file = {}});
  }

  Result<SealedFile> finish(const SealFacts& facts) override {
    SLUICE_TRY(sealed, finish_file(*file_, records_));
    sealed.metadata = metadata_of(facts);
    return sealed;
  }

  Result<void> sync() override { return file_->sync(); }

  std::size_t bytes_held() const override { return file_->bytes_held(); }

 private:
  static std::string lambda_arn_of(const S3Destination& s3) {
    const auto settings = s3.processing ? lambda_of(*s3.processing) : std::nullopt;
    return settings ? settings->arn : std::string();
  }

  static SchemaReference table_of(const std::optional<Conversion>& conversion) {
    return conversion ? conversion->schema.value_or(SchemaReference{}) : SchemaReference{};
  }

  std::unique_ptr<SpoolFile> file_;
  const ObjectKind kind_;
  ErrorRecords lines_;
  const std::string lambda_arn_;  // empty: none
  const Clock& clock_;
  Source& source_;
  Bytes line_;
  std::uint64_t records_;
};

// JSON to Parquet, by the SerDe of the definition.  An aggregate is a record with several objects:
// it is taken or refused as a whole.
class ParquetWriter final : public ObjectWriter {
 public:
  ParquetWriter(std::unique_ptr<SpoolFile> file,
                const columnar::Schema& schema,
                Result<std::shared_ptr<serde::RecordReader>> reader,
                parquet::WriterOptions options,
                Helpers* helpers)
      : file_(std::move(file)),
        schema_(schema),
        reader_(std::move(reader)),
        options_(std::move(options)),
        helpers_(helpers),
        batch_(schema_) {
    count_settled();
  }

  // Called first, if at all.
  Result<void> resume(ByteView parked) {
    SLUICE_TRY_DO(writer().resume(parked));
    if (writer().bytes_written() != file_->bytes()) {
      return fail(Fault::corrupt,
                  fmt::format("a parked Parquet file of {} bytes has {} in its spool file",
                              writer().bytes_written(),
                              file_->bytes()));
    }
    if (reader_ && !writer().takes_rows()) {
      reader_ = fail(Fault::conflict,
                     "the object was parked with other columns than the table has now; it can only "
                     "be finished");
    }
    return {};
  }

  Result<void> append(ShardKey,
                      std::span<const SourceRecord> records,
                      std::vector<Rejected>& rejected) override {
    if (!reader_) {
      return std::unexpected<Error>(reader_.error());
    }
    serde::RecordReader& reader = **reader_;
    Unpacked unpacked;
    unpacked.unpack(records);
    const std::span<const ByteView> payloads = unpacked.payloads();
    std::size_t room_to = 0;  // the batch has room up to there
    for (std::size_t i = 0; i < payloads.size();) {
      if (unpacked.is_nothing(i)) {
        ++i;
        continue;
      }
      if (room_to <= i) {
        room_to = i + count_fitting(payloads.subspan(i));
      }
      const serde::ShapedRun run = reader.read_alike(payloads.subspan(i, room_to - i), batch_);
      i += run.records;
      held_bytes_ += run.bytes;
      if (run.records == 0) {
        auto rows = reader.read(payloads[i], batch_);
        if (rows) {
          held_bytes_ += payloads[i].size();
        } else {
          rejected.push_back({static_cast<std::uint32_t>(i), std::move(rows).error()});
        }
        ++i;
      }
      if (batch_.rows() >= batch_rows_max || held_bytes_ >= batch_bytes_max) {
        SLUICE_TRY_DO(hand_over());
        room_to = i;
      }
    }
    return {};
  }

  Result<void> append_refused(ShardKey,
                              std::span<const SourceRecord>,
                              std::span<const Rejected>) override {
    return fail(Fault::unsupported, "Parquet objects hold no refused records");
  }

  Result<std::uint64_t> weigh() override {
    SLUICE_TRY_DO(flush());
    return writer().expected_bytes();
  }

  Result<ParkedWriter> park() override {
    SLUICE_TRY_DO(flush());
    SLUICE_TRY(stand, writer().park());
    const std::uint64_t rows = writer().rows();
    parked_ = stand;
    writer_.reset();  // what it used to encode with would be kept until the next row group
    SLUICE_TRY(
        parked,
        park_file(*file_, {.form = SpoolForm::parquet, .rows = rows, .file = std::move(stand)}));
    count_settled();
    return parked;
  }

  Result<SealedFile> finish(const SealFacts& facts) override {
    SLUICE_TRY_DO(flush());
    for (auto& [key, value] : proof_of(facts)) {
      writer().add_metadata(key, value);
    }
    SLUICE_TRY_DO(writer().finish());
    return finish_file(*file_, writer().rows());
  }

  Result<void> sync() override { return file_->sync(); }

  std::size_t bytes_held() const override {
    return batch_.bytes_held() + (encoding_.is_begun() ? handed_over_bytes_ : settled_bytes_);
  }

 private:
  // How many records from the front the batch has room for if each is a row; at least one.
  std::size_t count_fitting(std::span<const ByteView> payloads) const {
    std::size_t count = 0;
    std::size_t bytes = held_bytes_;
    const std::size_t rows_max = batch_rows_max - std::min(batch_rows_max - 1, batch_.rows());
    const std::size_t count_max = std::min(payloads.size(), rows_max);
    while (count < count_max && bytes < batch_bytes_max) {
      bytes += payloads[count++].size();
    }
    return count;
  }

  // Made when it is needed: it takes some 20 KiB, and most of many partitions never fill a batch.
  parquet::FileWriter& writer() {
    if (!writer_) {
      writer_.emplace(schema_, options_, *file_);
      SLUICE_CHECK(parked_.empty() || writer_->resume(parked_));
    }
    return *writer_;
  }

  // Leaves a full batch to a helper, if there is one, and goes on with another one.
  Result<void> hand_over() {
    if (helpers_ == nullptr) {
      return flush();
    }
    SLUICE_TRY_DO(settle());
    if (!full_) {
      full_.emplace(schema_);
    }
    std::swap(batch_, *full_);
    held_bytes_ = 0;
    handed_over_bytes_ = settled_bytes_ + full_->bytes_held();
    encoding_.begin(helpers_, [this, keeps_batch = !is_one_of_many()] {
      encoded_ = writer().append(*full_);
      if (keeps_batch) {
        full_->clear();
      } else {
        full_.reset();
      }
    });
    return {};
  }

  // Waits for what was handed over.
  Result<void> settle() {
    if (encoding_.is_begun()) {
      encoding_.finish();
      count_settled();
    }
    return encoded_;
  }

  Result<void> flush() {
    SLUICE_TRY_DO(settle());
    if (batch_.rows() > 0) {
      SLUICE_TRY_DO(writer().append(batch_));
      if (is_one_of_many()) {
        batch_ = columnar::RowBatch(schema_);
      } else {
        batch_.clear();
      }
      count_settled();
    }
    held_bytes_ = 0;
    return {};
  }

  // Whether so many writers share the reader that a batch of each, kept to be filled again, would
  // take more memory than it saves time.
  bool is_one_of_many() const { return reader_ && reader_->use_count() > few_writers; }

  void count_settled() {
    settled_bytes_ = file_->bytes_held() + (writer_ ? writer_->bytes_held() : 0) +
                     (full_ ? full_->bytes_held() : 0);
  }

  std::unique_ptr<SpoolFile> file_;
  const columnar::Schema schema_;
  Result<std::shared_ptr<serde::RecordReader>> reader_;  // or why there is none
  const parquet::WriterOptions options_;
  Helpers* const helpers_;
  columnar::RowBatch batch_;
  std::optional<parquet::FileWriter> writer_;
  Bytes parked_;                // where it stood when it was parked last; empty: it was not
  std::size_t held_bytes_ = 0;  // of JSON, in batch_
  std::optional<columnar::RowBatch> full_;
  Result<void> encoded_;               // of what was handed over
  std::size_t settled_bytes_ = 0;      // held without batch_, when nothing is handed over
  std::size_t handed_over_bytes_ = 0;  // ... while something is
  mutable Errand encoding_;            // last: it uses the rest
};

Result<std::shared_ptr<serde::RecordReader>> make_reader(const WriterRequest& request) {
  if (!request.definition.s3.converts() || request.schema == nullptr) {
    return fail(Fault::conflict,
                "the object was parked as Parquet, and the delivery stream has no table to convert "
                "records with now; it can only be finished");
  }
  SharedReader own;
  SharedReader& reader = request.reader != nullptr ? *request.reader : own;
  return reader.of(request.schema->schema, request.definition.s3.conversion->serde());
}

Result<std::unique_ptr<ObjectWriter>> make_parquet_writer(const WriterRequest& request,
                                                          std::unique_ptr<SpoolFile> file) {
  SLUICE_CHECK(request.schema != nullptr);
  SLUICE_TRY(reader, make_reader(request));
  return std::make_unique<ParquetWriter>(
      std::move(file),
      request.schema->schema,
      std::move(reader),
      parquet_options_of(request.definition, request.schema->schema),
      request.helpers);
}

Result<std::unique_ptr<ObjectWriter>> resume_raw_writer(const WriterRequest& request,
                                                        RawFormat format,
                                                        std::unique_ptr<SpoolFile> file,
                                                        const ParkedState& state) {
  std::unique_ptr<RawCompression> compression;
  if (format != RawFormat::uncompressed) {
    SLUICE_TRY(resumed, resume_raw_compression(format, state.file));
    compression = std::move(resumed);
  }
  return std::make_unique<RawWriter>(
      std::move(file), request, format, std::move(compression), state.rows);
}

// Whatever the definition says, what is there can be finished.
Result<std::unique_ptr<ObjectWriter>> resume_parquet_writer(const WriterRequest& request,
                                                            std::unique_ptr<SpoolFile> file,
                                                            ByteView parked) {
  const columnar::Schema schema =
      request.schema != nullptr ? request.schema->schema : columnar::Schema();
  auto writer = std::make_unique<ParquetWriter>(std::move(file),
                                                schema,
                                                make_reader(request),
                                                parquet_options_of(request.definition, schema),
                                                request.helpers);
  SLUICE_TRY_DO(writer->resume(parked));
  return writer;
}

}  // namespace

Result<std::unique_ptr<ObjectWriter>> make_object_writer(const WriterRequest& request) {
  SLUICE_TRY(file, SpoolFile::create(request.files, request.path, request.helpers));
  const S3Destination& s3 = request.definition.s3;
  if (request.kind != ObjectKind::data) {
    SLUICE_CHECK(request.kind != ObjectKind::dropped);
    SLUICE_CHECK(request.kind != ObjectKind::format_conversion_failed || s3.converts());
    return std::make_unique<ErrorWriter>(std::move(file), request);
  }
  if (s3.converts()) {
    return make_parquet_writer(request, std::move(file));
  }
  const std::optional<RawFormat> format = raw_format_of(s3.compression_format);
  if (!format) {
    return fail(Fault::unsupported, "CompressionFormat " + s3.compression_format + " is unknown");
  }
  return std::make_unique<RawWriter>(std::move(file), request, *format);
}

Result<std::unique_ptr<ObjectWriter>> resume_object_writer(const WriterRequest& request,
                                                           const ParkedWriter& parked) {
  SLUICE_TRY(state, decode_parked_state(parked.state));
  const bool is_of_errors = request.kind != ObjectKind::data;
  if (is_of_errors != (state.form == SpoolForm::error_lines)) {
    return fail(Fault::corrupt,
                fmt::format("the state of a parked object is not that of one of kind {}",
                            object_kind_name(request.kind)));
  }
  SLUICE_TRY(file,
             SpoolFile::resume(request.files,
                               request.path,
                               {.bytes = parked.spool_bytes, .sha256 = state.spool_sha256},
                               request.helpers));
  if (state.form == SpoolForm::error_lines) {
    return std::make_unique<ErrorWriter>(std::move(file), request, state.rows);
  }
  if (state.form == SpoolForm::parquet) {
    return resume_parquet_writer(request, std::move(file), state.file);
  }
  const std::optional<RawFormat> format = raw_format_in(state.form);
  SLUICE_CHECK(format.has_value());  // every other form is of raw records
  return resume_raw_writer(request, *format, std::move(file), state);
}

std::map<std::string, std::string> proof_of(const SealFacts& facts) {
  std::string shards;
  for (const ShardPositions& positions : facts.positions) {
    const OrdinalSet touched = positions.touched();
    SLUICE_CHECK(!touched.empty());
    fmt::format_to(std::back_inserter(shards),
                   "{}{:016x}/{}:{}-{}:{}",
                   shards.empty() ? "" : ";",
                   positions.shard.stream.value,
                   positions.shard.shard,
                   touched.runs().front().first.value,
                   touched.runs().back().last.value,
                   touched.count());
    if (!positions.partial.empty()) {
      fmt::format_to(std::back_inserter(shards), "+{}", positions.partial.all().size());
    }
  }
  return {{"sluice.delivery_stream", facts.delivery_stream},
          {"sluice.plan", std::to_string(facts.number.value)},
          {"sluice.shards", std::move(shards)},
          {"sluice.positions", positions_digest(facts.positions)}};
}

std::string positions_digest(std::span<const ShardPositions> positions) {
  Bytes bytes;
  for (const ShardPositions& of_shard : positions) {
    put_le(bytes, of_shard.shard.stream.value);
    put_le(bytes, of_shard.shard.shard);
    of_shard.ordinals.encode(bytes);
    if (!of_shard.partial.empty()) {
      of_shard.partial.encode(bytes);
    }
  }
  return to_hex(sha256(bytes));
}

}  // namespace sluice::delivery
