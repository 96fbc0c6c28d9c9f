// Where the configuration file says something else than what stands.
//
// The file only makes what is not there; what is there stays as it is, since streams, tables and
// delivery streams can be changed by calls too.  These sentences tell of the difference at start.
#pragma once

#include "catalog/table.h"
#include "delivery/definition.h"
#include "server/config.h"
#include "stream/definition.h"

#include <optional>
#include <string>

namespace sluice::server {

// std::nullopt: no difference.
std::optional<std::string> drift_of(const StreamSetting& wanted,
                                    const stream::StreamDefinition& found);
std::optional<std::string> drift_of(const TableSetting& wanted, const catalog::Table& found);
std::optional<std::string> drift_of(const delivery::DeliveryStream& wanted,
                                    const delivery::DeliveryStream& found);

// A delivery stream that was made for another region or account: ARNs of both are then about.
std::optional<std::string> moved_from(const delivery::DeliveryStream& found,
                                      const delivery::Account& account);

}  // namespace sluice::server
