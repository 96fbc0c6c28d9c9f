#include "s3/form_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::s3 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class Kept final : public FormFile {
 public:
  S3Result<void> begin(const FormFields& given, const std::string& name) override {
    fields = given;
    filename = name;
    return {};
  }

  S3Result<void> take(ByteView data) override {
    content.append(data);
    return {};
  }

  FormFields fields;
  std::string filename;
  Bytes content;
};

S3Result<void> read(std::string_view body, Kept& file, std::size_t piece = 1'000'000) {
  FormData form("xyz", file);
  while (!body.empty()) {
    SLUICE_S3_TRY_DO(form.write(body.substr(0, piece)));
    body.remove_prefix(std::min(body.size(), piece));
  }
  return form.finish();
}

std::string field(std::string_view name, std::string_view value) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(value) + "\r\n";
}

std::string file_of(std::string_view content) {
  return "--xyz\r\ncontent-disposition:form-data;name=file;filename=\"a; \\\"b\\\".fit\"\r\n"
         "Content-Type: application/octet-stream\r\n\r\n" +
         std::string(content) + "\r\n";
}

S3Code code_of(const S3Result<void>& result) {
  return result ? S3Code::internal_error : result.error().code();
}

TEST(FormData, HandsOnFieldsAndFileWhateverThePieces) {
  const std::string content = "line\r\n--xy\r\n--xyZ\r\n\r\n--";
  const std::string body = "ignored\r\n" + field("Key", "a/${filename}") + field("empty", "") +
                           field("key", "second") + file_of(content) + field("behind", "it") +
                           "--xyz--\r\nepilogue";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    Kept file;
    ASSERT_TRUE(read(body, file, piece)) << piece;
    EXPECT_THAT(file.fields, ElementsAre(Pair("key", "a/${filename}"), Pair("empty", "")));
    EXPECT_EQ(file.filename, "a; \"b\".fit");
    EXPECT_EQ(file.content, content) << piece;
  }
}

TEST(FormData, TakesAnEmptyFile) {
  Kept file;
  ASSERT_TRUE(read(file_of("") + "--xyz--", file));
  EXPECT_THAT(file.content, IsEmpty());
}

TEST(FormData, RefusesWhatIsNoForm) {
  Kept file;
  EXPECT_EQ(code_of(read("", file)), S3Code::malformed_post_request);
  EXPECT_EQ(code_of(read("--xyz", file)), S3Code::malformed_post_request);
  EXPECT_EQ(code_of(read("--xyzz\r\n\r\n", file)), S3Code::malformed_post_request);
  EXPECT_EQ(code_of(read("--xyz\r\n\r\nno name\r\n--xyz--", file)), S3Code::malformed_post_request);
  EXPECT_EQ(code_of(read(file_of("cut off"), file)), S3Code::malformed_post_request);
}

TEST(FormData, WantsOneFileAndShortFields) {
  Kept file;
  EXPECT_EQ(code_of(read(field("key", "a") + "--xyz--", file)),
            S3Code::incorrect_number_of_files_in_post_request);
  EXPECT_EQ(code_of(read(file_of("a") + file_of("b") + "--xyz--", file)),
            S3Code::incorrect_number_of_files_in_post_request);
  const std::string large(form_fields_bytes_max, 'a');
  EXPECT_EQ(code_of(read(field("key", large) + file_of("a") + "--xyz--", file, 1'000)),
            S3Code::max_post_pre_data_length_exceeded);
}

TEST(FormData, ReadsTheBoundaryOfAContentType) {
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=xyz"), "xyz");
  EXPECT_EQ(form_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"x y;z\""), "x y;z");
  EXPECT_EQ(form_boundary("multipart/form-data"), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/form-data; boundary="), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/mixed; boundary=a"), std::nullopt);
  EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
}

}  // namespace
}  // namespace sluice::s3
