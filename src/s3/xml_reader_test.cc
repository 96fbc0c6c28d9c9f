#include "s3/xml_reader.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(XmlReader, TakesOneDocumentWithTheRightRoot) {
  pugi::xml_document document;
  EXPECT_TRUE(load_xml(document, "<?xml version=\"1.0\"?><Delete><a/></Delete>", "Delete"));
  EXPECT_TRUE(load_xml(document, "<s:Delete xmlns:s=\"x\"/>", "Delete"));
  for (const char* body :
       {"", "text", "<Delete>", "<Other/>", "<Delete/><Delete/>", "<Delete>\xff</Delete>"}) {
    EXPECT_FALSE(load_xml(document, body, "Delete")) << body;
  }
}

}  // namespace
}  // namespace sluice::s3
