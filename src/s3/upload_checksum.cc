#include "s3/upload_checksum.h"

#include "base/base64.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::s3 {
namespace {

// A CRC of a whole can be made of those of its parts, a digest cannot.
bool has_type(ChecksumAlgorithm algorithm, ChecksumType type) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc64nvme:
      return type == ChecksumType::full_object;
    case ChecksumAlgorithm::sha1:
    case ChecksumAlgorithm::sha256:
      return type == ChecksumType::composite;
    case ChecksumAlgorithm::crc32:
    case ChecksumAlgorithm::crc32c:
      return true;
  }
  SLUICE_CHECK(false);
}

}  // namespace

std::string_view name_of(ChecksumType type) {
  return type == ChecksumType::composite ? "COMPOSITE" : "FULL_OBJECT";
}

ChecksumType type_of(const Checksum& checksum) {
  return checksum.text.find('-') != std::string::npos ? ChecksumType::composite
                                                      : ChecksumType::full_object;
}

S3Result<std::optional<UploadChecksum>> upload_checksum(std::string_view algorithm,
                                                        std::string_view type) {
  if (algorithm.empty() && type.empty()) {
    return std::nullopt;
  }
  if (algorithm.empty()) {
    return fail_s3(S3Code::invalid_request,
                   "The x-amz-checksum-type header can only be used with the "
                   "x-amz-checksum-algorithm header.");
  }
  const auto known = checksum_algorithm_named(algorithm);
  if (!known) {
    return fail_s3(S3Code::invalid_request,
                   "Checksum algorithm provided is unsupported. Please try again with any of the "
                   "valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  }
  UploadChecksum made{*known,
                      has_type(*known, ChecksumType::composite) ? ChecksumType::composite
                                                                : ChecksumType::full_object};
  if (!type.empty()) {
    const bool is_whole = type == name_of(ChecksumType::full_object);
    if (!is_whole && type != name_of(ChecksumType::composite)) {
      return fail_s3(S3Code::invalid_request, "Value for x-amz-checksum-type header is invalid.");
    }
    made.type = is_whole ? ChecksumType::full_object : ChecksumType::composite;
  }
  if (!has_type(made.algorithm, made.type)) {
    return fail_s3(S3Code::invalid_request,
                   fmt::format("The {} checksum type cannot be used with the {} checksum "
                               "algorithm.",
                               name_of(made.type),
                               name_of(made.algorithm)));
  }
  return made;
}

Checksum composite_checksum(ChecksumAlgorithm algorithm, std::span<const std::string> parts) {
  RunningChecksum running(algorithm);
  for (const std::string& part : parts) {
    const auto bytes = base64_decode(part);
    SLUICE_CHECK(bytes.has_value());
    running.update(*bytes);
  }
  Checksum made = running.finish();
  made.text += fmt::format("-{}", parts.size());
  return made;
}

}  // namespace sluice::s3
