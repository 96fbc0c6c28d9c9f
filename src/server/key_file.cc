#include "server/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace sluice::server {
namespace {

constexpr mode_t for_its_owner = 0600;

// Empty, and readable by nobody else before there is a key in it.
Result<void> create_private(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, for_its_owner);
  if (descriptor < 0) {
    return fail(Fault::io,
                fmt::format("cannot create {}: {}", path, std::generic_category().message(errno)));
  }
  ::close(descriptor);
  return {};
}

}  // namespace

Result<std::shared_ptr<const stream::Keyring>> read_key_file(FileSystem& files,
                                                             const std::string& path) {
  if (!files.exists(path)) {
    return fail(Fault::missing,
                fmt::format("the key file {} does not exist; `openssl rand -hex 32` prints a key "
                            "for it, or bring back the one that records were encrypted with",
                            path));
  }
  SLUICE_TRY(text, read_file(files, path));
  auto keys = stream::Keyring::parse(text);
  if (!keys) {
    return std::unexpected(std::move(keys).error().within(fmt::format("the key file {}", path)));
  }
  return std::make_shared<const stream::Keyring>(*std::move(keys));
}

Result<std::shared_ptr<const stream::Keyring>> own_key_file(FileSystem& files,
                                                            const std::string& data_directory,
                                                            Random& random) {
  const std::string path = join_path(data_directory, "encryption.key");
  if (!files.exists(path)) {
    const std::string draft = path + ".new";
    SLUICE_TRY_DO(create_private(draft));
    SLUICE_TRY(file, files.open(draft, OpenMode::write_or_create));
    SLUICE_TRY_DO(file->truncate(0));
    SLUICE_TRY_DO(file->write_at(0, stream::Keyring::new_key_file(random)));
    SLUICE_TRY_DO(file->sync());
    SLUICE_TRY_DO(files.rename(draft, path));
    SLUICE_TRY_DO(files.sync_directory(data_directory));
  }
  return read_key_file(files, path);
}

}  // namespace sluice::server
