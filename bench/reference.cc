// Reference work.
#include "reference.h"

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "net/http_server.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <iostream>

namespace sluice::bench {
namespace {

class Sink final : public net::HttpHandler {
 public:
  explicit Sink(std::size_t answer_bytes) : answer_(answer_bytes, 'x') {}

  net::BodyLimit limit(const net::RequestHead& /*head*/) override {
    constexpr std::uint64_t body_bytes_max = std::uint64_t{16} << 20;
    return net::BodyLimit::accept(body_bytes_max);
  }

  void handle(net::HttpRequest /*request*/, net::Responder respond) override {
    respond(net::make_response(200, "application/x-amz-json-1.1", answer_));
  }

 private:
  const Bytes answer_;
};

}  // namespace

Result<void> generate_narrow(const std::string& path, std::uint64_t bytes) {
  auto files = make_posix_file_system();
  SLUICE_TRY(file, files->open(path, OpenMode::write_or_create));
  SLUICE_TRY_DO(file->truncate(0));
  SeededRandom random(1);
  auto now = std::chrono::sys_days(std::chrono::year(2025) / 7 / 15) + std::chrono::microseconds(0);
  std::int64_t rate = 80;
  std::uint64_t written = 0;
  Bytes block;
  constexpr std::size_t block_bytes = std::size_t{1} << 20;
  while (written < bytes) {
    block.clear();
    while (block.size() < block_bytes && written + block.size() < bytes) {
      const auto day = std::chrono::floor<std::chrono::days>(now);
      const std::chrono::year_month_day date(day);
      const std::chrono::hh_mm_ss clock(now - day);
      fmt::format_to(
          std::back_inserter(block),
          R"({{"timestamp": "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}", "heart_rate": {}}})"
          "\n",
          static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          clock.hours().count(),
          clock.minutes().count(),
          clock.seconds().count(),
          clock.subseconds().count(),
          rate);
      now += std::chrono::microseconds(450'000 + static_cast<std::int64_t>(random.below(100'000)));
      rate =
          std::clamp<std::int64_t>(rate + static_cast<std::int64_t>(random.below(5)) - 2, 45, 195);
    }
    SLUICE_TRY_DO(file->write_at(written, block));
    written += block.size();
  }
  return {};
}

Result<double> time_simdjson(const std::string& path) {
  auto files = make_posix_file_system();
  SLUICE_TRY(text, read_file(*files, path));
  const simdjson::padded_string padded(text);
  simdjson::ondemand::parser parser;
  const auto start = std::chrono::steady_clock::now();
  simdjson::ondemand::document_stream records;
  if (parser.iterate_many(padded, std::size_t{1} << 20).get(records) != simdjson::SUCCESS) {
    return fail(Fault::invalid, "simdjson refuses the input");
  }
  std::uint64_t touched = 0;
  for (auto record : records) {
    std::string_view timestamp;
    std::int64_t rate = 0;
    if (record["timestamp"].get_string().get(timestamp) == simdjson::SUCCESS &&
        record["heart_rate"].get_int64().get(rate) == simdjson::SUCCESS) {
      touched += timestamp.size() + static_cast<std::uint64_t>(rate);
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (touched == 0) {
    return fail(Fault::invalid, "the input has no heart-rate records");
  }
  return taken.count();
}

Result<void> serve_sink(std::size_t answer_bytes) {
  Sink sink(answer_bytes);
  const SystemClock clock;
  net::HttpServer server({}, sink, clock);
  SLUICE_TRY_DO(server.start());
  std::cout << server.address() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  server.stop(std::chrono::seconds(1));
  return {};
}

}  // namespace sluice::bench
