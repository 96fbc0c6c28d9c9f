#include "delivery/lambda.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace sluice::delivery {

namespace {

constexpr double batch_mb_min = 0.2;
constexpr double batch_mb_max = 3;
constexpr double retries_max = 300;
constexpr double interval_s_max = 900;

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end && std::isfinite(number) ? std::optional(number)
                                                                            : std::nullopt;
}

// The parameter, if it is given, is a number of that range.
Result<void> require_number(
    const Processor& processor, std::string_view name, double least, double most, bool is_whole) {
  const std::string* const given = processor.find(name);
  if (given == nullptr) {
    return {};
  }
  const auto number = number_of(*given);
  if (!number || *number < least || *number > most ||
      (is_whole && std::floor(*number) != *number)) {
    return fail(Fault::invalid,
                fmt::format("{} of Lambda must be a {} from {} to {}, not {}.",
                            name,
                            is_whole ? "whole number" : "number",
                            least,
                            most,
                            *given));
  }
  return {};
}

}  // namespace

std::optional<LambdaSettings> lambda_of(const Processing& processing) {
  const auto at = std::ranges::find(processing.processors, "Lambda", &Processor::type);
  if (!processing.is_enabled || at == processing.processors.end()) {
    return std::nullopt;
  }
  LambdaSettings settings;
  settings.arn = *at->find("LambdaArn");
  if (const std::string* const retries = at->find("NumberOfRetries")) {
    settings.retries = static_cast<std::uint32_t>(number_of(*retries).value_or(0));
  }
  if (const std::string* const size = at->find("BufferSizeInMBs")) {
    settings.batch_bytes_max =
        static_cast<std::size_t>(number_of(*size).value_or(1) * (std::size_t{1} << 20));
  }
  return settings;
}

Result<void> validate_lambda_numbers(const Processor& processor) {
  SLUICE_TRY_DO(require_number(processor, "NumberOfRetries", 0, retries_max, true));
  SLUICE_TRY_DO(require_number(processor, "BufferSizeInMBs", batch_mb_min, batch_mb_max, false));
  return require_number(processor, "BufferIntervalInSeconds", 0, interval_s_max, true);
}

Result<LambdaName> lambda_name_of(std::string_view arn) {
  constexpr std::string_view before = ":function:";
  constexpr std::string_view known =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_$";
  const std::size_t at = arn.find(before);
  std::string_view name = at == std::string_view::npos ? "" : arn.substr(at + before.size());
  std::string_view qualifier;
  if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    qualifier = name.substr(colon + 1);
    name = name.substr(0, colon);
    if (qualifier.empty()) {
      name = {};
    }
  }
  const bool is_good = arn.starts_with("arn:") && arn.find(":lambda:") < at && !name.empty() &&
                       name.find_first_not_of(known) == std::string_view::npos &&
                       qualifier.find_first_not_of(known) == std::string_view::npos;
  if (!is_good) {
    return fail(Fault::invalid, "Invalid lambda ARN.");
  }
  return LambdaName{std::string(name), std::string(qualifier)};
}

}  // namespace sluice::delivery
