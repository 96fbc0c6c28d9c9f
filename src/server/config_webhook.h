// Reads one table [[webhook]] of the configuration file.
//
//   name                    of letters, digits, - and _
//   url                     "http://..." or "https://..."
//   bucket, prefix, suffix  which objects; without bucket those of every local one
//   secret_file             requests are signed with what it holds
//   timeout_s               of one request, 1..300
//   keep_s                  how long to try, 60..31536000
#pragma once

#include "base/result.h"
#include "server/config_reader.h"
#include "server/webhooks.h"

namespace sluice::server {

// Fault::invalid names the place and what would be right.
Result<WebhookSetting> read_webhook(const ConfigReader& reader, const toml::table& table);

}  // namespace sluice::server
