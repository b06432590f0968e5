// Expressions as text to the tree that the server sends. Only for tests: the client itself never parses.

const TOKEN = /\s*(?:(\$\{\s*([^}\s]+)\s*\})|([0-9]+\.?[0-9]*|\.[0-9]+)|'([^']*)'|"([^"]*)"|(!=|<=|>=|[-+*=<>(),])|([A-Za-z_][\w:-]*)|((?:\.\.\/)*\.\.)|(\.))/uy;
const PRECEDENCE = { or: 1, and: 2, '=': 3, '!=': 3, '<': 4, '<=': 4, '>': 4, '>=': 4, '+': 5, '-': 5, '*': 6, div: 6, mod: 6 };

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`cannot read ${text}`);
    const [, , question, number, single, double, sign, name, around, dot] = match;
    if (question) found.push({ question });
    else if (number) found.push({ number: Number(number) });
    else if (single !== undefined || double !== undefined) found.push({ text: single ?? double });
    else if (around) found.push('around');
    else if (dot) found.push('this');
    else found.push({ sign: sign ?? name });
  }
  return found;
}

export function parse(text) {
  const rest = tokens(text);
  const sign = () => rest[0]?.sign;
  const expect = (wanted) => { if (rest.shift()?.sign !== wanted) throw new Error(`${wanted} expected in ${text}`); };
  function primary() {
    const token = rest.shift();
    if (token === 'this' || token === 'around' || token?.sign === undefined) return token;
    if (token.sign === '-') return { negate: primary() };
    if (token.sign === '(') { const inner = level(1); expect(')'); return inner; }
    if (sign() !== '(') return { choice_column: token.sign };
    rest.shift();
    const given = [];
    while (sign() !== ')') { given.push(level(1)); if (sign() === ',') rest.shift(); }
    rest.shift();
    if (token.sign === 'jr:choice-name' && given[1].text) return { call: { function: token.sign, arguments: [given[0], { question: given[1].text.replace(/^\s*\$\{\s*|\s*\}\s*$/g, '') }] } };
    return { call: { function: token.sign, arguments: given.filter((argument) => argument !== 'around') } };
  }
  function level(least) {
    let left = primary();
    while (PRECEDENCE[sign()] >= least) {
      const operator = rest.shift().sign;
      left = { binary: { operator, left, right: level(PRECEDENCE[operator] + 1) } };
    }
    return left;
  }
  const tree = level(1);
  if (rest.length) throw new Error(`too much in ${text}`);
  return tree;
}
