#include "base/md5_lanes.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice {
namespace {

std::vector<Md5Digest> digests_of(const std::vector<std::string>& texts) {
  const std::vector<ByteView> views(texts.begin(), texts.end());
  std::vector<Md5Digest> digests(texts.size());
  md5_each(views, digests);
  return digests;
}

TEST(Md5Lanes, GiveTheDigestsOfTheRfc) {
  const std::vector<std::string> texts = {
      "", "a", "abc", "message digest", "abcdefghijklmnopqrstuvwxyz", std::string(80, '1')};
  const std::vector<Md5Digest> digests = digests_of(texts);
  EXPECT_EQ(to_hex(digests[0]), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(digests[1]), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(to_hex(digests[2]), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(digests[3]), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(to_hex(digests[4]), "c3fcd3d76192e4007dfb496cca67e13b");
  EXPECT_EQ(digests[5], md5(texts[5]));
}

TEST(Md5Lanes, AgreeWithOneByOneForEveryLengthInEveryLane) {
  SeededRandom random(3);
  for (std::size_t count = 0; count < 70; ++count) {
    std::vector<std::string> texts(count);
    for (std::string& text : texts) {
      text.resize(random.below(130));
      for (char& c : text) {
        c = static_cast<char>(random.next());
      }
    }
    const std::vector<Md5Digest> digests = digests_of(texts);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(digests[i], md5(texts[i])) << "text " << i << " of " << count;
    }
  }
  for (std::size_t length = 0; length <= 64; ++length) {
    const std::vector<std::string> texts(17, std::string(length, '\xff'));
    for (const Md5Digest& digest : digests_of(texts)) {
      ASSERT_EQ(digest, md5(texts[0])) << "of " << length << " bytes";
    }
  }
}

}  // namespace
}  // namespace sluice
