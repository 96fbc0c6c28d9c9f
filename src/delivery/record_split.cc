#include "delivery/record_split.h"

#include "base/check.h"
#include "delivery/gunzip.h"
#include "delivery/kpl_aggregate.h"
#include "delivery/log_messages.h"

#include <fmt/format.h>

#include <string>
#include <utility>

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

void refuse(ByteView record,
            ObjectKind kind,
            std::string_view code,
            std::string_view problem,
            const Error& why,
            SplitRecord& out) {
  out.refusals.push_back({out.parts.size(),
                          kind,
                          {std::string(code), fmt::format("{}: {}", problem, why.message()), ""}});
  out.parts.push_back(record);
}

}  // namespace

void RecordSplitter::split(const SplitRule& rule,
                           ByteView record,
                           SplitRecord& out,
                           std::deque<Bytes>& held) {
  out.parts.clear();
  out.keys.clear();
  out.refusals.clear();
  const auto users = decode_aggregate(record);
  // An aggregate of nothing stays what it is, so that it is refused and not forgotten.
  if (!users || users->empty()) {
    split_one(rule, record, out, held);
    return;
  }
  for (const UserRecord& user : *users) {
    split_one(rule, user.data, out, held);
    out.keys.resize(out.parts.size(), user.partition_key);
  }
}

void RecordSplitter::split_one(const SplitRule& rule,
                               ByteView record,
                               SplitRecord& out,
                               std::deque<Bytes>& held) {
  if (!rule.is_compressed) {
    append_sub_records(rule, record, out.parts);
    return;
  }
  auto unpacked = gunzip(record);
  if (!unpacked) {
    refuse(record,
           ObjectKind::decompression_failed,
           unpacking_failed_code,
           "The record is no gzip data that can be unpacked",
           unpacked.error(),
           out);
    return;
  }
  const ByteView text = held.emplace_back(*std::move(unpacked));
  if (!rule.extracts_messages) {
    append_sub_records(rule, text, out.parts);
    return;
  }
  messages_.clear();
  if (auto extracted = append_log_messages(text, tape_, messages_, held); !extracted) {
    refuse(record,
           ObjectKind::processing_failed,
           no_log_events_code,
           "The record is not what CloudWatch Logs sends",
           extracted.error(),
           out);
    return;
  }
  for (const ByteView message : messages_) {
    append_sub_records(rule, message, out.parts);
  }
}

void RecordSplitter::append_sub_records(const SplitRule& rule,
                                        ByteView text,
                                        std::vector<ByteView>& parts) {
  const std::size_t before = parts.size();
  bool is_split = false;
  switch (rule.form) {
    case SplitRule::Form::whole:
      break;
    case SplitRule::Form::json:
      is_split = append_objects(text, parts);
      break;
    case SplitRule::Form::delimited:
      is_split = append_delimited(rule.delimiter, text, parts);
      break;
  }
  if (!is_split) {
    parts.resize(before);
    parts.push_back(text);
  }
}

bool RecordSplitter::append_objects(ByteView text, std::vector<ByteView>& parts) {
  if (!tape_.parse(text, json::Documents::many)) {
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
