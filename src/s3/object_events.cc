#include "s3/object_events.h"

#include "base/check.h"

namespace sluice::s3 {

std::string_view event_of(Creation how) {
  switch (how) {
    case Creation::put:
      return "ObjectCreated:Put";
    case Creation::post:
      return "ObjectCreated:Post";
    case Creation::copy:
      return "ObjectCreated:Copy";
    case Creation::complete_multipart_upload:
      return "ObjectCreated:CompleteMultipartUpload";
  }
  SLUICE_CHECK(false);
}

}  // namespace sluice::s3
