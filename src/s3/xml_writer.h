// Writes one XML document, element by element.
#pragma once

#include "s3/checksum.h"
#include "s3/xml.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::s3 {

// Appends elements; the caller keeps them nested.
class XmlWriter {
 public:
  static constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  static constexpr std::string_view s3_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

  explicit XmlWriter(std::string_view root, bool has_namespace = true) : root_(root) {
    out_ = declaration;
    out_ += fmt::format("<{}", root);
    out_ += has_namespace ? fmt::format(" xmlns=\"{}\">", s3_namespace) : ">";
  }

  void open(std::string_view name) { out_ += fmt::format("<{}>", name); }

  void close(std::string_view name) { out_ += fmt::format("</{}>", name); }

  void element(std::string_view name, std::string_view text) {
    out_ += fmt::format("<{0}>{1}</{0}>", name, xml_escape(text));
  }

  void element(std::string_view name, std::uint64_t number) {
    out_ += fmt::format("<{0}>{1}</{0}>", name, number);
  }

  void owner(const Owner& owner) {
    open("Owner");
    element("ID", owner.id);
    element("DisplayName", owner.display_name);
    close("Owner");
  }

  // "ChecksumCRC32", ...
  void checksum(const Checksum& checksum) {
    element(fmt::format("Checksum{}", name_of(checksum.algorithm)), checksum.text);
  }

  std::string finish() {
    close(root_);
    return std::move(out_);
  }

 private:
  std::string root_;
  std::string out_;
};

}  // namespace sluice::s3
