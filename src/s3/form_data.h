// Forms as browsers send them: multipart/form-data, fields first and one file behind them.
//
//   --boundary\r\n
//   Content-Disposition: form-data; name="key"\r\n
//   \r\n
//   runs/${filename}\r\n
//   --boundary\r\n
//   Content-Disposition: form-data; name="file"; filename="a.fit"\r\n
//   Content-Type: application/octet-stream\r\n
//   \r\n
//   <the file>\r\n
//   --boundary--\r\n
//
// Source: RFC 7578 and RFC 2046 5.1; for what S3 makes of it, "POST Object" of its API reference.
#pragma once

#include "base/bytes.h"
#include "s3/error.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::s3 {

// Names in lower case, in the order of the form, each once: of equal names the first counts.
using FormFields = std::vector<std::pair<std::string, std::string>>;

// The value of a field; nullptr when it is not there.
const std::string* find_field(const FormFields& fields, std::string_view name);

// All that comes before the file may have so many bytes.
inline constexpr std::size_t form_fields_bytes_max = 20'000;

// The boundary that a Content-Type names; std::nullopt when it is of no such form.
std::optional<std::string> form_boundary(std::string_view content_type);

// Who takes the file of a form.
class FormFile {
 public:
  FormFile() = default;
  FormFile(const FormFile&) = delete;
  FormFile& operator=(const FormFile&) = delete;
  virtual ~FormFile() = default;

  // Before the first byte: all fields that count, and the name that the file had.
  virtual S3Result<void> begin(const FormFields& fields, const std::string& filename) = 0;

  // Its bytes, in order; any number of pieces, none of them empty.
  virtual S3Result<void> take(ByteView data) = 0;
};

// Reads a form piece by piece.  Not thread-safe.  After a failure it is of no more use.
class FormData {
 public:
  // Borrows `file`.
  FormData(std::string_view boundary, FormFile& file);

  // The next bytes of the body.  S3Code::malformed_post_request, max_post_pre_data_length_exceeded,
  // and what the taker of the file says.
  S3Result<void> write(ByteView bytes);

  // After the last: malformed_post_request unless the form is complete,
  // incorrect_number_of_files_in_post_request unless there was one file.
  S3Result<void> finish() const;

 private:
  enum class Stage : std::uint8_t { preamble, boundary, head, field, file, ignored, end };

  S3Result<bool> step();
  S3Result<void> consume(std::size_t bytes);
  S3Result<bool> read_boundary();
  S3Result<bool> read_head();
  S3Result<bool> read_content();
  S3Result<void> take_content(ByteView data);
  void end_part();

  const std::string delimiter_;  // "\r\n--boundary"
  FormFile& file_;
  Stage stage_ = Stage::preamble;
  Bytes buffer_;  // what is not understood yet
  std::string name_;
  std::string value_;
  FormFields fields_;
  std::size_t field_bytes_ = 0;  // of all that came before the file
  std::size_t files_ = 0;
};

}  // namespace sluice::s3
