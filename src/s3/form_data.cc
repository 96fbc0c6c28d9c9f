#include "s3/form_data.h"

#include "base/ascii.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::s3 {
namespace {

// RFC 2046 5.1.1.
constexpr std::size_t boundary_bytes_max = 70;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

// `type; name=value; other="quoted \" value"`: the value of a parameter.
std::optional<std::string> parameter_of(std::string_view header, std::string_view wanted) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    const std::size_t equals = header.find('=', at + 1);
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string name = lower(trimmed(header.substr(at + 1, equals - at - 1)));
    std::string value;
    std::size_t end = equals + 1;
    if (end < header.size() && header[end] == '"') {
      for (++end; end < header.size() && header[end] != '"'; ++end) {
        // Browsers escape a quote as %22 and leave a backslash alone; others write \".
        if (header[end] == '\\' && end + 1 < header.size() && header[end + 1] == '"') {
          ++end;
        }
        value.push_back(header[end]);
      }
      end = header.find(';', end);
    } else {
      end = header.find(';', end);
      value = trimmed(header.substr(equals + 1, end - equals - 1));
    }
    if (name == wanted) {
      return value;
    }
    at = end;
  }
  return std::nullopt;
}

S3Error malformed() {
  return {S3Code::malformed_post_request,
          "The body of your POST request is not well-formed multipart/form-data."};
}

}  // namespace

const std::string* find_field(const FormFields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

std::optional<std::string> form_boundary(std::string_view content_type) {
  const std::string type = lower(trimmed(content_type.substr(0, content_type.find(';'))));
  if (type != "multipart/form-data") {
    return std::nullopt;
  }
  auto boundary = parameter_of(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > boundary_bytes_max ||
      boundary->find_first_of("\r\n") != std::string::npos) {
    return std::nullopt;
  }
  return boundary;
}

FormData::FormData(std::string_view boundary, FormFile& file)
    : delimiter_(fmt::format("\r\n--{}", boundary)), file_(file), buffer_(line_end) {
  SLUICE_CHECK(!boundary.empty());
}

S3Result<void> FormData::write(ByteView bytes) {
  buffer_.append(bytes);
  while (true) {
    SLUICE_S3_TRY(goes_on, step());
    if (!goes_on) {
      return {};
    }
  }
}

S3Result<void> FormData::consume(std::size_t bytes) {
  buffer_.erase(0, bytes);
  field_bytes_ += files_ == 0 ? bytes : 0;
  if (field_bytes_ > form_fields_bytes_max) {
    return fail_s3(S3Code::max_post_pre_data_length_exceeded,
                   "Your POST request fields preceding the upload file were too large.");
  }
  return {};
}

// Whether it got anywhere with what there is.
S3Result<bool> FormData::step() {
  switch (stage_) {
    case Stage::preamble:
    case Stage::field:
    case Stage::file:
    case Stage::ignored:
      return read_content();
    case Stage::boundary:
      return read_boundary();
    case Stage::head:
      return read_head();
    case Stage::end:
      buffer_.clear();
      return false;
  }
  SLUICE_CHECK(false);
}

// What stands behind a boundary: the end of the form, or of the line.
S3Result<bool> FormData::read_boundary() {
  if (buffer_.starts_with("--")) {
    stage_ = Stage::end;
    return true;
  }
  const std::size_t blank = std::min(buffer_.find_first_not_of(" \t"), buffer_.size());
  const std::string_view rest = std::string_view(buffer_).substr(blank);
  if (rest.starts_with(line_end)) {
    // The line's end stays: it is the one in front of the first header, or of the empty line.
    SLUICE_S3_TRY_DO(consume(blank));
    stage_ = Stage::head;
    return true;
  }
  const bool may_come = rest.empty() || rest == "\r" || (blank == 0 && buffer_ == "-");
  if (!may_come || blank > form_fields_bytes_max) {
    return std::unexpected(malformed());
  }
  return false;
}

S3Result<bool> FormData::read_head() {
  const std::size_t end = buffer_.find(head_end);
  if (end == std::string::npos) {
    if (buffer_.size() > form_fields_bytes_max) {
      return std::unexpected(malformed());
    }
    return false;
  }
  std::optional<std::string> name;
  std::optional<std::string> filename;
  std::string_view head = std::string_view(buffer_).substr(0, end);
  while (!head.empty()) {
    head.remove_prefix(line_end.size());
    const std::string_view line = head.substr(0, head.find(line_end));
    head.remove_prefix(line.size());
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos &&
        lower(trimmed(line.substr(0, colon))) == "content-disposition") {
      name = parameter_of(line.substr(colon + 1), "name");
      filename = parameter_of(line.substr(colon + 1), "filename");
    }
  }
  if (!name) {
    return std::unexpected(malformed());
  }
  SLUICE_S3_TRY_DO(consume(end + head_end.size()));
  name_ = lower(*name);
  value_.clear();
  // What stands behind the file does not count.
  const bool is_file = name_ == "file";
  stage_ = is_file ? Stage::file : files_ > 0 ? Stage::ignored : Stage::field;
  if (is_file) {
    ++files_;
    if (files_ > 1) {
      return fail_s3(S3Code::incorrect_number_of_files_in_post_request,
                     "POST requires exactly one file upload per request.");
    }
    SLUICE_S3_TRY_DO(file_.begin(fields_, filename.value_or("")));
  }
  return true;
}

// Content goes up to the next delimiter; the end of what there is may be the beginning of one.
S3Result<bool> FormData::read_content() {
  const std::size_t found = buffer_.find(delimiter_);
  if (found != std::string::npos) {
    SLUICE_S3_TRY_DO(take_content(ByteView(buffer_).substr(0, found)));
    end_part();
    SLUICE_S3_TRY_DO(consume(found + delimiter_.size()));
    stage_ = Stage::boundary;
    return true;
  }
  const std::size_t kept = std::min(buffer_.size(), delimiter_.size() - 1);
  SLUICE_S3_TRY_DO(take_content(ByteView(buffer_).substr(0, buffer_.size() - kept)));
  SLUICE_S3_TRY_DO(consume(buffer_.size() - kept));
  return false;
}

S3Result<void> FormData::take_content(ByteView data) {
  if (data.empty()) {
    return {};
  }
  if (stage_ == Stage::file) {
    return file_.take(data);
  }
  if (stage_ == Stage::field) {
    value_.append(data);
  }
  return {};
}

void FormData::end_part() {
  if (stage_ == Stage::field && find_field(fields_, name_) == nullptr) {
    fields_.emplace_back(std::move(name_), std::move(value_));
  }
}

S3Result<void> FormData::finish() const {
  if (stage_ != Stage::end) {
    return std::unexpected(malformed());
  }
  if (files_ != 1) {
    return fail_s3(S3Code::incorrect_number_of_files_in_post_request,
                   "POST requires exactly one file upload per request.");
  }
  return {};
}

}  // namespace sluice::s3
