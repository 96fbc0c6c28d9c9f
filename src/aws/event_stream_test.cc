#include "aws/event_stream.h"

#include "base/digest.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

// A message that boto3 and the SDK for JavaScript have read.
TEST(EventStream, TheFirstMessageIsAsClientsKnowIt) {
  EXPECT_EQ(
      to_hex(encode_event("initial-response", "application/x-amz-json-1.1", "{}")),
      "0000007200000060ab820d9e0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065"
      "070010696e697469616c2d726573706f6e73650d3a636f6e74656e742d7479706507001a6170706c69636174696f"
      "6e2f782d616d7a2d6a736f6e2d312e317b7de16e66e4");
}

TEST(EventStream, AnExceptionNamesItself) {
  const Bytes message = encode_exception("ResourceInUseException", "text/plain", "why");
  EXPECT_NE(message.find("exception\x0f:exception-type\x07"), Bytes::npos);
  EXPECT_EQ(static_cast<std::uint8_t>(message[3]), message.size());
  EXPECT_EQ(message.substr(message.size() - 7, 3), "why");
}

}  // namespace
}  // namespace sluice::aws
