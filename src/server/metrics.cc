// Writing the metrics page.
#include "server/metrics.h"

#include "delivery/partition_limits.h"
#include "server/counters.h"
#include "server/deliveries.h"
#include "server/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

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

  // `suffix`: of the family's name, as histograms and summaries have them.  `labels` as they are
  // written.
  template <class Value>
  void part(std::string_view suffix, std::string_view labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "{}{}{{{}}} {}\n", name_, suffix, labels, value);
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
  gauge("sluice_open_objects_memory_bytes",
        "Memory held for records that gather in objects, of all delivery streams.",
        input.open_object_bytes);
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Operations that nobody has called are left out.
void write_calls(Page& page, const CallTotals& totals) {
  std::map<std::string, OperationCalls::Figures> called;  // by their labels
  for (const auto& [operation, calls] : totals) {
    const auto figures = calls.figures();
    if (figures.calls() > 0) {
      called.emplace(
          fmt::format(R"(service="{}",operation="{}")", calls.service(), calls.operation()),
          figures);
    }
  }
  page.family("sluice_api_requests_total", "counter", "Calls of AWS operations that are answered.");
  for (const auto& [labels, figures] : called) {
    for (std::size_t i = 0; i < call_results; ++i) {
      const auto name = call_result_name(static_cast<CallResult>(i));
      page.part("", fmt::format(R"({},result="{}")", labels, name), figures.by_result[i]);
    }
  }
  page.family("sluice_api_request_duration_seconds", "histogram", "How long they took.");
  for (const auto& [labels, figures] : called) {
    std::uint64_t up_to = 0;
    for (std::size_t i = 0; i < OperationCalls::bounds_s.size(); ++i) {
      up_to += figures.by_latency[i];
      page.part(
          "_bucket", fmt::format(R"({},le="{}")", labels, OperationCalls::bounds_s[i]), up_to);
    }
    up_to += figures.by_latency.back();
    page.part("_bucket", labels + R"(,le="+Inf")", up_to);
    page.part("_sum", labels, seconds(figures.latencies));
    page.part("_count", labels, up_to);
  }
}

