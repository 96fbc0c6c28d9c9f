// TLS over loopback, beside plain text on the same port.
#include "net/http2_peer.h"
#include "net/loopback_fixture.h"
#include "net/test_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

namespace sluice::net {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A blocking client.  `protocols`: ALPN's list, as it goes over the wire.
class TlsClient {
 public:
  TlsClient(std::uint16_t port,
            const std::string& trusted_file,
            ByteView protocols,
            int version_max = TLS1_3_VERSION)
      : socket_(port),
        context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        ssl_(nullptr, SSL_free) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    SLUICE_CHECK(SSL_CTX_load_verify_locations(context_.get(), trusted_file.c_str(), nullptr) == 1);
    ssl_.reset(SSL_new(context_.get()));
    if (!protocols.empty()) {
      SSL_set_alpn_protos(
          ssl_.get(),
          static_cast<const unsigned char*>(static_cast<const void*>(protocols.data())),
          static_cast<unsigned>(protocols.size()));
    }
    SSL_set_fd(ssl_.get(), socket_.descriptor());
    is_connected_ = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
  }

  bool is_connected() const { return is_connected_; }

  std::string protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned bytes = 0;
    SSL_get0_alpn_selected(ssl_.get(), &chosen, &bytes);
    return {static_cast<const char*>(static_cast<const void*>(chosen)), bytes};
  }

  void send(ByteView bytes) {
    if (!bytes.empty()) {
      SLUICE_CHECK(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
                   static_cast<int>(bytes.size()));
    }
  }

  // What comes next; nothing at the end.
  Bytes read_some() {
    Bytes piece(16384, '\0');
    const int count = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
    has_clean_end_ = SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
    ERR_clear_error();
    piece.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return piece;
  }

  Bytes ask(ByteView request, ByteView end) {
    send(request);
    Bytes came;
    while (!came.ends_with(end)) {
      const Bytes some = read_some();
      if (some.empty()) {
        break;
      }
      came += some;
    }
    return came;
  }

  // The last read met the end that the server has said is meant.
  bool has_clean_end() const { return has_clean_end_; }

 private:
  RawClient socket_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  bool is_connected_ = false;
  bool has_clean_end_ = false;
};

constexpr ByteView offers_both = "\x02h2\x08http/1.1";
constexpr ByteView offers_http_1 = "\x08http/1.1";
const Bytes get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

struct Secured : Loopback {
  Secured() {
    auto loaded = TlsContext::load(certificate.certificate_file(), certificate.key_file());
    SLUICE_CHECK(loaded.has_value());
    options.tls = *loaded;
  }

  TestCertificate certificate;
};

TEST(Tls, SpeaksHttp11AndPlainTextBesideIt) {
  Secured secured;
  std::atomic<int> encrypted = 0;
  secured.handler.on_handle = [&](HttpRequest request, Responder respond) {
    encrypted += request.is_tls ? 1 : 0;
    respond(make_response(200, "text/plain", "answer"));
  };
  secured.start();
  for (const ByteView protocols : {offers_http_1, ByteView()}) {
    TlsClient client(secured.port(), secured.certificate.certificate_file(), protocols);
    ASSERT_TRUE(client.is_connected());
    EXPECT_EQ(client.protocol(), protocols.empty() ? "" : "http/1.1");
    EXPECT_THAT(client.ask(get, "answer"), StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(client.ask(get, "answer"), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  EXPECT_EQ(encrypted, 4);
  RawClient plain(secured.port());
  EXPECT_EQ(plain.ask(get).status, 200);
  EXPECT_EQ(encrypted, 4);
}

TEST(Tls, ChoosesHttp2WhereTheClientOffersIt) {
  Secured secured;
  secured.start();
  TlsClient client(secured.port(), secured.certificate.certificate_file(), offers_both);
  ASSERT_TRUE(client.is_connected());
  EXPECT_EQ(client.protocol(), "h2");
  Http2Peer peer;
  const Bytes body(1'000'000, 'x');
  const auto stream = peer.ask("POST", "/", {}, body);
  while (!peer.answer(stream).is_closed) {
    client.send(peer.output());
    const Bytes came = client.read_some();
    ASSERT_FALSE(came.empty());
    ASSERT_TRUE(peer.input(came));
  }
  EXPECT_EQ(peer.answer(stream).body.size(), body.size() + 7);
}

TEST(Tls, TakesVersion12AndNoneBefore) {
  Secured secured;
  secured.start();
  const std::string trusted = secured.certificate.certificate_file();
  EXPECT_TRUE(TlsClient(secured.port(), trusted, {}, TLS1_2_VERSION).is_connected());
  EXPECT_FALSE(TlsClient(secured.port(), trusted, {}, TLS1_1_VERSION).is_connected());
}

TEST(Tls, SaysThatTheEndIsMeant) {
  Secured secured;
  secured.start();
  TlsClient client(secured.port(), secured.certificate.certificate_file(), {});
  const Bytes answer = client.ask("GET / HTTP/1.0\r\n\r\n", "never");
  EXPECT_THAT(answer, testing::EndsWith("GET / "));
  EXPECT_TRUE(client.has_clean_end());
}

TEST(Tls, MovesLargeBodiesBothWays) {
  Secured secured;
  secured.start();
  TlsClient client(secured.port(), secured.certificate.certificate_file(), {});
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" +
              Bytes(3'000'000, 'x'));
  const Bytes answer = client.ask("", Bytes(1'000, 'x'));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 3000006"));
}

TEST(Tls, MayBeRequired) {
  Secured secured;
  secured.options.requires_tls = true;
  secured.start();
  RawClient plain(secured.port());
  const RawAnswer answer = plain.ask(get);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("https://"));
  plain.finish_sending();
  EXPECT_TRUE(plain.is_closed());
  TlsClient client(secured.port(), secured.certificate.certificate_file(), {});
  EXPECT_THAT(client.ask(get, "GET / "), StartsWith("HTTP/1.1 200"));
}

TEST(Tls, CutsAHandshakeThatDoesNotComeToItsEnd) {
  Secured secured;
  secured.start();
  RawClient silent(secured.port());
  RawClient half(secured.port());
  half.send("\x16\x03\x01");
  ASSERT_TRUE(Loopback::eventually([&] { return secured.server->stats().connections_open == 2; }));
  ASSERT_TRUE(Loopback::eventually([&] {
    secured.clock.advance(secured.options.head_timeout);
    return secured.server->stats().connections_open == 0;
  }));
}

TEST(Tls, SurvivesWhatIsNoHandshake) {
  Secured secured;
  secured.start();
  {
    RawClient broken(secured.port());
    broken.send("\x16" + Bytes(2'000, 'x'));
    while (!broken.read_some().empty()) {
    }
  }
  TlsClient client(secured.port(), secured.certificate.certificate_file(), {});
  EXPECT_THAT(client.ask(get, "GET / "), StartsWith("HTTP/1.1 200"));
}

TEST(Tls, ClosesIdleConnectionsAtOnceWhenTheServerStops) {
  Secured secured;
  secured.start();
  TlsClient client(secured.port(), secured.certificate.certificate_file(), {});
  EXPECT_THAT(client.ask(get, "GET / "), StartsWith("HTTP/1.1 200"));
  RawClient silent(secured.port());
  ASSERT_TRUE(Loopback::eventually([&] { return secured.server->stats().connections_open == 2; }));
  secured.server->stop(std::chrono::hours(1));
  EXPECT_TRUE(client.read_some().empty());
  EXPECT_TRUE(client.has_clean_end());
}

}  // namespace
}  // namespace sluice::net
