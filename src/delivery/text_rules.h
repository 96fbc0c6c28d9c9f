// What the Firehose model demands of texts: length and pattern, with the pattern as error messages
// print it.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::delivery {

// Lengths count characters (code points).
struct TextRule {
  std::size_t length_min = 0;
  std::size_t length_max = 0;
  std::string_view pattern;                  // empty: any text
  bool (*fits)(std::string_view) = nullptr;  // whether the whole text matches `pattern`

  bool has_good_length(std::string_view text) const;

  bool has_good_form(std::string_view text) const { return fits == nullptr || fits(text); }

  bool accepts(std::string_view text) const { return has_good_length(text) && has_good_form(text); }
};

extern const TextRule delivery_stream_name_rule;
extern const TextRule version_id_rule;      // DeliveryStreamVersionId
extern const TextRule destination_id_rule;  // DestinationId
extern const TextRule role_arn_rule;
extern const TextRule bucket_arn_rule;
extern const TextRule kinesis_stream_arn_rule;
extern const TextRule kms_key_arn_rule;
extern const TextRule prefix_rule;
extern const TextRule file_extension_rule;
extern const TextRule time_zone_rule;
extern const TextRule log_group_rule;
extern const TextRule log_stream_rule;
extern const TextRule non_blank_rule;        // NonEmptyString
extern const TextRule no_white_space_rule;   // NonEmptyStringWithoutWhitespace
extern const TextRule parameter_value_rule;  // ProcessorParameterValue

// Unicode letters, numbers and separators are not told apart from other characters beyond ASCII.
extern const TextRule tag_key_rule;
extern const TextRule tag_value_rule;

// The name of the bucket in a bucket's ARN; empty when `arn` is none.
std::string_view bucket_of_arn(std::string_view arn);

}  // namespace sluice::delivery
