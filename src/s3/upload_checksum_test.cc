#include "s3/upload_checksum.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::s3 {
namespace {

// The algorithms' types as the User Guide lists them.
TEST(UploadChecksum, AlgorithmsHaveTheirTypes) {
  struct Case {
    const char* algorithm;
    const char* type;
    const char* expected;  // nullptr: refused
  };

  const Case cases[] = {
      {"CRC32", "", "COMPOSITE"},
      {"crc32c", "", "COMPOSITE"},
      {"CRC64NVME", "", "FULL_OBJECT"},
      {"SHA1", "", "COMPOSITE"},
      {"SHA256", "", "COMPOSITE"},
      {"CRC32", "FULL_OBJECT", "FULL_OBJECT"},
      {"CRC32C", "FULL_OBJECT", "FULL_OBJECT"},
      {"CRC64NVME", "COMPOSITE", nullptr},
      {"SHA1", "FULL_OBJECT", nullptr},
      {"SHA256", "FULL_OBJECT", nullptr},
      {"MD5", "", nullptr},
      {"", "COMPOSITE", nullptr},
      {"CRC32", "whole", nullptr},
  };
  for (const Case& one : cases) {
    const auto made = upload_checksum(one.algorithm, one.type);
    ASSERT_EQ(made.has_value(), one.expected != nullptr) << one.algorithm << " " << one.type;
    if (made) {
      EXPECT_EQ(name_of((*made)->type), one.expected) << one.algorithm;
    } else {
      EXPECT_EQ(made.error().code(), S3Code::invalid_request);
    }
  }
  EXPECT_EQ(upload_checksum("", "").value(), std::nullopt);
}

// Made with Python: base64(sha256(sha256(b"a").digest() + sha256(b"b").digest())), and zlib.crc32.
TEST(UploadChecksum, ACompositeOneIsThatOfThePartsChecksums) {
  const std::vector<std::string> digests = {"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=",
                                            "PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0="};
  EXPECT_EQ(composite_checksum(ChecksumAlgorithm::sha256, digests).text,
            "5aAf7hTg7VxIcU8iGA8lrYNltT+XefedxKPX6Tlj+Uo=-2");
  const std::vector<std::string> sums = {"6Le+Qw==", "cb7v+Q=="};
  const Checksum made = composite_checksum(ChecksumAlgorithm::crc32, sums);
  EXPECT_EQ(made.text, "7pJxdw==-2");
  EXPECT_EQ(type_of(made), ChecksumType::composite);
  EXPECT_EQ(type_of({ChecksumAlgorithm::crc32, "6Le+Qw=="}), ChecksumType::full_object);
}

}  // namespace
}  // namespace sluice::s3
