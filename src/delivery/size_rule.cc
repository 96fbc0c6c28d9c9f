#include "delivery/size_rule.h"

#include "delivery/buffer_tags.h"
#include "delivery/session_tags.h"

namespace sluice::delivery {

Result<SizeRule> size_rule_of(const DeliveryStream& stream) {
  SLUICE_TRY(buffering, buffer_tags_of(stream.tags));
  SLUICE_TRY(sessions, session_tags_of(stream.tags));
  const auto hint = static_cast<std::uint64_t>(stream.s3.effective_size_mib()) << 20;
  return SizeRule{
      buffering.size_bytes.value_or(hint) * (sessions.are_on() ? session_size_factor : 1),
      buffering.is_size_of_object};
}

}  // namespace sluice::delivery
