#include "aws/error.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

TEST(ApiError, FaultsGetTheServicesOwnNames) {
  const Error missing(Fault::missing, "Stream s not found.");
  EXPECT_EQ(api_error(missing, kinesis_faults).type, "ResourceNotFoundException");
  EXPECT_EQ(api_error(missing, glue_faults).type, "EntityNotFoundException");
  const Error full(Fault::throttled, "disk full");
  EXPECT_EQ(api_error(full, kinesis_faults).type, "ProvisionedThroughputExceededException");
  EXPECT_EQ(api_error(full, kinesis_faults).status, 400);
  EXPECT_EQ(api_error(full, firehose_faults).type, "ServiceUnavailableException");
  EXPECT_EQ(api_error(full, firehose_faults).status, 503);
}

TEST(ApiError, OurOwnFailuresAreRetryable) {
  for (const Fault fault : {Fault::io, Fault::corrupt, Fault::cancelled, Fault::unavailable}) {
    const ApiError error = api_error(Error(fault, "x"), kinesis_faults);
    EXPECT_EQ(error.type, "InternalFailure");
    EXPECT_EQ(error.status, 500);
  }
}

TEST(ApiError, TheBodyCarriesTypeAndMessage) {
  EXPECT_EQ(error_body({"A", "b \"c\""}), R"({"__type":"A","message":"b \"c\""})");
  EXPECT_EQ(error_body({"UnknownOperationException", ""}),
            R"({"__type":"UnknownOperationException"})");
  EXPECT_EQ(error_body({"SerializationException", "m", 400, true}),
            R"({"__type":"SerializationException","Message":"m"})");
}

}  // namespace
}  // namespace sluice::aws
