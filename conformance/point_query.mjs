// Asks a Parquet file behind a web server for rows with hyparquet, which fetches ranges of bytes:
// node point_query.mjs URL '{"session": {"$eq": "s-00042"}}' prints them as a JSON array.  {"$date": milliseconds} is a Date.
import { asyncBufferFromUrl, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const dates = (key, value) => (value && typeof value === 'object' && '$date' in value ? new Date(value.$date) : value);
const [url, text] = process.argv.slice(2);
const file = await asyncBufferFromUrl({ url });
// The last 64 KiB first, as most readers do; the rest of a larger footer when it is known how large.
const metadata = await parquetMetadataAsync(file, { initialFetchSize: 1 << 16 });
const rows = await parquetReadObjects({
  file, metadata, compressors, filter: JSON.parse(text, dates), usePageIndex: true, useOffsetIndex: true, useBloomFilters: true,
});
process.stdout.write(JSON.stringify(rows, (key, value) => (typeof value === 'bigint' ? value.toString() : value)));
