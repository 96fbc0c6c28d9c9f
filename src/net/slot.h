// A duty to give one value, now or later, on any thread.
#pragma once

#include "base/check.h"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::net {

// Where the value goes.
template <class T>
class Slot {
 public:
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  virtual ~Slot() = default;

  // Called once, on any thread.
  virtual void answer(T value) = 0;

  // Called instead when the duty was dropped.
  virtual void drop() = 0;
};

// The right, and duty, to fill one slot.  Move-only; may be used on any thread, also after the
// server has stopped (the value then goes nowhere).  Destroying it unused drops the duty.
template <class T>
class Duty {
 public:
  explicit Duty(std::shared_ptr<Slot<T>> slot) : slot_(std::move(slot)) {
    SLUICE_CHECK(slot_ != nullptr);
  }

  Duty(Duty&& other) noexcept = default;

  Duty& operator=(Duty&& other) noexcept {
    if (this != &other) {
      release();
      slot_ = std::move(other.slot_);
    }
    return *this;
  }

  Duty(const Duty&) = delete;
  Duty& operator=(const Duty&) = delete;

  ~Duty() { release(); }

  // A duty that calls `function` with the value; with nothing when dropped.
  static Duty calling(std::move_only_function<void(std::optional<T>)> function) {
    return Duty(std::make_shared<FunctionSlot>(std::move(function)));
  }

  // Gives the value; exactly once.
  void operator()(T value) {
    SLUICE_CHECK(slot_ != nullptr);
    std::exchange(slot_, nullptr)->answer(std::move(value));
  }

 private:
  class FunctionSlot final : public Slot<T> {
   public:
    explicit FunctionSlot(std::move_only_function<void(std::optional<T>)> function)
        : function_(std::move(function)) {}

    void answer(T value) override { function_(std::move(value)); }

    void drop() override { function_(std::nullopt); }

   private:
    std::move_only_function<void(std::optional<T>)> function_;
  };

  void release() {
    if (slot_ != nullptr) {
      std::exchange(slot_, nullptr)->drop();
    }
  }

  std::shared_ptr<Slot<T>> slot_;  // null once used or moved from
};

}  // namespace sluice::net
