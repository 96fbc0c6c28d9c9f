// Reference work.
#include "reference.h"

#include "base/clock.h"
#include "base/file_system.h"
#include "net/http_server.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <cstring>
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

namespace {

Result<simdjson::padded_string> load(const std::string& path) {
  auto files = make_posix_file_system();
  SLUICE_TRY(text, read_file(*files, path));
  return simdjson::padded_string(text);
}

}  // namespace

Result<double> time_simdjson(const std::string& path) {
  SLUICE_TRY(padded, load(path));
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

// The tree is the parser that validates every value; four of them are touched.
Result<double> time_simdjson_wide(const std::string& path) {
  SLUICE_TRY(padded, load(path));
  simdjson::dom::parser parser;
  const auto start = std::chrono::steady_clock::now();
  simdjson::dom::document_stream records;
  if (parser.parse_many(padded, std::size_t{1} << 20).get(records) != simdjson::SUCCESS) {
    return fail(Fault::invalid, "simdjson refuses the input");
  }
  std::uint64_t touched = 0;
  for (auto record : records) {
    std::int64_t id = 0;
    std::string_view event;
    double latitude = 0;
    bool is_active = false;
    if (record["id"].get(id) == simdjson::SUCCESS &&
        record["event"].get(event) == simdjson::SUCCESS &&
        record["latitude"].get(latitude) == simdjson::SUCCESS &&
        record["active"].get(is_active) == simdjson::SUCCESS) {
      touched += event.size() + (latitude > 0 ? 1 : 0) + (is_active ? 1 : 0);
    }
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (touched == 0) {
    return fail(Fault::invalid, "the input has no wide records");
  }
  return taken.count();
}

Result<double> time_copy(const std::string& path) {
  SLUICE_TRY(padded, load(path));
  Bytes to(padded.size(), '\0');
  const auto start = std::chrono::steady_clock::now();
  std::memcpy(to.data(), padded.data(), padded.size());
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (to.back() != padded.data()[padded.size() - 1]) {
    return fail(Fault::invalid, "the copy differs");
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
