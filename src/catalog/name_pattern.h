// The patterns that Glue takes for names: Expression of GetTables, Pattern of
// GetUserDefinedFunctions.
//
// As in Hive's metastore: '*' stands for any characters, '|' between alternatives, '.' for one
// character, so that both "heart*" and "heart.*" do what they look like.  Letter case does not
// count.
#pragma once

#include <string_view>

namespace sluice::catalog {

bool matches_name_pattern(std::string_view name, std::string_view pattern);

}  // namespace sluice::catalog
