// Error answers of the JSON services.
#include "aws/error.h"

#include "json/writer.h"

namespace sluice::aws {

ApiError api_error(const Error& error, const FaultNames& names) {
  const bool is_firehose = names.throttled == firehose_faults.throttled;
  switch (error.fault()) {
    case Fault::invalid:
    case Fault::too_large:
    case Fault::unsupported:
      return {std::string(names.invalid), error.message()};
    case Fault::missing:
      return {std::string(names.missing), error.message()};
    case Fault::conflict:
      return {std::string(names.conflict), error.message()};
    case Fault::throttled:
      return {std::string(names.throttled), error.message(), is_firehose ? 503 : 400};
    case Fault::unavailable:
    case Fault::corrupt:
    case Fault::io:
    case Fault::cancelled:
      break;
  }
  return {"InternalFailure", error.message(), 500};
}

std::string error_body(const ApiError& error) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.member("__type", std::string_view(error.type));
  if (!error.message.empty()) {
    out.member(error.is_capital ? "Message" : "message", std::string_view(error.message));
  }
  if (!error.code_member.empty()) {
    out.member(error.code_member, error.code);
  }
  out.end_object();
  return body;
}

}  // namespace sluice::aws