// How many there are of what AWS limits by number.
void write_resources(Page& page, const World& world) {
  std::size_t tables = 0;
  const auto databases = world.catalog.databases();
  for (const catalog::Database& database : databases) {
    const auto of_database = world.catalog.tables(database.name);
    tables += of_database ? of_database->size() : 0;
  }
  page.family("sluice_resource_count", "gauge", "How many there are.");
  page.sample("resource", "bucket", world.buckets.list_buckets().size());
  page.sample("resource", "database", databases.size());
  page.sample("resource", "delivery_stream", world.deliveries.list().size());
  page.sample("resource", "stream", world.streams.list().size());
  page.sample("resource", "table", tables);
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

void write_webhooks(Page& page, const std::vector<Webhooks::Status>& webhooks) {
  using Status = Webhooks::Status;
  const auto family = [&](std::string_view name,
                          std::string_view type,
                          std::string_view help,
                          std::uint64_t Status::* value) {
    page.family(name, type, help);
    for (const Status& one : webhooks) {
      page.sample("webhook", one.name, one.*value);
    }
  };
  if (webhooks.empty()) {
    return;
  }
  family("sluice_webhook_waiting_notifications",
         "gauge",
         "New objects that the webhook is still to be told of.",
         &Status::waiting);
  family("sluice_webhook_told_notifications_total",
         "counter",
         "New objects that the webhook was told of.",
         &Status::told);
  family("sluice_webhook_failures_total",
         "counter",
         "Requests to the webhook without a 2xx answer.",
         &Status::failures);
  family("sluice_webhook_given_up_notifications_total",
         "counter",
         "New objects that the webhook could not be told of in its time.",
         &Status::given_up);
}

void write_streams(Page& page, const MetricsInput& input) {
  const auto streams = input.world.streams.list();
  write_data_directory(page, input.world.streams);
  write_webhooks(page, input.webhooks);
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
  bool converts = false;
  std::size_t partitions_max = 0;  // 0: it has no partitions
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

void write_puts(Page& page, const std::vector<Delivery>& all, std::string_view name) {
  page.family(name, "counter", "Puts of objects, those that are tried again too.");
  for (const Delivery& delivery : all) {
    const auto labels = [&](std::string_view result) {
      return fmt::format(R"(delivery_stream="{}",result="{}")", delivery.name, result);
    };
    page.part("", labels("success"), delivery.status.objects_delivered);
    page.part("", labels("failure"), delivery.status.put_failures);
  }
}

// What was put into delivery streams that take direct puts.
void write_direct_puts(Page& page, const World& world) {
  std::vector<std::pair<std::string, std::shared_ptr<const DirectPuts>>> targets;
  for (const auto& definition : world.deliveries.list()) {
    if (const auto target = world.deliveries.direct_put_target(definition->name)) {
      targets.emplace_back(definition->name, target->puts);
    }
  }
  const auto total = [&](std::string_view name,
                         std::string_view help,
                         std::uint64_t (DirectPuts::*figure)() const) {
    page.family(name, "counter", help);
    for (const auto& [delivery_stream, puts] : targets) {
      page.sample("delivery_stream", delivery_stream, ((*puts).*figure)());
    }
  };
  total("sluice_delivery_incoming_records_total",
        "Records put into the delivery stream and acknowledged on disk.",
        &DirectPuts::records);
  total("sluice_delivery_incoming_bytes_total", "Bytes of those records.", &DirectPuts::bytes);
  total("sluice_delivery_incoming_put_requests_total",
        "PutRecord and PutRecordBatch calls that brought them.",
        &DirectPuts::requests);
  total("sluice_throttled_records_total",
        "Records that were to be put into it and were refused: a cap or the disk's floor.",
        &DirectPuts::throttled_records);
}

using delivery::ObjectKind;

void write_content(Page& page,
                   const std::vector<Delivery>& all,
                   std::string_view outcome,
                   std::string_view help,
                   ObjectKind kind) {
  const auto content = [kind](const Status& status) {
    return status.content[static_cast<std::size_t>(kind)];
  };
  write_family(page,
               all,
               fmt::format("sluice_{}_records_total", outcome),
               "counter",
               help,
               [&](const Status& status) { return content(status).records; });
  write_family(page,
               all,
               fmt::format("sluice_{}_bytes_total", outcome),
               "counter",
               "Bytes of those records, as they came.",
               [&](const Status& status) { return content(status).source_bytes; });
}

void write_conversion(Page& page, const std::vector<Delivery>& all) {
  std::vector<Delivery> converting;
  std::copy_if(all.begin(), all.end(), std::back_inserter(converting), [](const Delivery& one) {
    return one.converts;
  });
  write_content(page,
                converting,
                "conversion_succeeded",
                "Records delivered after their conversion.",
                ObjectKind::data);
  write_content(page,
                all,
                "conversion_failed",
                "Records delivered to the error output that could not be converted.",
                ObjectKind::format_conversion_failed);
  write_content(page,
                all,
                "processing_failed",
                "Records delivered to the error output that a processor or the limit of partitions "
                "refused.",
                ObjectKind::processing_failed);
  write_content(page,
                all,
                "decompression_failed",
                "Records delivered to the error output that could not be unpacked.",
                ObjectKind::decompression_failed);
}

void write_partitions(Page& page, const std::vector<Delivery>& all) {
  std::vector<Delivery> partitioned;
  std::copy_if(all.begin(), all.end(), std::back_inserter(partitioned), [](const Delivery& one) {
    return one.partitions_max > 0;
  });
  page.family("sluice_partitions_max", "gauge", "How many of them may be active.");
  for (const Delivery& delivery : partitioned) {
    page.sample("delivery_stream", delivery.name, delivery.partitions_max);
  }
  write_total(page,
              partitioned,
              "sluice_partitions_exceeded_records_total",
              "Records refused because their partition would have been one too many.",
              &Status::records_over_limit);
  page.family("sluice_jq_processing_duration_seconds",
              "summary",
              "How long it took to find the partitions of a batch of records.");
  for (const Delivery& delivery : partitioned) {
    const std::string labels = fmt::format(R"(delivery_stream="{}")", delivery.name);
    page.part("_sum", labels, seconds(delivery.status.routing_time));
    page.part("_count", labels, delivery.status.batches_routed);
  }
}

void write_lag(Page& page, const std::vector<Delivery>& all, UnixMillis now) {
  write_family(page,
               all,
               "sluice_source_millis_behind_latest",
               "gauge",
               "How long ago the last record came that was read, while there are more to read; 0 "
               "when all are read.",
               [now](const Status& status) {
                 const auto age = now - status.behind_since.value_or(now);
                 return std::max<std::int64_t>(0, age.count());
               });
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
  total("sluice_dropped_records_total",
        "Records that a processor left out on purpose.",
        &Status::records_dropped);
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
  write_family(page,
               all,
               "sluice_open_records",
               "gauge",
               "Records in objects that are still open.",
               [](const Status& status) { return status.open_records; });
  write_family(
      page, all, "sluice_open_bytes", "gauge", "Bytes of those records.", [](const Status& status) {
        return status.open_bytes;
      });
  write_freshness(page, all, "sluice_delivery_s3_data_freshness_seconds", now);
  write_puts(page, all, "sluice_delivery_s3_puts_total");
  write_conversion(page, all);
  write_partitions(page, all);
  write_lag(page, all, now);
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
  write_puts(page, all, "sluice_backup_s3_puts_total");
}

std::size_t partitions_max_of(const delivery::DeliveryStream& leg) {
  if (!leg.s3.is_partitioned()) {
    return 0;
  }
  const auto limits = delivery::partition_limits_of(leg.tags);
  return limits ? limits->partitions_max : 0;
}

void write_deliveries(Page& page, const MetricsInput& input) {
  std::vector<Delivery> destinations;
  std::vector<Delivery> backups;
  for (const auto& definition : input.world.deliveries.list()) {
    for (const delivery::DeliveryStream& leg : delivery::legs_of(*definition)) {
      if (const auto runner = input.world.deliveries.runner(leg.name)) {
        (leg.backup_of ? backups : destinations)
            .push_back(
                {definition->name, leg.s3.converts(), partitions_max_of(leg), runner->status()});
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
  write_calls(page, input.calls);
  write_resources(page, input.world);
  write_streams(page, input);
  write_direct_puts(page, input.world);
  write_deliveries(page, input);
  return std::move(page).take();
}

}  // namespace sluice::server
