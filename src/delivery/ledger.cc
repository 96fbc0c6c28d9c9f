#include "delivery/ledger.h"

#include "base/check.h"

namespace sluice::delivery {

std::string_view object_kind_name(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::data:
      return "data";
    case ObjectKind::format_conversion_failed:
      return "format-conversion-failed";
    case ObjectKind::processing_failed:
      return "processing-failed";
    case ObjectKind::decompression_failed:
      return "decompression-failed";
    case ObjectKind::dropped:
      return "dropped";
  }
  SLUICE_CHECK(false);
  return "";
}

}  // namespace sluice::delivery
