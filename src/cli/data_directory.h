// A data directory looked at from outside: what a server keeps, whether it runs or not.
//
// Read only, nothing is locked and nothing changed.  A running server's writes are seen as of the
// moment of open().
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "delivery/definition.h"
#include "query/question.h"
#include "store/database.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {

class DataDirectory {
 public:
  // Fault::missing, with what to do, when no server has ever kept anything there.
  static Result<std::unique_ptr<DataDirectory>> open(const std::string& path);

  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const catalog::Catalog& catalog() const { return *catalog_; }

  const std::vector<delivery::DeliveryStream>& delivery_streams() const { return streams_; }

  // What can be asked; lives as long as this.
  query::Warehouse warehouse() const { return {*catalog_, streams_, buckets_}; }

 private:
  explicit DataDirectory(std::string buckets) : buckets_(std::move(buckets)) {}

  std::string buckets_;
  SystemClock clock_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::vector<delivery::DeliveryStream> streams_;
};

}  // namespace sluice::cli
