// How failures travel: the words in their messages.
#include "base/result.h"

#include "base/check.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace sluice {

namespace {

Fault fault_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return Fault::throttled;
    case ENOENT:
      return Fault::missing;
    case EEXIST:
      return Fault::conflict;
    default:
      return Fault::io;
  }
}

// What a person can do about it; empty where the cause says it all.
std::string_view remedy_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "; free some space on that file system";
    case EDQUOT:
      return "; free some space or raise the quota";
    case EACCES:
    case EPERM:
      return "; check its owner and mode, and those of the folders above it";
    case EROFS:
      return "; mount the file system for writing";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    case EIO:
      return "; check the disk and the kernel's log";
    default:
      return "";
  }
}

}  // namespace

std::string_view fault_name(Fault fault) {
  switch (fault) {
    case Fault::invalid:
      return "invalid";
    case Fault::missing:
      return "missing";
    case Fault::conflict:
      return "conflict";
    case Fault::throttled:
      return "throttled";
    case Fault::too_large:
      return "too_large";
    case Fault::corrupt:
      return "corrupt";
    case Fault::io:
      return "io";
    case Fault::unavailable:
      return "unavailable";
    case Fault::cancelled:
      return "cancelled";
    case Fault::unsupported:
      return "unsupported";
  }
  check_failed("fault is one of the enumerators", __FILE__, __LINE__);
}

Error Error::within(std::string_view context) && {
  message_.insert(0, fmt::format("{}: ", context));
  return std::move(*this);
}

std::unexpected<Error> fail_errno(int error_number, std::string_view what) {
  return fail(fault_of(error_number),
              fmt::format("{}: {}{}",
                          what,
                          std::generic_category().message(error_number),
                          remedy_of(error_number)));
}

}  // namespace sluice
