// The texts of `sluice demo`: what it did, what has landed, and what to do next.
#pragma once

#include "cli/landing.h"
#include "cli/terminal.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::cli {

struct DemoResult {
  std::string data_directory;  // all paths as the user would type them
  std::string bucket;
  std::string stream;
  std::string delivery_stream;
  std::string config;
  std::string table;  // "hr_data.heart_rate"
  std::string program;
  std::uint64_t records = 0;
  std::uint64_t bytes_in = 0;
  Landing landing;

  // The folder of the bucket.
  std::string bucket_directory() const { return data_directory + "/buckets/" + bucket; }
};

// "  ✓ sent       900 records ..." with its newline.
std::string demo_step(std::string_view what, std::string_view text, const Paint& paint);

// The tree of the bucket, records and bytes in and out.
std::string landing_text(const DemoResult& result, const Paint& paint);

// The question about the heart rate, in SQL, and how one asks it.
std::string question_sql(const DemoResult& result);
std::string question_text(const DemoResult& result, const Paint& paint);

// Its answer where there is no SQL engine: from the files themselves.
std::string answer_text(const DemoResult& result, const Paint& paint);

// How to look at the files, and how to send one's own.
std::string next_steps_text(const DemoResult& result, const Paint& paint);

// Empty when every record has become a row; else what is wrong and where to look.
std::string what_is_missing(const DemoResult& result);

}  // namespace sluice::cli
