// The matrix read by Polars.
import polars from 'nodejs-polars';
import { rowsOfStream } from './arrow.mjs';
import { compareAll } from './compare.mjs';

const read = (path, columns, work) =>
  rowsOfStream(polars.readParquet(path).writeIPCStream(), columns, work.timestamp);

await compareAll(read, [], [{
  what: 'of a list it sees nullable elements only where the repeated group is called "list", not "bag" as in Hive '
    + '(polars-parquet, to_list)',
  applies: (work) => work.lists === 'hive' && work.columns.includes('array<'),
  shows: (work) => ['some', 'runs'].includes(work.nulls) && work.columns.includes('c array<') && work.rows > 100,
}]);
