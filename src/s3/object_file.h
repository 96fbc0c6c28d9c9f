// An open file descriptor, and the File that reads and writes through it.
#pragma once

#include "base/file_system.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <utility>

namespace sluice::s3 {

// Owns a descriptor.  Movable.
class Descriptor {
 public:
  Descriptor() = default;

  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int number() const { return number_; }

  bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// `name` is for messages.
std::unique_ptr<File> make_object_file(Descriptor descriptor, std::string name);

}  // namespace sluice::s3
