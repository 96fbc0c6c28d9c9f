// What records look like in a simulated world, and how they are found again in its objects.
//
// A record names itself: its shard and its ordinal stand in its text.  The plain dialect writes
// lines through a writer of the simulator's own (fast); the JSON dialect uses the product's real
// converter and Parquet writer, and reads the rows back.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/definition.h"
#include "delivery/object_writer.h"
#include "delivery/world.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::sim {

// A record, or a part of one, as its text names it.
struct Named {
  std::uint32_t shard = 0;
  std::uint64_t ordinal = 0;
  std::uint32_t part = 1;   // from 1
  std::uint32_t parts = 1;  // 1: whole

  friend bool operator==(const Named&, const Named&) = default;
};

class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  // The text of a record; a bad one is what the converter has to refuse.
  virtual Bytes record(Named name, bool is_bad, Random& random) const = 0;

  // The records of an object, in its order.
  virtual Result<std::vector<Named>> read(delivery::ObjectKind kind, ByteView object) const = 0;

  // Changes the definition to one whose objects are of this dialect.
  virtual void apply_to(delivery::DeliveryStream& definition) const = 0;

  virtual Result<std::unique_ptr<delivery::ObjectWriter>> make_writer(
      const delivery::WriterRequest& request) const = 0;

  // As delivery::resume_object_writer().
  virtual Result<std::unique_ptr<delivery::ObjectWriter>> resume_writer(
      const delivery::WriterRequest& request, const delivery::ParkedWriter& parked) const = 0;
};

std::unique_ptr<Dialect> make_plain_dialect();
std::unique_ptr<Dialect> make_json_dialect();

// The columns that the JSON dialect is converted with.
inline constexpr std::string_view json_columns = "s int, o bigint, pad string";

}  // namespace sluice::sim
