// Connections that take the next lines in turns.
#include "send.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "base/file_system.h"
#include "exchange.h"

#include <fmt/format.h>

#include <iterator>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::bench {
namespace {

constexpr std::size_t records_per_request = 500;
constexpr std::size_t keys = 64;
constexpr std::size_t block_bytes = std::size_t{1} << 20;

// The lines of a file, for several threads.
class Lines {
 public:
  explicit Lines(std::unique_ptr<File> file) : file_(std::move(file)) {}

  // The next whole lines, at most so many; none at the end.
  Result<std::vector<std::string>> take(std::size_t count) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    while (lines.size() < count) {
      const std::size_t end = block_.find('\n', at_);
      if (end == Bytes::npos) {
        SLUICE_TRY(has_more, read_on());
        if (!has_more) {
          break;
        }
        continue;
      }
      lines.emplace_back(ByteView(block_).substr(at_, end + 1 - at_));
      at_ = end + 1;
    }
    return lines;
  }

 private:
  Result<bool> read_on() {
    block_.erase(0, std::exchange(at_, 0));
    Bytes more;
    SLUICE_TRY_DO(file_->read_at(offset_, block_bytes, more));
    offset_ += more.size();
    block_ += more;
    return !more.empty();
  }

  std::mutex mutex_;
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;
  Bytes block_;
  std::size_t at_ = 0;
};

std::string body_of(const std::string& stream, const std::vector<std::string>& lines) {
  std::string body = fmt::format(R"({{"StreamName":"{}","Records":[)", stream);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    fmt::format_to(std::back_inserter(body),
                   R"({}{{"Data":"{}","PartitionKey":"watch-{}"}})",
                   i == 0 ? "" : ",",
                   base64_encode(lines[i]),
                   i % keys);
  }
  return body + "]}";
}

Result<std::uint64_t> send_lines(const SendOptions& options, Lines& lines) {
  Caller caller;
  SLUICE_TRY_DO(caller.connect(options.port));
  std::uint64_t sent = 0;
  while (true) {
    SLUICE_TRY(some, lines.take(records_per_request));
    if (some.empty()) {
      return sent;
    }
    SLUICE_TRY(
        answer,
        caller.call(kinesis_request(options.port, "PutRecords", body_of(options.stream, some))));
    if (answer.find(R"("FailedRecordCount":0)") == std::string_view::npos) {
      return fail(Fault::throttled, "a record was not stored");
    }
    sent += some.size();
  }
}

}  // namespace

Result<std::uint64_t> run_send(const SendOptions& options) {
  const auto files = make_posix_file_system();
  SLUICE_TRY(file, files->open(options.path, OpenMode::read));
  Lines lines(std::move(file));
  std::vector<Result<std::uint64_t>> sent(options.connections, std::uint64_t{0});
  std::vector<std::thread> threads;
  threads.reserve(options.connections);
  for (Result<std::uint64_t>& result : sent) {
    threads.emplace_back([&] { result = send_lines(options, lines); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::uint64_t total = 0;
  for (const Result<std::uint64_t>& result : sent) {
    if (!result) {
      return result;
    }
    total += *result;
  }
  return total;
}

}  // namespace sluice::bench
