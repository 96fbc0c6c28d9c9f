#include "delivery/zone_names.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace sluice::delivery {

namespace {

struct LongName {
  std::string_view abbreviation;
  std::string_view zone;  // the zone's name, or its beginning up to a slash; empty: any
  std::string_view name;
};

// Abbreviations that mean several things list their special zones before the general case.
constexpr LongName long_names[] = {
    {"ACDT", "", "Australian Central Daylight Time"},
    {"ACST", "", "Australian Central Standard Time"},
    {"ADT", "", "Atlantic Daylight Time"},
    {"AEDT", "", "Australian Eastern Daylight Time"},
    {"AEST", "", "Australian Eastern Standard Time"},
    {"AKDT", "", "Alaska Daylight Time"},
    {"AKST", "", "Alaska Standard Time"},
    {"AST", "", "Atlantic Standard Time"},
    {"AWST", "", "Australian Western Standard Time"},
    {"BST", "", "British Summer Time"},
    {"CAT", "", "Central Africa Time"},
    {"CDT", "America/Havana", "Cuba Daylight Time"},
    {"CDT", "Cuba", "Cuba Daylight Time"},
    {"CDT", "", "Central Daylight Time"},
    {"CEST", "", "Central European Summer Time"},
    {"CET", "", "Central European Standard Time"},
    {"CST", "America/Havana", "Cuba Standard Time"},
    {"CST", "Cuba", "Cuba Standard Time"},
    {"CST", "Asia/Taipei", "Taipei Standard Time"},
    {"CST", "Asia/", "China Standard Time"},
    {"CST", "", "Central Standard Time"},
    {"ChST", "", "Chamorro Standard Time"},
    {"EAT", "", "East Africa Time"},
    {"EDT", "", "Eastern Daylight Time"},
    {"EEST", "", "Eastern European Summer Time"},
    {"EET", "", "Eastern European Standard Time"},
    {"EST", "", "Eastern Standard Time"},
    {"GMT", "", "Greenwich Mean Time"},
    {"HDT", "", "Hawaii-Aleutian Daylight Time"},
    {"HKT", "", "Hong Kong Standard Time"},
    {"HST", "", "Hawaii-Aleutian Standard Time"},
    {"IDT", "", "Israel Daylight Time"},
    {"IST", "Asia/Jerusalem", "Israel Standard Time"},
    {"IST", "Asia/Tel_Aviv", "Israel Standard Time"},
    {"IST", "Israel", "Israel Standard Time"},
    {"IST", "Europe/Dublin", "Irish Standard Time"},
    {"IST", "Eire", "Irish Standard Time"},
    {"IST", "", "India Standard Time"},
    {"JST", "", "Japan Standard Time"},
    {"KST", "", "Korean Standard Time"},
    {"MDT", "", "Mountain Daylight Time"},
    {"MSK", "Europe/Volgograd", "Volgograd Standard Time"},
    {"MSK", "", "Moscow Standard Time"},
    {"MST", "America/Hermosillo", "Mexican Pacific Standard Time"},
    {"MST", "America/Mazatlan", "Mexican Pacific Standard Time"},
    {"MST", "Mexico/BajaSur", "Mexican Pacific Standard Time"},
    {"MST", "", "Mountain Standard Time"},
    {"NDT", "", "Newfoundland Daylight Time"},
    {"NST", "", "Newfoundland Standard Time"},
    {"NZDT", "", "New Zealand Daylight Time"},
    {"NZST", "", "New Zealand Standard Time"},
    {"PDT", "", "Pacific Daylight Time"},
    {"PKT", "", "Pakistan Standard Time"},
    {"PST", "Asia/Manila", "Philippine Standard Time"},
    {"PST", "", "Pacific Standard Time"},
    {"SAST", "", "South Africa Standard Time"},
    {"SST", "", "Samoa Standard Time"},
    {"UTC", "", "Coordinated Universal Time"},
    {"WAT", "", "West Africa Standard Time"},
    {"WEST", "", "Western European Summer Time"},
    {"WET", "", "Western European Standard Time"},
    {"WIB", "", "Western Indonesia Time"},
    {"WIT", "", "Eastern Indonesia Time"},
    {"WITA", "", "Central Indonesia Time"},
};

bool applies_to(const LongName& entry, std::string_view zone) {
  return entry.zone.ends_with('/') ? zone.starts_with(entry.zone)
                                   : entry.zone.empty() || zone == entry.zone;
}

bool has_letters(std::string_view abbreviation) {
  return !abbreviation.empty() && abbreviation.front() != '+' && abbreviation.front() != '-';
}

}  // namespace

std::string localized_offset(std::int32_t offset_s) {
  if (offset_s == 0) {
    return "GMT";
  }
  const std::int32_t size = offset_s < 0 ? -offset_s : offset_s;
  std::string text =
      fmt::format("GMT{}{:02}:{:02}", offset_s < 0 ? '-' : '+', size / 3600, size / 60 % 60);
  if (size % 60 != 0) {
    fmt::format_to(std::back_inserter(text), ":{:02}", size % 60);
  }
  return text;
}

std::string short_zone_name(const LocalTime& time) {
  return has_letters(time.abbreviation) ? time.abbreviation : localized_offset(time.offset_s);
}

std::string long_zone_name(const LocalTime& time, const TimeZone& zone) {
  for (const LongName& entry : long_names) {
    if (entry.abbreviation == time.abbreviation && applies_to(entry, zone.name())) {
      return std::string(entry.name);
    }
  }
  return localized_offset(time.offset_s);
}

}  // namespace sluice::delivery
