#include "net/tls_context.h"

#include "net/test_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string failure_of(const std::string& certificate, const std::string& key) {
  const auto loaded = TlsContext::load(certificate, key);
  return loaded ? "" : loaded.error().message();
}

TEST(TlsContext, LoadsACertificateWithItsKey) {
  const TestCertificate one;
  EXPECT_EQ(failure_of(one.certificate_file(), one.key_file()), "");
}

TEST(TlsContext, NamesTheFileTheCauseAndTheRemedyInOneLine) {
  const TestCertificate one;
  const TestCertificate other;

  struct Case {
    std::string certificate;
    std::string key;
    std::string file;
    std::string cause;
  };

  const std::string empty = one.file_of("empty", "");
  const std::string text = one.file_of("text", "no certificate\n");
  for (const Case& c : {
           Case{"/absent/cert.pem", one.key_file(), "/absent/cert.pem", "No such file"},
           Case{one.certificate_file(), "/absent/key.pem", "/absent/key.pem", "No such file"},
           Case{"/", one.key_file(), "/", "Is a directory"},
           Case{empty, one.key_file(), empty, "it is empty"},
           Case{text, one.key_file(), text, "-----BEGIN CERTIFICATE-----"},
           Case{one.certificate_file(), text, text, "-----BEGIN PRIVATE KEY-----"},
           Case{one.key_file(), one.key_file(), one.key_file(), "-----BEGIN CERTIFICATE-----"},
           Case{one.certificate_file(), other.key_file(), other.key_file(), "it is not the key of"},
           Case{one.certificate_file(), one.encrypted_key_file(), "encrypted.pem", "unencrypted"},
       }) {
    EXPECT_THAT(failure_of(c.certificate, c.key),
                AllOf(HasSubstr(c.file), HasSubstr(c.cause), Not(HasSubstr("\n"))));
  }
}

}  // namespace
}  // namespace sluice::net
