// Generated records.
#include "records.h"

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <queue>
#include <utility>
#include <vector>

namespace sluice::bench {
namespace {

using Moment = std::chrono::sys_time<std::chrono::microseconds>;

constexpr Moment first_moment =
    std::chrono::sys_days(std::chrono::year(2025) / 7 / 15) + std::chrono::hours(6);

void append_time(Moment moment, Bytes& out) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  fmt::format_to(std::back_inserter(out),
                 "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}",
                 static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()),
                 clock.hours().count(),
                 clock.minutes().count(),
                 clock.seconds().count(),
                 clock.subseconds().count());
}

std::int64_t between(SeededRandom& random, std::int64_t least, std::int64_t most) {
  return least +
         static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

// Writes what `append` adds to a block, record by record.
Result<void> write_records(const std::string& path,
                           std::uint64_t bytes,
                           const std::function<void(Bytes&)>& append) {
  auto files = make_posix_file_system();
  SLUICE_TRY(file, files->open(path, OpenMode::write_or_create));
  SLUICE_TRY_DO(file->truncate(0));
  constexpr std::size_t block_bytes = std::size_t{1} << 20;
  std::uint64_t written = 0;
  Bytes block;
  while (written < bytes) {
    block.clear();
    while (block.size() < block_bytes && written + block.size() < bytes) {
      append(block);
    }
    SLUICE_TRY_DO(file->write_at(written, block));
    written += block.size();
  }
  return {};
}

// A watch on somebody's arm.
struct Watch {
  std::int64_t rate = 0;
  Moment session_end;
};

class Watches {
 public:
  Watches() : watches_(watch_count) {
    for (std::size_t index = 0; index < watch_count; ++index) {
      begin_session(index, first_moment);
      next_.emplace(first_moment + std::chrono::microseconds(between(random_, 0, 500'000)), index);
    }
  }

  void append_beat(Bytes& out) {
    out += '{';
    append_members(out);
  }

  void append_beat_of(std::uint64_t customer, Bytes& out) {
    fmt::format_to(std::back_inserter(out), R"({{"customer": "c{:05}", )", customer);
    append_members(out);
  }

 private:
  static constexpr std::size_t watch_count = 50;

  void append_members(Bytes& out) {
    const auto [moment, index] = next_.top();
    next_.pop();
    Watch& watch = watches_[index];
    out += R"("timestamp": ")";
    append_time(moment, out);
    fmt::format_to(std::back_inserter(out), "\", \"heart_rate\": {}}}\n", watch.rate);
    watch.rate = std::clamp<std::int64_t>(watch.rate + between(random_, -1, 1), 48, 190);
    Moment then = moment + std::chrono::microseconds(between(random_, 450'000, 550'000));
    if (then > watch.session_end) {
      then += std::chrono::seconds(between(random_, 5, 60));
      begin_session(index, then);
    }
    next_.emplace(then, index);
  }

  void begin_session(std::size_t index, Moment moment) {
    watches_[index].rate = between(random_, 60, 110);
    watches_[index].session_end = moment + std::chrono::seconds(between(random_, 600, 5400));
  }

  using Next = std::pair<Moment, std::size_t>;

  SeededRandom random_{1};
  std::vector<Watch> watches_;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next_;
};

constexpr const char* events[] = {"beat", "step", "sync", "charge", "wake", "sleep"};
constexpr const char* devices[] = {"Aurora 2", "Aurora 3", "Borealis", "Borealis Pro"};
constexpr const char* cities[] = {"Amsterdam", "Bergen", "Córdoba", "Dublin", "Évora", "Freiburg"};
constexpr const char* words[] = {"after",  "a",     "long",  "climb",   "the",   "watch", "lost",
                                 "sight",  "of",    "its",   "phone",   "and",   "kept",  "what",
                                 "it",     "had",   "until", "evening", "rain",  "began", "again",
                                 "slowly", "while", "we",    "walked",  "along", "river", "bank"};

class Wide {
 public:
  void append_record(Bytes& out) {
    const auto to = std::back_inserter(out);
    const auto one_of = [this](auto& from) { return from[random_.below(std::size(from))]; };
    now_ += std::chrono::microseconds(between(random_, 1'000, 30'000));
    fmt::format_to(to, R"({{"id": {}, "timestamp": ")", id_++);
    append_time(now_, out);
    fmt::format_to(
        to,
        R"(", "user": "user-{:05}", "session": "{:016x}", "event": "{}", "device": "{}", )"
        R"("firmware": "{}.{}.{}", "city": "{}", "note": ")",
        random_.below(20'000),
        random_.next(),
        one_of(events),
        one_of(devices),
        between(random_, 3, 5),
        random_.below(10),
        random_.below(30),
        one_of(cities));
    for (std::int64_t count = between(random_, 2, 9); count > 0; --count) {
      fmt::format_to(to, "{}{}", one_of(words), count > 1 ? " " : "");
    }
    fmt::format_to(
        to,
        R"(", "heart_rate": {}, "steps": {}, "calories": {}, "battery": {}, "latitude": {:.6f}, )"
        R"("longitude": {:.6f}, "temperature": {:.2f}, "speed": {:.3f}, "active": {}, "charging": {}, )"
        R"("position": {{"zone": "z{}", "floor": {}, "accuracy": {:.1f}}}, "samples": [{}, {}, {}, {}]}})"
        "\n",
        between(random_, 48, 190),
        random_.below(30'000),
        random_.below(4'000),
        between(random_, 1, 100),
        48.0 + real(6.0),
        3.0 + real(12.0),
        15.0 + real(22.0),
        real(9.0),
        random_.below(3) != 0,
        random_.below(10) == 0,
        random_.below(40),
        between(random_, -2, 30),
        real(50.0),
        between(random_, 400, 1200),
        between(random_, 400, 1200),
        between(random_, 400, 1200),
        between(random_, 400, 1200));
  }

 private:
  double real(double most) {
    constexpr std::uint64_t steps = 1'000'000'000;
    return most * static_cast<double>(random_.below(steps)) / static_cast<double>(steps);
  }

  SeededRandom random_{2};
  Moment now_ = first_moment;
  std::uint64_t id_ = 100'000'000;
};

}  // namespace

Result<void> generate_narrow(const std::string& path, std::uint64_t bytes) {
  Watches watches;
  return write_records(path, bytes, [&](Bytes& out) { watches.append_beat(out); });
}

Result<void> generate_customers(const std::string& path,
                                std::uint64_t bytes,
                                std::uint64_t customers) {
  Watches watches;
  SeededRandom random(3);
  return write_records(
      path, bytes, [&](Bytes& out) { watches.append_beat_of(random.below(customers), out); });
}

Result<void> generate_wide(const std::string& path, std::uint64_t bytes) {
  Wide wide;
  return write_records(path, bytes, [&](Bytes& out) { wide.append_record(out); });
}

}  // namespace sluice::bench
