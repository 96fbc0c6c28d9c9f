// The form of a request: whether each member has the JSON type, length, range and pattern that the
// service's model demands.
//
// Members are read in the order in which the service reports what is wrong with them; everything
// wrong is gathered, so that one answer names all of it:
//   2 validation errors detected: Value at 'extendedS3DestinationConfiguration.bucketARN' failed to
//   satisfy constraint: Member must not be null; Value at '…' failed to …
#pragma once

#include "delivery/text_rules.h"
#include "json/view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::delivery {

// What refused a request.  The server names the errors that clients see.
enum class RefusalLayer : std::uint8_t {
  serialization,  // a member has the wrong JSON type: SerializationException
  parameter,      // a malformed role ARN: InvalidParameterValueException
  model,          // lengths, ranges, patterns, enumerations: ValidationException
  argument,       // everything else: InvalidArgumentException
};

struct Refusal {
  RefusalLayer layer = RefusalLayer::argument;
  std::string message;

  friend bool operator==(const Refusal&, const Refusal&) = default;
};

// Gathers what is wrong with one request.
class FormReport {
 public:
  void add_wrong_type(std::string message);

  void add_malformed_role() { has_malformed_role_ = true; }

  void add_violation(std::string_view path, std::string_view constraint);

  // The refusal of the outermost layer that found something; std::nullopt: the form is good.
  std::optional<Refusal> refusal() const;

 private:
  std::optional<std::string> wrong_type_;
  bool has_malformed_role_ = false;
  std::vector<std::string> violations_;
};

enum class Presence : std::uint8_t { optional, required };

struct IntegerRange {
  std::int64_t min = 0;
  std::optional<std::int64_t> max;
};

// A structure within a request.  Getters take the member's name as on the wire, report what is
// wrong with it and return it if it is there and has the right type; of a structure that is absent
// itself, all members are absent and none is required.  Borrows the report and the request.
class FormShape {
 public:
  FormShape(json::View structure, FormReport& report);

  bool is_given() const { return structure_.exists(); }

  // Whether the member is there and not null.
  bool has(std::string_view name) const { return !find(name).is_missing_or_null(); }

  FormShape structure(std::string_view name, Presence presence = Presence::optional) const;

  std::optional<std::string> text(std::string_view name,
                                  const TextRule& rule,
                                  Presence presence = Presence::optional) const;

  // A text with role_arn_rule; malformed ones are reported apart.
  std::optional<std::string> role(std::string_view name,
                                  const TextRule& rule,
                                  Presence presence = Presence::optional) const;

  // One of an enumeration, which is written as the service prints it: "[V1, V2]".
  std::optional<std::string> choice(std::string_view name,
                                    std::string_view set,
                                    Presence presence = Presence::optional) const;

  std::optional<std::int64_t> integer(std::string_view name,
                                      IntegerRange range,
                                      Presence presence = Presence::optional) const;

  // A number from 0 to 1.
  std::optional<double> proportion(std::string_view name) const;

  std::optional<bool> boolean(std::string_view name) const;

  // Calls `each` for every element of a list of structures.
  void structures(std::string_view name,
                  IntegerRange size,
                  const std::function<void(const FormShape&)>& each) const;

  // Texts of a list.
  std::vector<std::string> texts(std::string_view name, const TextRule& rule) const;

  // A map of texts; every broken rule is reported once for all keys, once for all values.
  struct Entry {
    std::string_view key;
    std::string_view value;
  };

  std::vector<Entry> map(std::string_view name, const TextRule& keys, const TextRule& values) const;

 private:
  FormShape(json::View structure, std::string path, FormReport* report)
      : structure_(structure), path_(std::move(path)), report_(report) {}

  json::View find(std::string_view name) const { return structure_.find(name); }

  std::string path_of(std::string_view name) const;

  // The member if it is there and not null; reports its absence where it is required.
  std::optional<json::View> member(std::string_view name, Presence presence) const;
  std::optional<std::string_view> raw_text(std::string_view name, Presence presence) const;
  void check_text(const std::string& path, std::string_view value, const TextRule& rule) const;
  void check_size(const std::string& path, std::size_t size, IntegerRange range) const;

  json::View structure_;
  std::string path_;  // "" or "a.b."
  FormReport* report_;
};

}  // namespace sluice::delivery
