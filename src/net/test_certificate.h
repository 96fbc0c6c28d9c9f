// Certificates for tests, made on the spot.
#pragma once

#include "base/check.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace sluice::net {

// A key and the self-signed certificate of "localhost", as PEM files in a folder of their own.
class TestCertificate {
 public:
  TestCertificate() : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
    SLUICE_CHECK(key_ != nullptr);
    std::string folder = std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX";
    SLUICE_CHECK(mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
    write_certificate();
    const File file = open(key_file());
    SLUICE_CHECK(
        PEM_write_PrivateKey(file.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  }

  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  ~TestCertificate() { std::filesystem::remove_all(folder_); }

  std::string certificate_file() const { return folder_ / "cert.pem"; }

  std::string key_file() const { return folder_ / "key.pem"; }

  // The same key under a passphrase.
  std::string encrypted_key_file() const {
    const std::string name = folder_ / "encrypted.pem";
    const File file = open(name);
    SLUICE_CHECK(PEM_write_PrivateKey(file.get(),
                                      key_.get(),
                                      EVP_aes_128_cbc(),
                                      nullptr,
                                      0,
                                      nullptr,
                                      const_cast<char*>("secret")) == 1);
    return name;
  }

  // A file of the same folder with this content.
  std::string file_of(const std::string& name, const std::string& text) const {
    const std::string path = folder_ / name;
    const File file = open(path);
    SLUICE_CHECK(std::fwrite(text.data(), 1, text.size(), file.get()) == text.size());
    return path;
  }

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  static File open(const std::string& name) {
    File file(std::fopen(name.c_str(), "wbe"), std::fclose);
    SLUICE_CHECK(file != nullptr);
    return file;
  }

  void write_certificate() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key_.get());
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(
        name,
        "CN",
        MBSTRING_ASC,
        static_cast<const unsigned char*>(static_cast<const void*>("localhost")),
        -1,
        -1,
        0);
    X509_set_issuer_name(certificate.get(), name);
    SLUICE_CHECK(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0);
    const File file = open(certificate_file());
    SLUICE_CHECK(PEM_write_X509(file.get(), certificate.get()) == 1);
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::filesystem::path folder_;
};

}  // namespace sluice::net
