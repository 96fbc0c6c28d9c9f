// A listening TCP socket, on plain system calls: their error numbers make the best messages.
#include "net/listener.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace sluice::net {

namespace {

constexpr int backlog = 1024;

struct AddressInfoDeleter {
  void operator()(addrinfo* info) const { freeaddrinfo(info); }
};

using AddressInfo = std::unique_ptr<addrinfo, AddressInfoDeleter>;

// The socket interface's own cast between its address types.
sockaddr* generic(sockaddr_storage& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

std::string numeric_host(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text.data(), text.size());
    } else {
      inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  sockaddr_in v4;
  std::memcpy(&v4, &address, sizeof v4);
  return ntohs(v4.sin_port);
}

std::string join_host_port(const std::string& host, std::uint16_t port) {
  return host.contains(':') ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string remedy(int error_number, std::uint16_t port) {
  switch (error_number) {
    case EACCES:
      return port < 1024 ? "permission denied; choose a port above 1023" : "permission denied";
    case EADDRINUSE:
      return "another program listens there; stop it or choose another port";
    case EADDRNOTAVAIL:
      return "this machine has no such address; choose one it has, or 127.0.0.1";
    default:
      return std::generic_category().message(error_number);
  }
}

std::unexpected<Error> cannot_listen(const std::string& where, const std::string& why) {
  return fail(Fault::unavailable, fmt::format("cannot listen on {}: {}", where, why));
}

Result<AddressInfo> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) {
    return cannot_listen(join_host_port(host, port),
                         fmt::format("the host is unknown ({}); give an address like 127.0.0.1",
                                     gai_strerror(code)));
  }
  return AddressInfo(found);
}

// 0, or the error number of the call that failed.
int bind_and_listen(int descriptor, const addrinfo& where) {
  const int on = 1;
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return errno;
  }
  // Otherwise "::" would also take, or collide with, the IPv4 port, depending on the machine.
  if (where.ai_family == AF_INET6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (bind(descriptor, where.ai_addr, where.ai_addrlen) != 0) {
    return errno;
  }
  return listen(descriptor, backlog) == 0 ? 0 : errno;
}

}  // namespace

Result<Listener> Listener::open(const std::string& host, std::uint16_t port) {
  SLUICE_TRY(addresses, resolve(host, port));
  SLUICE_CHECK(addresses != nullptr);
  const int descriptor =
      socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor < 0) {
    return cannot_listen(join_host_port(host, port), remedy(errno, port));
  }
  Listener listener(descriptor, port, {});
  if (const int error_number = bind_and_listen(descriptor, *addresses); error_number != 0) {
    return cannot_listen(join_host_port(host, port), remedy(error_number, port));
  }
  sockaddr_storage bound{};
  socklen_t bound_bytes = sizeof bound;
  if (getsockname(descriptor, generic(bound), &bound_bytes) != 0) {
    return cannot_listen(join_host_port(host, port), remedy(errno, port));
  }
  listener.port_ = port_of(bound);
  listener.address_ = join_host_port(numeric_host(bound), listener.port_);
  SLUICE_CHECK(listener.port_ != 0);
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      port_(other.port_),
      address_(std::move(other.address_)) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(port_, other.port_);
  std::swap(address_, other.address_);
  return *this;
}

Listener::~Listener() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

Result<std::optional<AcceptedSocket>> Listener::accept() {
  for (;;) {
    sockaddr_storage peer{};
    socklen_t peer_bytes = sizeof peer;
    const int accepted =
        accept4(descriptor_, generic(peer), &peer_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      // Answers leave at once; the kernel would otherwise hold the second of two small writes back.
      const int on = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return AcceptedSocket{accepted, numeric_host(peer)};
    }
    switch (errno) {
      case EAGAIN:
        return std::optional<AcceptedSocket>();
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return fail(Fault::throttled,
                    fmt::format("cannot accept connections: {}; raise the limit of open files",
                                std::generic_category().message(errno)));
      case EBADF:
      case EINVAL:
      case ENOTSOCK:
        return fail_errno(errno, "accept on " + address_);
      default:
        // The peer's trouble (ECONNABORTED and the network errors accept passes on) or EINTR.
        continue;
    }
  }
}

}  // namespace sluice::net
