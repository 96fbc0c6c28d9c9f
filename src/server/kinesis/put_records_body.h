// The body of a PutRecords call, read in one of two ways with the same outcome.
//
// The full way goes through the parsed document and says what is wrong with it in the words of the
// service.  The plain way goes over the text once, decoding as it goes, and gives up on whatever it
// does not expect; it takes a tenth of the time, and nearly every call.
#pragma once

#include "aws/error.h"
#include "base/bytes.h"
#include "json/view.h"
#include "server/kinesis/shapes.h"

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::server {

// Borrows the text or document it was read from.
struct PutRecordsBody {
  // One entry; its data is a range of the decoded bytes.
  struct Entry {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string_view key;
    std::string_view hash_text;  // empty: none was given

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  StreamReference reference;
  std::vector<Entry> entries;
  Bytes data;  // of all entries, decoded, one behind the other
  bool is_dry_run = false;
};

// `text_bytes` is how long the text of the document was.
std::expected<PutRecordsBody, aws::ApiError> read_put_records(json::View body,
                                                              std::size_t text_bytes);

// std::nullopt for every text that read_put_records() would refuse, and for some that it would
// take: with escapes in strings, nulls, repeated or unknown members.
std::optional<PutRecordsBody> read_plain_put_records(ByteView text);

}  // namespace sluice::server
