// Column types as the catalog spells them, parsed: "row bigint, c map<string,array<int>>" becomes
// [{ name, type: { kind, arguments, children: [{ name, type }] } }].
export function parseColumns(text) {
  let at = 0;
  const fail = (wanted) => { throw new Error(`${wanted} expected at ${at} of "${text}"`); };
  const skip = () => { while (text[at] === ' ') at += 1; };
  const take = (mark) => { skip(); if (text[at] !== mark) fail(`"${mark}"`); at += 1; };
  const peek = (mark) => { skip(); return text[at] === mark; };
  const word = () => {
    skip();
    const found = /^[\p{L}\p{N}_]+/u.exec(text.slice(at));
    if (!found) fail('a name');
    at += found[0].length;
    return found[0];
  };
  const list = (item, end) => {
    const items = [item()];
    while (peek(',')) { take(','); items.push(item()); }
    if (end) take(end);
    return items;
  };
  const field = (separator) => { const name = word(); if (separator) take(separator); return { name, type: type() }; };
  const type = () => {
    const kind = word();
    if (peek('(')) { take('('); return { kind, arguments: list(() => Number(word()), ')'), children: [] }; }
    if (!peek('<')) return { kind, arguments: [], children: [] };
    take('<');
    if (kind === 'struct') return { kind, arguments: [], children: list(() => field(':'), '>') };
    const names = kind === 'array' ? ['element'] : ['key', 'value'];
    const types = list(type, '>');
    if (types.length !== names.length) fail(`${names.length} types of ${kind}`);
    return { kind, arguments: [], children: types.map((one, i) => ({ name: names[i], type: one })) };
  };
  const columns = list(() => field());
  skip();
  if (at !== text.length) fail('the end');
  return columns;
}
