// Digests what goes by.
#include "s3/verified_file.h"

#include "s3/quick_digest.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::s3 {
namespace {

class VerifiedFile final : public File {
 public:
  VerifiedFile(std::unique_ptr<File> file,
               StoredDigest stored,
               std::function<void()> on_damage,
               std::function<void(const std::string& quick)> on_quick)
      : file_(std::move(file)),
        stored_(std::move(stored)),
        on_damage_(std::move(on_damage)),
        on_quick_(std::move(on_quick)) {}

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    const std::size_t before = out.size();
    SLUICE_TRY_DO(file_->read_at(offset, count, out));
    if (offset != digested_ || digested_ == stored_.bytes) {
      return {};
    }
    const ByteView piece = ByteView(out).substr(before);
    quick_.update(piece);
    if (stored_.quick.empty()) {
      digest_.update(piece);
    }
    digested_ += piece.size();
    if (digested_ < stored_.bytes || is_right()) {
      return {};
    }
    on_damage_();
    return fail(Fault::corrupt,
                fmt::format("{} is DAMAGED: its bytes are not those that were put; bring it back "
                            "from a copy",
                            stored_.name));
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    return file_->write_at(offset, bytes);
  }

  Result<void> sync() override { return file_->sync(); }

  Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }

  Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  bool is_right() const {
    const std::string quick = quick_.so_far();
    if (!stored_.quick.empty()) {
      return quick == stored_.quick;
    }
    if (digest_.finish() != *stored_.sha256) {
      return false;
    }
    if (on_quick_) {
      on_quick_(quick);
    }
    return true;
  }

  const std::unique_ptr<File> file_;
  const StoredDigest stored_;
  const std::function<void()> on_damage_;
  const std::function<void(const std::string& quick)> on_quick_;
  mutable QuickDigest quick_;
  mutable RunningSha256 digest_;
  mutable std::uint64_t digested_ = 0;
};

}  // namespace

std::shared_ptr<const File> make_verified_file(
    std::unique_ptr<File> file,
    StoredDigest stored,
    std::function<void()> on_damage,
    std::function<void(const std::string& quick)> on_quick) {
  return std::make_shared<VerifiedFile>(
      std::move(file), std::move(stored), std::move(on_damage), std::move(on_quick));
}

}  // namespace sluice::s3
