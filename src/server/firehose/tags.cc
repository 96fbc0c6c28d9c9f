// TagDeliveryStream, UntagDeliveryStream and ListTagsForDeliveryStream.
//
// A tag that Sluice itself understands is judged as at creation, and what it says is in force when
// the call is answered.
#include "delivery/text_rules.h"
#include "delivery/update_request.h"
#include "delivery/validate.h"
#include "server/deliveries.h"
#include "server/firehose/firehose.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sluice::server {
namespace {

constexpr std::size_t tags_a_call_max = 50;
constexpr std::int64_t page_max = 50;

// The rules of the model, as members are judged by them.
aws::StringRule rule_of(const delivery::TextRule& rule, const aws::Pattern& pattern) {
  return {.length_min = rule.length_min, .length_max = rule.length_max, .pattern = &pattern};
}

aws::StringRule key_rule() {
  static const aws::Pattern pattern = {delivery::tag_key_rule.pattern, delivery::tag_key_rule.fits};
  return rule_of(delivery::tag_key_rule, pattern);
}

aws::StringRule value_rule() {
  static const aws::Pattern pattern = {delivery::tag_value_rule.pattern,
                                       delivery::tag_value_rule.fits};
  return rule_of(delivery::tag_value_rule, pattern);
}

std::vector<delivery::Tag> read_tags(aws::Members& members) {
  std::vector<delivery::Tag> tags;
  const json::View list =
      members.list("Tags", {.is_required = true, .length_min = 1, .length_max = tags_a_call_max});
  aws::StringRule required_key = key_rule();
  required_key.is_required = true;
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    aws::Members given = members.element("Tags", index++, element);
    delivery::Tag& tag = tags.emplace_back();
    tag.key = given.string("Key", required_key).value_or("");
    tag.value = given.string("Value", value_rule()).value_or("");
  }
  return tags;
}

void put(std::vector<delivery::Tag>& known, const delivery::Tag& tag) {
  const auto same = std::ranges::find(known, tag.key, &delivery::Tag::key);
  if (same == known.end()) {
    known.push_back(tag);
  } else {
    same->value = tag.value;
  }
}

Answer retag(World& world, std::string_view name, const Deliveries::Change& change) {
  const auto changed = world.deliveries.retag(name, change);
  if (changed) {
    return std::string("{}");
  }
  switch (changed.error().fault()) {
    case Fault::missing:
      return std::unexpected(delivery_stream_not_found(world, name));
    case Fault::too_large:
      return refuse("LimitExceededException", changed.error().message());
    default:
      return std::unexpected(aws::api_error(changed.error(), aws::firehose_faults));
  }
}

}  // namespace

Answer tag_delivery_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  const std::vector<delivery::Tag> tags = read_tags(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return retag(
      world,
      *name,
      [&tags](const delivery::DeliveryStream& current) -> Result<delivery::DeliveryStream> {
        SLUICE_TRY_DO(delivery::validate_tags(tags));
        std::vector<delivery::Tag> all = current.tags;
        for (const delivery::Tag& tag : tags) {
          put(all, tag);
        }
        if (all.size() > delivery::tags_max) {
          return fail(Fault::too_large,
                      fmt::format("A delivery stream has at most {} tags; this call would leave it "
                                  "with {}.",
                                  delivery::tags_max,
                                  all.size()));
        }
        return delivery::with_tags(current, std::move(all));
      });
}

Answer untag_delivery_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  const std::vector<std::string_view> keys = members.strings(
      "TagKeys", {.is_required = true, .length_min = 1, .length_max = tags_a_call_max}, key_rule());
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return retag(world, *name, [&keys](const delivery::DeliveryStream& current) {
    std::vector<delivery::Tag> left = current.tags;
    std::erase_if(left, [&keys](const delivery::Tag& tag) {
      return std::ranges::find(keys, tag.key) != keys.end();
    });
    return delivery::with_tags(current, std::move(left));
  });
}

Answer list_tags_for_delivery_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  const auto start = members.string("ExclusiveStartTagKey", key_rule());
  const auto limit = members.integer("Limit", {.min = 1, .max = page_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto definition = world.deliveries.find(*name);
  if (definition == nullptr) {
    return std::unexpected(delivery_stream_not_found(world, *name));
  }
  std::map<std::string_view, std::string_view> tags;  // in the order of their keys
  for (const delivery::Tag& tag : definition->tags) {
    tags.emplace(tag.key, tag.value);
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Tags");
  out.begin_array();
  std::int64_t room = limit.value_or(page_max);
  auto tag = start ? tags.upper_bound(*start) : tags.begin();
  for (; tag != tags.end() && room > 0; ++tag, --room) {
    out.begin_object();
    out.member("Key", tag->first);
    out.member("Value", tag->second);
    out.end_object();
  }
  out.end_array();
  out.member("HasMoreTags", tag != tags.end());
  out.end_object();
  return body;
}

}  // namespace sluice::server
