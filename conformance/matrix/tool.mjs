// Our own reader: what `matrix_tool read` prints of files, one object a file (matrix/read_back.h).
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export async function* readByTool(tool, paths) {
  const child = spawn(tool, ['read'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(paths.map((path) => `${path}\n`).join(''));
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) yield JSON.parse(line);
}
