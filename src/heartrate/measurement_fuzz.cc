// Any bytes as a value of each characteristic: what is read can be written, and reads back equal.
#include "base/check.h"
#include "heartrate/measurement.h"

#include <cstddef>
#include <cstdint>

using namespace sluice::heartrate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const sluice::ByteView bytes(static_cast<const char*>(static_cast<const void*>(data)), size);
  const auto decoded = decode_measurement(bytes);
  if (decoded) {
    SLUICE_CHECK(decoded->warnings.any() == !packet_warning_names(decoded->warnings).empty());
    const sluice::Bytes written = encode_measurement(decoded->measurement);
    const auto again = decode_measurement(written);
    SLUICE_CHECK(again.has_value());
    SLUICE_CHECK(again->measurement == decoded->measurement);
    SLUICE_CHECK(!again->warnings.any());
    SLUICE_CHECK(written.size() <= size);
  } else {
    SLUICE_CHECK(size < 5);
  }
  SLUICE_CHECK(body_sensor_location(bytes).has_value() == (size == 1));
  SLUICE_CHECK(battery_level(bytes).value_or(0) <= 100);
  return 0;
}
