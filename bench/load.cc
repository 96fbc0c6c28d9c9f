// The load generator: one blocking thread per connection, bodies made beforehand.
#include "load.h"

#include "base/base64.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string make_request(const LoadOptions& options, std::size_t connection) {
  const auto entry = [&](std::size_t i) {
    const std::string record =
        fmt::format("{{\"timestamp\": \"2025-07-15T17:10:33.{:06}\", \"heart_rate\": {}}}\n",
                    i * 1999 % 1'000'000,
                    60 + i % 100);
    return fmt::format(R"("Data":"{}","PartitionKey":"watch-{}")",
                       base64_encode(record),
                       (connection * 31 + i) % 64);
  };
  std::string body;
  const bool is_single = options.records_per_request == 1;
  if (is_single) {
    body = fmt::format(R"({{"StreamName":"{}",{}}})", options.stream, entry(connection));
  } else {
    body = fmt::format(R"({{"StreamName":"{}","Records":[)", options.stream);
    for (std::size_t i = 0; i < options.records_per_request; ++i) {
      body += fmt::format("{}{{{}}}", i == 0 ? "" : ",", entry(i));
    }
    body += "]}";
  }
  return fmt::format(
      "POST / HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: "
      "Kinesis_20131202.{}\r\nContent-Length: {}\r\n\r\n{}",
      options.host,
      options.port,
      is_single ? "PutRecord" : "PutRecords",
      body.size(),
      body);
}

int dial(const LoadOptions& options) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options.port);
  ::inet_pton(AF_INET, options.host.c_str(), &address.sin_addr);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    return -1;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

// One exchange; empty when the answer is 200, else what came.
std::string exchange(int descriptor, const std::string& request, std::string& buffer) {
  std::size_t sent = 0;
  while (sent < request.size()) {
    const ssize_t n =
        ::send(descriptor, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) {
      return "the connection broke";
    }
    sent += static_cast<std::size_t>(n);
  }
  buffer.clear();
  std::size_t whole = std::string::npos;
  while (buffer.size() < whole) {
    char piece[65536];
    const ssize_t n = ::recv(descriptor, piece, sizeof piece, 0);
    if (n <= 0) {
      return "the connection broke";
    }
    buffer.append(piece, static_cast<std::size_t>(n));
    const std::size_t end = buffer.find("\r\n\r\n");
    if (whole == std::string::npos && end != std::string::npos) {
      const std::size_t at = buffer.find("Content-Length: ");
      whole = end + 4 + (at < end ? std::stoul(buffer.substr(at + 16)) : 0);
    }
  }
  return buffer.starts_with("HTTP/1.1 200") ? std::string() : buffer;
}

}  // namespace

Result<LoadResult> run_load(const LoadOptions& options) {
  std::mutex mutex;
  std::vector<double> latencies_ms;
  std::string failure;
  const auto start = Clock::now();
  const auto work = [&](std::size_t connection) {
    const std::string request = make_request(options, connection);
    std::string buffer;
    std::vector<double> own;
    const int descriptor = dial(options);
    std::string broken = descriptor < 0 ? "cannot connect" : "";
    while (broken.empty() && Clock::now() - start < options.duration) {
      const auto before = Clock::now();
      broken = exchange(descriptor, request, buffer);
      own.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
    }
    if (descriptor >= 0) {
      ::close(descriptor);
    }
    const std::lock_guard lock(mutex);
    latencies_ms.insert(latencies_ms.end(), own.begin(), own.end());
    if (!broken.empty()) {
      failure = broken;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < options.connections; ++i) {
    threads.emplace_back(work, i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (!failure.empty() || latencies_ms.empty()) {
    return fail(Fault::invalid, "an answer was not 200: " + failure.substr(0, 300));
  }
  LoadResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.requests = latencies_ms.size();
  result.records = result.requests * options.records_per_request;
  std::sort(latencies_ms.begin(), latencies_ms.end());
  result.median_ms = latencies_ms[latencies_ms.size() / 2];
  result.p99_ms = latencies_ms[latencies_ms.size() * 99 / 100];
  return result;
}

}  // namespace sluice::bench
