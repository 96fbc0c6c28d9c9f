// How a crawler, its metrics and its last crawl look on the wire.
#pragma once

#include "json/writer.h"
#include "query/crawlers.h"

namespace sluice::server {

// Writes an element of Crawlers.
void write_crawler(json::Writer& out, const query::Crawler& crawler);

// Writes an element of CrawlerMetricsList.
void write_crawler_metrics(json::Writer& out, const query::Crawler& crawler);

}  // namespace sluice::server
