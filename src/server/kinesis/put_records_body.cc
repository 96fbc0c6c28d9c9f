// Both ways to read the body of a PutRecords call.
#include "server/kinesis/put_records_body.h"

#include "base/base64.h"
#include "json/scan.h"
#include "stream/definition.h"

#include <utility>

namespace sluice::server {
namespace {

constexpr std::size_t entries_max = 500;
constexpr std::size_t key_chars_max = 256;

void reserve_data(Bytes& data, std::size_t text_bytes) {
  data.reserve(text_bytes * 3 / 4);
}

// Reads a text from left to right.  Each step is false as soon as something is not as expected, and
// then the text is given up.
class PlainReader {
 public:
  PlainReader(ByteView text, PutRecordsBody& body)
      : at_(text.data()), end_(text.data() + text.size()), body_(body) {}

  bool read() {
    bool has_records = false;
    const bool is_read = read_object([&](std::string_view name) {
      if (name == "Records") {
        return !std::exchange(has_records, true) && read_records();
      }
      return read_reference(name);
    });
    at_ = is_read ? json::skip_space(at_, end_) : at_;
    return is_read && has_records && at_ == end_;
  }

 private:
  // The next character behind white space, if it is that one.
  bool take(char wanted) {
    at_ = json::skip_space(at_, end_);
    if (at_ == end_ || *at_ != wanted) {
      return false;
    }
    ++at_;
    return true;
  }

  // `take_member` is called with each name, to read the value.
  template <class TakeMember>
  bool read_object(TakeMember&& take_member) {
    if (!take('{')) {
      return false;
    }
    do {
      std::string_view name;
      if (!read_string(name) || !take(':') || !take_member(name)) {
        return false;
      }
    } while (take(','));
    return take('}');
  }

  // A string without escapes.
  bool read_string(std::string_view& out) {
    if (!take('"')) {
      return false;
    }
    const char* const begin = at_;
    at_ = json::skip_plain(at_, end_);
    while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x80) {
      const std::size_t length = json::sequence_length(at_, end_);
      if (length == 0) {
        return false;
      }
      at_ = json::skip_plain(at_ + length, end_);
    }
    if (at_ == end_ || *at_ != '"') {
      return false;
    }
    out = {begin, static_cast<std::size_t>(at_ - begin)};
    ++at_;
    return true;
  }

  // A member that there may be once.
  bool read_once(std::optional<std::string_view>& out) {
    std::string_view text;
    if (out || !read_string(text)) {
      return false;
    }
    out = text;
    return true;
  }

  bool read_reference(std::string_view name) {
    StreamReference& reference = body_.reference;
    if (name == "StreamName") {
      return read_once(reference.name) && reference.name->size() <= stream_name_chars_max &&
             name_pattern.matches(*reference.name);
    }
    return name == "StreamARN" && read_once(reference.arn) &&
           reference.arn->size() <= stream_arn_chars_max &&
           stream_arn_pattern.matches(*reference.arn);
  }

  bool read_records() {
    if (!take('[')) {
      return false;
    }
    do {
      if (body_.entries.size() == entries_max || !read_entry()) {
        return false;
      }
    } while (take(','));
    return take(']');
  }

  bool read_entry() {
    PutRecordsBody::Entry entry;
    std::optional<std::string_view> data;
    std::optional<std::string_view> key;
    std::optional<std::string_view> hash_text;
    const bool is_read = read_object([&](std::string_view name) {
      if (name == "Data") {
        return read_once(data);
      }
      if (name == "PartitionKey") {
        return read_once(key);
      }
      return name == "ExplicitHashKey" && read_once(hash_text) &&
             hash_key_pattern.matches(*hash_text);
    });
    // A key of so many bytes has at most as many characters.
    if (!is_read || !data || !key || key->empty() || key->size() > key_chars_max) {
      return false;
    }
    entry.offset = body_.data.size();
    if (!base64_decode_append(*data, body_.data)) {
      return false;
    }
    entry.length = body_.data.size() - entry.offset;
    entry.key = *key;
    entry.hash_text = hash_text.value_or(std::string_view());
    body_.entries.push_back(entry);
    return entry.length <= stream::record_bytes_limit;
  }

  const char* at_;
  const char* const end_;
  PutRecordsBody& body_;
};

}  // namespace

std::expected<PutRecordsBody, aws::ApiError> read_put_records(json::View body,
                                                              std::size_t text_bytes) {
  PutRecordsBody out;
  aws::Members members(body);
  out.reference = read_stream_reference(members);
  reserve_data(out.data, text_bytes);
  const json::View list =
      members.list("Records", {.is_required = true, .length_min = 1, .length_max = entries_max});
  out.entries.reserve(list.size());
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    aws::Members member = members.element("Records", index++, element);
    PutRecordsBody::Entry entry;
    entry.offset = out.data.size();
    entry.length =
        member
            .blob("Data", {.is_required = true, .length_max = stream::record_bytes_limit}, out.data)
            .value_or(0);
    entry.key = member
                    .string("PartitionKey",
                            {.is_required = true, .length_min = 1, .length_max = key_chars_max})
                    .value_or(std::string_view());
    entry.hash_text = member.string("ExplicitHashKey", {.pattern = &hash_key_pattern})
                          .value_or(std::string_view());
    out.entries.push_back(entry);
  }
  out.is_dry_run = members.boolean("DryRun").value_or(false);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return out;
}

std::optional<PutRecordsBody> read_plain_put_records(ByteView text) {
  std::optional<PutRecordsBody> body(std::in_place);
  reserve_data(body->data, text.size());
  if (!PlainReader(text, *body).read()) {
    body.reset();
  }
  return body;
}

}  // namespace sluice::server
