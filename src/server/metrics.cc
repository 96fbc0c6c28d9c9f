// Writing the metrics page.
#include "server/metrics.h"

#include "server/counters.h"
#include "server/deliveries.h"
#include "server/losses.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

// One family of the page: its comment lines, then samples.
class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(
        std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  template <class Value>
  void sample(Value value) {
    fmt::format_to(std::back_inserter(text_), "{} {}\n", name_, value);
  }

  template <class Value>
  void sample(std::string_view label, std::string_view label_value, Value value) {
    fmt::format_to(
        std::back_inserter(text_), "{}{{{}=\"{}\"}} {}\n", name_, label, label_value, value);
  }

  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
  std::string name_;
};

void write_server(Page& page, const MetricsInput& input) {
  const auto total = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    page.family(name, "counter", help);
    page.sample(value);
  };
  const auto gauge = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    page.family(name, "gauge", help);
    page.sample(value);
  };
  const Counters& counters = input.world.counters;
  total("sluice_incoming_records_total", "Records acknowledged on disk.", counters.records_in());
  total("sluice_incoming_bytes_total", "Bytes of those records.", counters.bytes_in());
  total("sluice_outgoing_records_total", "Records given to GetRecords.", counters.records_out());
  total("sluice_outgoing_bytes_total", "Bytes of those records.", counters.bytes_out());
  total("sluice_put_failures_total", "Records refused or not stored.", counters.put_failures());
  total(
      "sluice_requests_refused_total", "Requests answered with a 4xx status.", counters.refused());
  total("sluice_requests_failed_total", "Requests answered with a 5xx status.", counters.failed());
  total("sluice_http_requests_total", "Requests received.", input.http.requests);
  total("sluice_http_received_bytes_total", "Bytes received.", input.http.bytes_in);
  total("sluice_http_sent_bytes_total", "Bytes sent.", input.http.bytes_out);
  gauge("sluice_http_connections", "Connections open.", input.http.connections_open);
  total("sluice_log_rounds_total", "Rounds of the group commit.", input.log.rounds);
  total("sluice_log_syncs_total", "Disk syncs of the log.", input.log.syncs);
  total("sluice_log_requests_total", "Requests written to the log.", input.log.requests);
  total("sluice_log_repeats_total",
        "Requests that had been stored before and were answered as the first time.",
        input.log.repeats);
  total("sluice_log_failures_total", "Requests that the disk refused.", input.log.failures);
  total("sluice_log_throttled_requests_total",
        "Requests refused because a cap or the disk's floor was reached.",
        input.log.refusals);
  total("sluice_s3_damaged_reads_total",
        "GetObject calls that met an object which the disk had changed.",
        input.world.buckets.damaged_reads());
  gauge("sluice_log_queued_bytes", "Bytes that wait to be written.", input.log.queued_bytes);
  gauge(
      "sluice_disk_free_bytes", "Free bytes on the disk of the data directory.", input.free_bytes);
  gauge("sluice_disk_reserve_bytes",
        "Bytes held there for when it is full; 0: released, or not taken yet.",
        input.reserve_bytes);
}

// With a cap on the data directory only: without one nobody counts.
void write_data_directory(Page& page, const stream::Streams& streams) {
  if (streams.space().total_bytes_max == 0) {
    return;
  }
  page.family("sluice_data_bytes", "gauge", "Bytes in the data directory.");
  page.sample(streams.total_bytes());
  page.family("sluice_data_max_bytes", "gauge", "The cap on them, data_max_mb.");
  page.sample(streams.space().total_bytes_max);
  page.family("sluice_data_throttled_requests_total", "counter", "Requests refused at that cap.");
  page.sample(streams.total_shortage().refused());
}

void write_streams(Page& page, const MetricsInput& input) {
  const auto streams = input.world.streams.list();
  write_data_directory(page, input.world.streams);
  page.family("sluice_stream_log_bytes", "gauge", "Bytes of a stream's log on disk.");
  for (const auto& stream : streams) {
    page.sample("stream", stream->definition()->name, stream->log().file_bytes());
  }
  page.family("sluice_stream_log_max_bytes", "gauge", "The cap on them, max_mb; 0: none.");
  for (const auto& stream : streams) {
    page.sample("stream", stream->definition()->name, stream->space_rule().bytes_max);
  }
  page.family("sluice_stream_throttled_requests_total", "counter", "Requests refused at that cap.");
  for (const auto& stream : streams) {
    page.sample("stream", stream->definition()->name, stream->shortage().refused());
  }
  page.family("sluice_stream_records", "gauge", "Records that a stream retains.");
  for (const auto& stream : streams) {
    page.sample("stream", stream->definition()->name, stream->log().totals().records);
  }
  page.family("sluice_stream_lost_records_total",
              "counter",
              "Records that the disk has destroyed, as far as clients have read.");
  for (const auto& stream : streams) {
    page.sample("stream", stream->definition()->name, input.world.losses.of(stream->incarnation()));
  }
}

