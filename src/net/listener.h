// A listening TCP socket.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::net {

// An accepted connection: a non-blocking, close-on-exec socket the receiver must close.
struct AcceptedSocket {
  int descriptor = -1;
  std::string remote_address;  // numeric, without port; IPv4 in IPv6 is shown as IPv4
};

// Owns the socket.  Movable.
class Listener {
 public:
  // Binds and listens (SO_REUSEADDR).  `host` is an address or a name; of several addresses the
  // first one counts.  Port 0 takes any free one.  The message names address, cause and remedy.
  static Result<Listener> open(const std::string& host, std::uint16_t port);

  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  int descriptor() const { return descriptor_; }

  std::uint16_t port() const { return port_; }

  // "127.0.0.1:4566", "[::1]:4566"
  const std::string& address() const { return address_; }

  // The next waiting connection, std::nullopt if there is none; never blocks.  A connection that
  // broke while it waited is skipped.  Fault::throttled when the process is out of descriptors or
  // memory: try again later.
  Result<std::optional<AcceptedSocket>> accept();

 private:
  Listener(int descriptor, std::uint16_t port, std::string address)
      : descriptor_(descriptor), port_(port), address_(std::move(address)) {}

  int descriptor_ = -1;
  std::uint16_t port_ = 0;
  std::string address_;
};

}  // namespace sluice::net
