// Log lines of connections.
#include "net/connection_services.h"

namespace sluice::net {

void ConnectionServices::log(std::string line) const {
  if (options.log) {
    options.log(line);
  }
}

void ConnectionServices::log_thrown(const std::string& what,
                                    const std::exception_ptr& thrown) const {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    log(what + ": " + error.what());
  } catch (...) {
    log(what + ": an exception of unknown type");
  }
}

}  // namespace sluice::net
