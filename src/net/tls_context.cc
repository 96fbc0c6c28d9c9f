// Loading the certificate and the key.
#include "net/tls_context.h"

#include <boost/asio/ssl/context.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sluice::net {

namespace asio = boost::asio;

namespace {

constexpr unsigned char protocols[] = "\x02h2\x08http/1.1";

// Picks the first of ours that the client offers; without one the handshake goes on without ALPN.
int choose_protocol(SSL* /*ssl*/,
                    const unsigned char** out,
                    unsigned char* out_bytes,
                    const unsigned char* offered,
                    unsigned int offered_bytes,
                    void* /*argument*/) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(
      &chosen, out_bytes, protocols, sizeof protocols - 1, offered, offered_bytes);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

// An encrypted key is refused; the default would ask on the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*argument*/) {
  return -1;
}

std::string last_cause() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(code);
  return reason == nullptr ? "unknown cause" : reason;
}

std::unexpected<Error> unusable(std::string_view what,
                                const std::string& file,
                                const std::string& why) {
  return fail(Fault::invalid, fmt::format("the TLS {} {} cannot be used: {}", what, file, why));
}

// OpenSSL's own message for a file that is not there names neither file nor cause.
Result<void> check_readable(std::string_view what, const std::string& file) {
  std::FILE* const opened = std::fopen(file.c_str(), "rbe");
  if (opened == nullptr) {
    return unusable(what, file, std::generic_category().message(errno));
  }
  char first = 0;
  const bool is_read = std::fread(&first, 1, 1, opened) == 1;
  const int cause = std::ferror(opened) != 0 ? errno : 0;
  std::fclose(opened);
  if (!is_read) {
    return unusable(
        what, file, cause == 0 ? "it is empty" : std::generic_category().message(cause));
  }
  return {};
}

Result<void> use_certificate(SSL_CTX* context, const std::string& file) {
  constexpr std::string_view what = "certificate";
  SLUICE_TRY_DO(check_readable(what, file));
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1) {
    return {};
  }
  const std::string cause = last_cause();
  return unusable(what,
                  file,
                  fmt::format("{}; it must begin with the server's certificate in PEM "
                              "(-----BEGIN CERTIFICATE-----)",
                              cause));
}

Result<void> use_key(SSL_CTX* context, const std::string& file, const std::string& certificate) {
  constexpr std::string_view what = "key";
  SLUICE_TRY_DO(check_readable(what, file));
  if (SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1) {
    if (SSL_CTX_check_private_key(context) == 1) {
      return {};
    }
    ERR_clear_error();
    return unusable(what, file, fmt::format("it is not the key of {}", certificate));
  }
  const unsigned long code = ERR_peek_last_error();
  const bool is_mismatch =
      ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
  if (is_mismatch) {
    ERR_clear_error();
    return unusable(what, file, fmt::format("it is not the key of {}", certificate));
  }
  const std::string cause = last_cause();
  return unusable(what,
                  file,
                  fmt::format("{}; it must be an unencrypted private key in PEM (-----BEGIN "
                              "PRIVATE KEY-----)",
                              cause));
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                           const std::string& key_file) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_default_passwd_cb(native, no_passphrase);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  SLUICE_TRY_DO(use_certificate(native, certificate_file));
  SLUICE_TRY_DO(use_key(native, key_file, certificate_file));
  return std::make_shared<const TlsContext>(std::move(context));
}

TlsContext::TlsContext(std::unique_ptr<asio::ssl::context> context)
    : context_(std::move(context)) {}

TlsContext::~TlsContext() = default;

}  // namespace sluice::net
