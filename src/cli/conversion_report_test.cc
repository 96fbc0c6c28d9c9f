// Tests of cli/conversion_report.h.
#include "cli/conversion_report.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using std::chrono::milliseconds;

ConversionReport report() {
  ConversionReport out;
  out.output = "beats.parquet";
  out.is_written = true;
  out.threads = 2;
  out.counts = {4'283'125, 4'283'113, 0, std::uint64_t{256} << 20};
  out.bytes_read = out.counts.bytes_in;
  out.bytes_out = 26'300'000;
  out.elapsed = milliseconds(500);
  return out;
}

TEST(ConversionReport, TextIsAligned) {
  EXPECT_EQ(report_text(report(), Paint(false)),
            "beats.parquet\n"
            "  rows      4,283,113\n"
            "  read      256.0 MiB\n"
            "  written   25.1 MiB, 9.8 % of it\n"
            "  time      500 ms, 512.0 MiB/s on 2 threads\n");
}

TEST(ConversionReport, TextSaysWhatWasUnusual) {
  ConversionReport unusual = report();
  unusual.output = "lake\x1b[2J";
  unusual.rejects = "bad.json";
  unusual.inputs = 3;
  unusual.files = 3;
  unusual.threads = 1;
  unusual.counts.rejected = 12;
  unusual.bytes_read = std::uint64_t{23} << 20;
  EXPECT_EQ(report_text(unusual, Paint(false)),
            "lake\\x1b[2J\n"
            "  rows      4,283,113\n"
            "  rejected  12 lines; the reasons are in bad.json\n"
            "  read      256.0 MiB from 3 files of 23.0 MiB\n"
            "  written   25.1 MiB in 3 files, 9.8 % of it\n"
            "  time      500 ms, 512.0 MiB/s on 1 thread\n");
  unusual.inferred = "timestamp timestamp, heart_rate bigint";
  EXPECT_NE(report_text(unusual, Paint(false))
                .find("\n  columns   timestamp timestamp, heart_rate bigint\n  rows  "),
            std::string::npos);
  EXPECT_NE(report_json(unusual).find("\"schema\":\"timestamp timestamp, heart_rate bigint\""),
            std::string::npos);
  unusual.inputs = 1;
  EXPECT_NE(report_text(unusual, Paint(false)).find("256.0 MiB from 23.0 MiB\n"),
            std::string::npos);
}

TEST(ConversionReport, OfNothingAndInNoTimeThereIsNoRatio) {
  ConversionReport empty = report();
  empty.counts = {};
  empty.bytes_read = 0;
  empty.elapsed = milliseconds(3);
  EXPECT_EQ(report_text(empty, Paint(false)),
            "beats.parquet\n"
            "  rows      0\n"
            "  read      0 B\n"
            "  written   25.1 MiB\n"
            "  time      3 ms\n");
}

TEST(ConversionReport, JsonHasTheCounts) {
  EXPECT_EQ(report_json(report()),
            "{\"output\":\"beats.parquet\",\"written\":true,\"inputs\":1,\"files\":1,"
            "\"lines\":4283125,\"rows\":4283113,\"rejected\":0,\"bytes_read\":268435456,"
            "\"bytes_in\":268435456,\"bytes_out\":26300000,\"threads\":2,\"seconds\":0.5}\n");
}

}  // namespace
}  // namespace sluice::cli
