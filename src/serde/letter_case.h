// Lower case for keys, as OpenX compares them.
//
// Covers ASCII, Latin, Greek and Cyrillic letters whose two cases are equally long in UTF-8; other
// characters stay as they are.  The same on every machine: no locale is asked.
#pragma once

#include <string>
#include <string_view>

namespace sluice::serde {

// Appends `text`, valid UTF-8, in lower case; exactly text.size() bytes.
void append_lower_case(std::string& out, std::string_view text);

std::string lower_case(std::string_view text);

}  // namespace sluice::serde
