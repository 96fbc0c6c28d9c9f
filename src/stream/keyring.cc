#include "stream/keyring.h"

#include "base/check.h"
#include "base/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace sluice::stream {
namespace {

constexpr std::size_t key_digits = 64;
constexpr std::string_view hex_digits = "0123456789abcdef";

ByteView view(const AeadKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

// Tells keys apart and nothing about them.
KeyId id_of(const AeadKey& key) {
  const Sha256Digest digest = sha256(Bytes("sluice key id ").append(view(key)));
  return load_le<KeyId>(reinterpret_cast<const char*>(digest.data()));
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// False unless the text is the digits of a key.
bool read_key(std::string_view text, AeadKey& key) {
  if (text.size() != key_digits) {
    return false;
  }
  for (std::size_t i = 0; i < key.size(); ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    key[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = line.find_first_not_of(blanks);
  return first == std::string_view::npos
             ? std::string_view()
             : line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

}  // namespace

Result<Keyring> Keyring::parse(std::string_view text) {
  Keyring ring;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty() || line.front() == '#') {
      continue;
    }
    Key key;
    if (!read_key(line, key.bytes)) {
      return fail(Fault::invalid,
                  fmt::format("line {} is no key: it must be {} hexadecimal digits, as `openssl "
                              "rand -hex 32` prints them",
                              number,
                              key_digits));
    }
    key.id = id_of(key.bytes);
    ring.keys_.push_back(key);
  }
  if (ring.keys_.empty()) {
    return fail(Fault::invalid,
                "it holds no key; `openssl rand -hex 32` prints one for a line of it");
  }
  return ring;
}

std::string Keyring::new_key_file(Random& random) {
  std::string text = "# What sluice encrypts records with.  Without it they are lost.\n";
  for (std::size_t i = 0; i < key_digits / 16; ++i) {
    std::uint64_t bits = random.next();
    for (int digit = 0; digit < 16; ++digit, bits >>= 4) {
      text.push_back(hex_digits[bits & 15]);
    }
  }
  return text.append("\n");
}

BlockCipher::BlockCipher(const Keyring& keys, const StreamIncarnation& stream, Random& random)
    : stream_(stream), random_(random), in_use_(keys.keys().front().id) {
  for (const Keyring::Key& key : keys.keys()) {
    keys_.emplace(key.id, hmac_sha256(view(key.bytes), "sluice log of stream " + to_hex(stream)));
  }
}

AeadNonce BlockCipher::new_nonce() const {
  AeadNonce nonce{};
  const std::uint64_t first = random_.next();
  const std::uint64_t second = random_.next();
  std::memcpy(nonce.data(), &first, sizeof first);
  std::memcpy(nonce.data() + sizeof first, &second, nonce.size() - sizeof first);
  return nonce;
}

Bytes BlockCipher::associated(ShardIndex shard, std::uint32_t records) const {
  Bytes bytes = to_hex(stream_);
  put_le(bytes, shard.value);
  put_le(bytes, records);
  return bytes;
}

void BlockCipher::seal(char* content,
                       std::size_t plain_bytes,
                       ShardIndex shard,
                       std::uint32_t records) const {
  const AeadNonce nonce = new_nonce();
  store_le(content, in_use_);
  std::memcpy(content + sizeof(KeyId), nonce.data(), nonce.size());
  char* const bytes = content + head_bytes;
  aead_seal(keys_.at(in_use_),
            nonce,
            associated(shard, records),
            bytes,
            plain_bytes,
            bytes + plain_bytes);
}

Result<Bytes> BlockCipher::open(ByteView content, ShardIndex shard, std::uint32_t records) const {
  if (content.size() < added_bytes) {
    return fail(Fault::corrupt, "an encrypted block is too short");
  }
  const auto id = load_le<KeyId>(content.data());
  const auto key = keys_.find(id);
  if (key == keys_.end()) {
    return fail(Fault::unavailable,
                fmt::format("records are encrypted with key {:08x}, which the key file does not "
                            "hold; add it there and start again",
                            id));
  }
  AeadNonce nonce{};
  std::memcpy(nonce.data(), content.data() + sizeof(KeyId), nonce.size());
  const std::size_t plain_bytes = content.size() - added_bytes;
  Bytes plain(content.substr(head_bytes, plain_bytes));
  if (!aead_open(key->second,
                 nonce,
                 associated(shard, records),
                 plain.data(),
                 plain_bytes,
                 content.substr(head_bytes + plain_bytes))) {
    return fail(Fault::corrupt, "an encrypted block is not what was written");
  }
  return plain;
}

}  // namespace sluice::stream