struct Delivery {
  std::string name;
  runner::RunnerStatus status;
};

template <class Value>
void write_family(Page& page,
                  const std::vector<Delivery>& deliveries,
                  std::string_view name,
                  std::string_view type,
                  std::string_view help,
                  const Value& value) {
  page.family(name, type, help);
  for (const Delivery& delivery : deliveries) {
    page.sample("delivery_stream", delivery.name, value(delivery.status));
  }
}

using Status = runner::RunnerStatus;

void write_total(Page& page,
                 const std::vector<Delivery>& deliveries,
                 std::string_view name,
                 std::string_view help,
                 std::uint64_t Status::* figure) {
  write_family(page, deliveries, name, "counter", help, [figure](const Status& status) {
    return status.*figure;
  });
}

void write_freshness(Page& page,
                     const std::vector<Delivery>& deliveries,
                     std::string_view name,
                     UnixMillis now) {
  const auto age_of = [now](const Status& status) {
    const auto age =
        status.oldest_undelivered ? now - *status.oldest_undelivered : std::chrono::milliseconds(0);
    return static_cast<double>(std::max<std::int64_t>(0, age.count())) / 1000.0;
  };
  write_family(page,
               deliveries,
               name,
               "gauge",
               "Age of the oldest record not delivered; 0 when there is none.",
               age_of);
}

void write_destinations(Page& page, const std::vector<Delivery>& all, UnixMillis now) {
  const auto total =
      [&](std::string_view name, std::string_view help, std::uint64_t Status::* figure) {
        write_total(page, all, name, help, figure);
      };
  total("sluice_source_read_records_total", "Records read from the source.", &Status::records_read);
  total("sluice_source_read_bytes_total", "Bytes of those records.", &Status::bytes_read);
  total("sluice_delivery_s3_objects_total", "Objects delivered.", &Status::objects_delivered);
  total("sluice_delivery_s3_records_total",
        "Records delivered in data objects.",
        &Status::records_delivered);
  total("sluice_delivery_s3_bytes_total",
        "Bytes of delivered objects, as stored.",
        &Status::bytes_delivered);
  total("sluice_conversion_failed_records_total",
        "Records delivered to the error output.",
        &Status::records_rejected);
  total("sluice_lost_records_total",
        "Records damaged or trimmed before they were read.",
        &Status::records_lost);
  total("sluice_delivery_s3_put_failures_total",
        "Puts that failed and are tried again.",
        &Status::put_failures);
  total("sluice_delivery_spool_damaged_total",
        "Sealed files that the disk had changed when a start found them.",
        &Status::spool_files_damaged);
  total("sluice_delivery_spool_rebuilt_total",
        "Of those, built again from the stream, bit for bit.",
        &Status::spool_files_rebuilt);
  write_family(page,
               all,
               "sluice_backlog_records",
               "gauge",
               "Records that wait to be delivered.",
               [](const Status& status) { return status.backlog_records; });
  write_family(
      page,
      all,
      "sluice_partitions_active",
      "gauge",
      "Objects that gather records: one for each active partition, one for what was refused.",
      [](const Status& status) { return status.open_partitions; });
  write_freshness(page, all, "sluice_delivery_s3_data_freshness_seconds", now);
}

void write_backups(Page& page, const std::vector<Delivery>& all, UnixMillis now) {
  const auto total =
      [&](std::string_view name, std::string_view help, std::uint64_t Status::* figure) {
        write_total(page, all, name, help, figure);
      };
  total("sluice_backup_s3_objects_total",
        "Objects of source records delivered.",
        &Status::objects_delivered);
  total("sluice_backup_s3_records_total", "Records delivered in them.", &Status::records_delivered);
  total("sluice_backup_s3_bytes_total", "Bytes of them, as stored.", &Status::bytes_delivered);
  total("sluice_backup_s3_put_failures_total",
        "Puts that failed and are tried again.",
        &Status::put_failures);
  write_freshness(page, all, "sluice_backup_s3_data_freshness_seconds", now);
}

void write_deliveries(Page& page, const MetricsInput& input) {
  std::vector<Delivery> destinations;
  std::vector<Delivery> backups;
  for (const auto& definition : input.world.deliveries.list()) {
    for (const delivery::DeliveryStream& leg : delivery::legs_of(*definition)) {
      if (const auto runner = input.world.deliveries.runner(leg.name)) {
        (leg.backup_of ? backups : destinations).push_back({definition->name, runner->status()});
      }
    }
  }
  const UnixMillis now = input.world.clock.now();
  write_destinations(page, destinations, now);
  write_backups(page, backups, now);
}

}  // namespace

std::string metrics_page(const MetricsInput& input) {
  Page page;
  write_server(page, input);
  write_streams(page, input);
  write_deliveries(page, input);
  return std::move(page).take();
}

}  // namespace sluice::server
