// A reporter of node:test for scripts: one object of JSON at the end.
//   { counts: { tests, pass, fail, skipped, ... }, files: { [file]: milliseconds } }
import { relative } from 'node:path';

export default async function* figures(events) {
  const counts = {};
  const files = {};
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && data.nesting === 0) count(counts, data.message);
    // A file is a test too, named by its path.
    else if (type === 'test:complete' && data.nesting === 0 && data.name.endsWith('.test.js')) {
      files[relative('', data.name)] = data.details.duration_ms;
    }
  }
  yield JSON.stringify({ counts, files });
}

/** At its end the runner says `tests 10`, `pass 9` and so on, in every version of Node. */
function count(counts, message) {
  const [, name, number] = /^(\w+) (\d+)$/.exec(message) ?? [];
  if (name !== undefined) counts[name] = Number(number);
}
