// What the server does to a script before it is sent (src/http/lean.rs does the same): comments, indentation and blanks that say nothing go.

const isWord = (sign) => /[\w$\u0080-\uffff]/.test(sign);

export function leanScript(text) {
  const lines = text.split('\n').map((line) => line.trimStart()).filter((line) => line !== '' && !/^(\/\/|\/\*\*|\* |\*\/)/.test(line));
  const source = [...lines.join('\n')];
  let out = '';
  // What is open: a quote, a template, code inside a template (with its depth of braces), a pattern.
  const open = [];
  for (let at = 0; at < source.length; at += 1) {
    const [sign, inside] = [source[at], open.at(-1)];
    const code = inside === undefined || typeof inside === 'number';
    if (!code) {
      out += sign;
      if (sign === '\\') { at += 1; out += source[at]; } else if (inside === '/' && sign === '[') open.push('[');
      else if (inside === '[' ? sign === ']' : sign === inside) open.pop();
      else if (inside === '`' && sign === '$' && source[at + 1] === '{') { at += 1; out += '{'; open.push(0); }
      continue;
    }
    const before = out.at(-1) ?? '\n';
    if (sign === ' ') {
      const after = source[at + 1] ?? '\n';
      const stays = (isWord(before) && isWord(after)) || (before === after && /[-+/]/.test(after));
      if (stays || after === ' ') { if (stays) out += sign; }
      continue;
    }
    if (sign === '/' && source[at + 1] === '/') {
      while (at + 1 < source.length && source[at + 1] !== '\n') at += 1;
      continue;
    }
    out += sign;
    if (sign === "'" || sign === '"' || sign === '`') open.push(sign);
    else if (sign === '/' && (/[(,=:[!&|?{};+\-*%<>~^\n]/.test(before) || /\b(return|typeof|case)$/.test(out.slice(-8, -1)))) open.push('/');
    else if (typeof inside === 'number' && sign === '{') open[open.length - 1] += 1;
    else if (typeof inside === 'number' && sign === '}') { if (inside === 0) open.pop(); else open[open.length - 1] -= 1; }
  }
  return out;
}

/** A style sheet without comments, line breaks and the blanks around braces and after colons and commas. */
export const leanStyle = (text) => text.replace(/\/\*[^]*?\*\//g, '').replace(/\s+/g, ' ').replace(/ ?([{};]) ?/g, '$1').replace(/([:,]) /g, '$1').trim();
