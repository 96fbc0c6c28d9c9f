// The server's certificate and key, and what it accepts of TLS.
#pragma once

#include "base/result.h"

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace sluice::net {

// TLS 1.2 and 1.3, no renegotiation; offers HTTP/2 and HTTP/1.1 by ALPN (RFC 7301).  Immutable;
// used by all connections of a server, on any loop.
class TlsContext {
 public:
  // Reads both files (PEM): the server's certificate followed by those between it and the root,
  // and the unencrypted private key of the first.  The message names file, cause and remedy.
  static Result<std::shared_ptr<const TlsContext>> load(const std::string& certificate_file,
                                                        const std::string& key_file);

  explicit TlsContext(std::unique_ptr<boost::asio::ssl::context> context);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // For the streams of this folder.
  boost::asio::ssl::context& context() const { return *context_; }

 private:
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace sluice::net
