// No key ever leaves its bucket: checked by opening.  Every key, plain or escaped, is walked down
// from a folder with O_NOFOLLOW and the kernel asked to stay beneath it.
#include "base/check.h"
#include "s3/key_mapping.h"
#include "s3/rooted_directory.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace {

using namespace sluice;
using namespace sluice::s3;

const RootedDirectory& root() {
  static const RootedDirectory opened = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-fuzz-XXXXXX").string();
    SLUICE_CHECK(mkdtemp(name.data()) != nullptr);
    auto made = RootedDirectory::open(name);
    SLUICE_CHECK(made.has_value());
    return std::move(*made);
  }();
  return opened;
}

void check_segments(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    SLUICE_CHECK(!segment.empty());
    SLUICE_CHECK(segment.size() <= segment_bytes_max);
    SLUICE_CHECK(segment != ".");
    SLUICE_CHECK(segment != "..");
    SLUICE_CHECK(segment.find('\0') == std::string_view::npos);
    if (slash == std::string_view::npos) {
      return;
    }
    path.remove_prefix(slash + 1);
  }
}

// A path that would leave the folder makes the kernel refuse with another fault than "missing".
void check_stays_inside(std::string_view path) {
  const auto entry = root().look_at(path);
  SLUICE_CHECK(entry.has_value());
  SLUICE_CHECK(!entry->has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string key(reinterpret_cast<const char*>(data), size);
  const auto as_path = key_of_escaped_path(key);
  SLUICE_CHECK(!as_path || escaped_path(*as_path) == key);
  if (!check_key(key)) {
    SLUICE_CHECK(!is_plain_key(key));
    return 0;
  }
  const std::string escaped = escaped_path(key);
  SLUICE_CHECK(key_of_escaped_path(escaped) == key);
  check_segments(escaped);
  check_stays_inside(escaped);
  if (is_plain_key(key)) {
    check_segments(key);
    check_stays_inside(key);
  }
  return 0;
}
