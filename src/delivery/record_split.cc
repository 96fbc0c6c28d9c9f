#include "delivery/record_split.h"

#include "base/check.h"
#include "delivery/kpl_aggregate.h"

namespace sluice::delivery {

namespace {

// False if there are none or too many; what was appended is the caller's to drop then.
bool append_delimited(ByteView delimiter, ByteView record, std::vector<ByteView>& parts) {
  SLUICE_CHECK(!delimiter.empty());
  const std::size_t first = parts.size();
  while (!record.empty()) {
    const std::size_t end = record.find(delimiter);
    const ByteView piece = record.substr(0, end);
    if (!piece.empty()) {
      if (parts.size() - first == sub_records_max) {
        return false;
      }
      parts.push_back(piece);
    }
    record = end == ByteView::npos ? ByteView() : record.substr(end + delimiter.size());
  }
  return parts.size() > first;
}

}  // namespace

void RecordSplitter::split(const SplitRule& rule,
                           ByteView record,
                           std::vector<ByteView>& parts,
                           std::vector<ByteView>* keys) {
  const auto users = decode_aggregate(record);
  // An aggregate of nothing stays what it is, so that it is refused and not forgotten.
  if (!users || users->empty()) {
    split_one(rule, record, parts);
    return;
  }
  for (const UserRecord& user : *users) {
    split_one(rule, user.data, parts);
    if (keys != nullptr) {
      keys->resize(parts.size(), user.partition_key);
    }
  }
}

void RecordSplitter::split_one(const SplitRule& rule,
                               ByteView record,
                               std::vector<ByteView>& parts) {
  const std::size_t before = parts.size();
  bool is_split = false;
  switch (rule.form) {
    case SplitRule::Form::whole:
      break;
    case SplitRule::Form::json:
      is_split = append_objects(record, parts);
      break;
    case SplitRule::Form::delimited:
      is_split = append_delimited(rule.delimiter, record, parts);
      break;
  }
  if (!is_split) {
    parts.resize(before);
    parts.push_back(record);
  }
}

bool RecordSplitter::append_objects(ByteView record, std::vector<ByteView>& parts) {
  if (!tape_.parse(record, json::Documents::many)) {
    return false;
  }
  const std::size_t first = parts.size();
  for (const json::View document : tape_.documents()) {
    if (!document.is(json::Kind::object) || parts.size() - first == sub_records_max) {
      return false;
    }
    parts.push_back(document.text());
  }
  return parts.size() > first;
}

}  // namespace sluice::delivery
