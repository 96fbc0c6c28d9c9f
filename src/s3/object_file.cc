// Files behind descriptors that were opened with care.
#include "s3/object_file.h"

#include "base/check.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::s3 {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) {
    close(number_);
  }
}

namespace {

class ObjectFile final : public File {
 public:
  ObjectFile(Descriptor descriptor, std::string name)
      : descriptor_(std::move(descriptor)), name_(std::move(name)) {
    SLUICE_CHECK(descriptor_.is_open());
  }

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    const std::size_t before = out.size();
    out.resize(before + count);
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = pread(descriptor_.number(),
                                out.data() + before + done,
                                count - done,
                                static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        out.resize(before);
        return fail_errno(errno, fmt::format("read {} at {}", name_, offset));
      }
      if (got == 0) {
        break;
      }
      done += static_cast<std::size_t>(got);
    }
    out.resize(before + done);
    return {};
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t put = pwrite(descriptor_.number(),
                                 bytes.data() + done,
                                 bytes.size() - done,
                                 static_cast<off_t>(offset + done));
      if (put < 0 && errno == EINTR) {
        continue;
      }
      if (put < 0) {
        return fail_errno(errno, fmt::format("write {} at {}", name_, offset));
      }
      done += static_cast<std::size_t>(put);
    }
    begin_writeback(offset, bytes.size());
    return {};
  }

  Result<void> sync() override {
    // Not fdatasync: the time of change is a part of how the index recognises the file.
    if (fsync(descriptor_.number()) != 0) {
      return fail_errno(errno, fmt::format("sync {}", name_));
    }
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) {
      return fail_errno(errno, fmt::format("truncate {}", name_));
    }
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat status = {};
    if (fstat(descriptor_.number(), &status) != 0) {
      return fail_errno(errno, fmt::format("look at {}", name_));
    }
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  // What the disk has begun to write need not be waited for in the end.
  void begin_writeback(std::uint64_t offset, std::size_t count) {
    constexpr std::uint64_t stretch = std::uint64_t{8} << 20;
    const std::uint64_t end = offset + count;
    if (offset / stretch != end / stretch) {
      const std::uint64_t from = offset / stretch * stretch;
      static_cast<void>(sync_file_range(descriptor_.number(),
                                        static_cast<off_t>(from),
                                        static_cast<off_t>(end / stretch * stretch - from),
                                        SYNC_FILE_RANGE_WRITE));
    }
  }

  Descriptor descriptor_;
  std::string name_;
};

}  // namespace

std::unique_ptr<File> make_object_file(Descriptor descriptor, std::string name) {
  return std::make_unique<ObjectFile>(std::move(descriptor), std::move(name));
}

}  // namespace sluice::s3
