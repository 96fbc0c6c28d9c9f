// Distinct types for numbers with a meaning: an ordinal cannot be passed where a plan number is
// due.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace sluice {

// using Ordinal = Strong<struct OrdinalTag, std::uint64_t>;
template <class Tag, class Rep>
struct Strong {
  Rep value{};

  constexpr Strong() = default;

  constexpr explicit Strong(Rep initial) : value(initial) {}

  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

  constexpr Strong& operator++() {
    ++value;
    return *this;
  }

  friend constexpr Strong operator+(Strong left, Rep right) {
    return Strong(static_cast<Rep>(left.value + right));
  }

  friend constexpr Strong operator-(Strong left, Rep right) {
    return Strong(static_cast<Rep>(left.value - right));
  }

  friend constexpr Rep operator-(Strong left, Strong right) {
    return static_cast<Rep>(left.value - right.value);
  }
};

}  // namespace sluice

template <class Tag, class Rep>
struct std::hash<sluice::Strong<Tag, Rep>> {
  std::size_t operator()(const sluice::Strong<Tag, Rep>& id) const {
    return std::hash<Rep>{}(id.value);
  }
};
