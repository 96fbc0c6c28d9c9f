// Asks with AWS's SDK for JavaScript: node athena.mjs <endpoint> <region> <database> <sql>
// Prints how the query ended and every row, page by page, as one JSON object.
import {
  AthenaClient,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';

const [endpoint, region, database, sql] = process.argv.slice(2);
const client = new AthenaClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const { QueryExecutionId } = await client.send(
  new StartQueryExecutionCommand({ QueryString: sql, QueryExecutionContext: { Database: database } }));
let status;
do {
  const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
  status = QueryExecution.Status;
} while (status.State === 'QUEUED' || status.State === 'RUNNING');
const rows = [];
let pages = 0;
if (status.State === 'SUCCEEDED') {
  for await (const page of paginateGetQueryResults({ client }, { QueryExecutionId })) {
    pages += 1;
    rows.push(...page.ResultSet.Rows.map((row) => row.Data.map((value) => value.VarCharValue ?? null)));
  }
}
process.stdout.write(JSON.stringify({ state: status.State, reason: status.StateChangeReason ?? '', pages, rows }));
