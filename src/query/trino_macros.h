// What a session of the engine needs before it runs translated SQL: Trino's settings, and macros
// for the functions that need an argument more than once.
#pragma once

#include <span>
#include <string_view>

namespace sluice::query {

// Statements to run first, in order.  They cannot fail and depend on nothing.
std::span<const std::string_view> trino_setup();

}  // namespace sluice::query
