// The words.
#include "proof/explanation.h"

#include "base/check.h"

namespace sluice::proof {

std::string_view outlook_name(Outlook outlook) {
  switch (outlook) {
    case Outlook::well:
      return "well";
    case Outlook::unknown:
      return "unknown";
    case Outlook::held:
      return "held";
    case Outlook::gone:
      return "gone";
  }
  SLUICE_CHECK(false);
}

std::string_view in_bucket_name(InBucket in_bucket) {
  switch (in_bucket) {
    case InBucket::whole:
      return "whole";
    case InBucket::missing:
      return "missing";
    case InBucket::changed:
      return "changed";
    case InBucket::unreadable:
      return "unreadable";
  }
  SLUICE_CHECK(false);
}

}  // namespace sluice::proof
