#include "base/crc64nvme.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

// The specification's own examples, and the check value of the catalogue of CRCs.
TEST(Crc64Nvme, IsThatOfTheSpecification) {
  EXPECT_EQ(crc64nvme(std::string(4096, '\0')), 0x6482d367eb22b64eu);
  EXPECT_EQ(crc64nvme(std::string(4096, '\xff')), 0xc0ddba7302eca3acu);
  EXPECT_EQ(crc64nvme("123456789"), 0xae8b14860a799888u);
  EXPECT_EQ(crc64nvme(""), 0u);
}

TEST(Crc64Nvme, GoesOnWhereItStood) {
  SeededRandom random(64);
  Bytes bytes;
  for (int i = 0; i < 1000; ++i) {
    bytes.push_back(static_cast<char>(random.below(256)));
  }
  const ByteView all = bytes;
  for (std::size_t at = 0; at <= all.size(); at += 37) {
    EXPECT_EQ(crc64nvme(all.substr(at), crc64nvme(all.substr(0, at))), crc64nvme(all)) << at;
  }
}

}  // namespace
}  // namespace sluice
