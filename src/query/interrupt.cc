#include "query/interrupt.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace sluice::query {

Interrupt::Interrupt() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Interrupt::~Interrupt() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void Interrupt::set() {
  is_set_ = true;
  if (descriptor_ >= 0) {
    const std::uint64_t one = 1;
    static_cast<void>(::write(descriptor_, &one, sizeof(one)));
  }
}

}  // namespace sluice::query
