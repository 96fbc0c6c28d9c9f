// "shard:ordinal:padding\n", a part of it "shard:ordinal.part.parts:padding\n"; a bad record begins
// with an exclamation mark.
#include "delivery/spool_file.h"
#include "sim/dialect.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace sluice::sim {

namespace {

constexpr std::uint64_t padding_max = 60;

// Takes good records, refuses bad ones, and takes refused ones as they are.
class LineWriter final : public delivery::ObjectWriter {
 public:
  explicit LineWriter(std::unique_ptr<delivery::SpoolFile> file, std::uint64_t rows = 0)
      : file_(std::move(file)), rows_(rows) {}

  Result<void> append(delivery::ShardKey,
                      std::span<const delivery::SourceRecord> records,
                      std::vector<delivery::Rejected>& rejected) override {
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      if (records[i].data.starts_with('!')) {
        rejected.push_back({i, {"Simulated", "a bad record", ""}});
        continue;
      }
      SLUICE_TRY_DO(file_->append(records[i].data));
      ++rows_;
    }
    return {};
  }

  Result<void> append_refused(delivery::ShardKey,
                              std::span<const delivery::SourceRecord> records,
                              std::span<const delivery::Rejected>) override {
    for (const delivery::SourceRecord& record : records) {
      SLUICE_TRY_DO(file_->append(record.data));
      ++rows_;
    }
    return {};
  }

  Result<std::uint64_t> weigh() override { return file_->bytes(); }

  Result<delivery::ParkedWriter> park() override {
    SLUICE_TRY(spool, file_->park());
    delivery::ParkedState state;
    state.spool_sha256 = spool.sha256;
    state.rows = rows_;
    return delivery::ParkedWriter{.spool_bytes = spool.bytes, .state = delivery::encode(state)};
  }

  Result<delivery::SealedFile> finish(const delivery::SealFacts&) override {
    SLUICE_TRY(digests, file_->finish());
    delivery::SealedFile sealed;
    sealed.bytes = file_->bytes();
    sealed.rows = rows_;
    sealed.sha256 = digests.sha256;
    sealed.md5 = digests.md5;
    return sealed;
  }

  Result<void> sync() override { return file_->sync(); }

  std::size_t bytes_held() const override { return file_->bytes_held(); }

 private:
  std::unique_ptr<delivery::SpoolFile> file_;
  std::uint64_t rows_;
};

class PlainDialect final : public Dialect {
 public:
  Bytes record(Named name, bool is_bad, Random& random) const override {
    return fmt::format("{}{}:{}:{}\n",
                       is_bad ? "!" : "",
                       name.shard,
                       name.ordinal,
                       std::string(random.below(padding_max), 'p'));
  }

  Result<std::vector<Named>> read(delivery::ObjectKind kind, ByteView object) const override {
    std::vector<Named> names;
    while (!object.empty()) {
      const std::size_t end = object.find('\n');
      if (end == ByteView::npos) {
        return fail(Fault::corrupt, "a line is cut");
      }
      ByteView line = object.substr(0, end);
      object.remove_prefix(end + 1);
      const bool is_bad = line.starts_with('!');
      const bool is_bad_wanted = kind == delivery::ObjectKind::format_conversion_failed;
      if (is_bad != is_bad_wanted && kind != delivery::ObjectKind::processing_failed) {
        return fail(Fault::corrupt, "a record is in an object of the wrong kind");
      }
      line.remove_prefix(is_bad ? 1 : 0);
      Named name;
      const char* const last = line.data() + line.size();
      const auto shard = std::from_chars(last - line.size(), last, name.shard);
      if (shard.ec != std::errc() || shard.ptr == last) {
        return fail(Fault::corrupt, "a line has no shard");
      }
      const auto ordinal = std::from_chars(shard.ptr + 1, last, name.ordinal);
      if (ordinal.ec != std::errc() || ordinal.ptr == last) {
        return fail(Fault::corrupt, "a line has no ordinal");
      }
      if (*ordinal.ptr == '.') {
        const auto part = std::from_chars(ordinal.ptr + 1, last, name.part);
        if (part.ec != std::errc() || part.ptr == last ||
            std::from_chars(part.ptr + 1, last, name.parts).ec != std::errc()) {
          return fail(Fault::corrupt, "a line has no part");
        }
      }
      names.push_back(name);
    }
    return names;
  }

  void apply_to(delivery::DeliveryStream&) const override {}

  Result<std::unique_ptr<delivery::ObjectWriter>> make_writer(
      const delivery::WriterRequest& request) const override {
    SLUICE_TRY(file, delivery::SpoolFile::create(request.files, request.path));
    return std::make_unique<LineWriter>(std::move(file));
  }

  Result<std::unique_ptr<delivery::ObjectWriter>> resume_writer(
      const delivery::WriterRequest& request, const delivery::ParkedWriter& parked) const override {
    SLUICE_TRY(state, delivery::decode_parked_state(parked.state));
    SLUICE_TRY(
        file,
        delivery::SpoolFile::resume(request.files,
                                    request.path,
                                    {.bytes = parked.spool_bytes, .sha256 = state.spool_sha256}));
    return std::make_unique<LineWriter>(std::move(file), state.rows);
  }
};

}  // namespace

std::unique_ptr<Dialect> make_plain_dialect() {
  return std::make_unique<PlainDialect>();
}

}  // namespace sluice::sim
