// What was seen of a data directory, listed for check(): ledgers, objects, spool files.
#pragma once

#include "base/digest.h"
#include "delivery/position.h"
#include "proof/error_lines.h"
#include "proof/object_proof.h"
#include "store/ledger_audit.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::proof {

// A file of a bucket.
struct FoundObject {
  std::string bucket;
  std::string key;
  std::uint64_t bytes = 0;
  std::optional<ObjectProof> proof;
  std::string unreadable;              // why its proof could not be read; empty: it could
  std::optional<Sha256Digest> sha256;  // where a plan asks for it

  // What the lines of an error object name; looked for by a thorough survey.
  std::optional<ErrorLines> lines;

  // What a Parquet file contradicts itself in; looked for where nothing else tells whether its
  // bytes are right.
  std::vector<std::string> contradictions;
};

struct Facts {
  // All ledgers at one moment before the files were looked at, and at one after: what is delivered
  // meanwhile is in the second alone.  Without a ledger there is none in either.
  bool has_ledger = false;
  std::vector<store::AuditedLedger> before;
  std::vector<store::AuditedLedger> after;

  std::set<store::DeliveryId> defined;  // delivery streams that exist now
  std::map<delivery::StreamIncarnation, std::string> stream_names;

  // Numbers that no record ever had, by the streams' notes.
  std::map<delivery::ShardKey, delivery::OrdinalSet> unused;

  // False: the headers of objects were not to be had, so that the proofs of those that are no
  // Parquet files are unknown.
  bool has_headers = false;

  // Buckets of other S3s that objects were put into: what is in them nobody has looked at.
  std::set<std::string> remote_buckets;

  std::string bucket;                // the only one that was looked at; empty: all
  std::vector<FoundObject> objects;  // by bucket and key

  // Open plans of `before` whose bytes were found whole, in the spool folder or in the bucket.
  std::set<std::pair<store::DeliveryId, delivery::PlanNumber>> kept;

  // Open plans of `before` whose sealed file lies in the spool folder with other bytes.  A put into
  // a local bucket takes the file away, so these were never put; of others there are none here.
  std::set<std::pair<store::DeliveryId, delivery::PlanNumber>> damaged;

  // Spool names of parked objects of `before` whose files have what is parked in them.
  std::set<std::pair<store::DeliveryId, std::string>> kept_parked;

  // Plans that Parquet files in the spool folders name, by a thorough survey: sealed, never put.
  std::set<std::pair<store::DeliveryId, delivery::PlanNumber>> sealed;
};

}  // namespace sluice::proof
