//! Scripts and styles without what says nothing: the client must stay small, and there is no build step to do it.
//! `tests/field/lean.mjs` does the same, so that the client's tests run what is sent.

/// The file as it is sent: a script or style sheet without comments, indentation and needless blanks, anything else as it is.
pub(super) fn lean(name: &str, bytes: &[u8]) -> Vec<u8> {
    let text = || String::from_utf8_lossy(bytes);
    if name.ends_with(".mjs") || name.ends_with(".js") {
        script(&text()).into_bytes()
    } else if name.ends_with(".css") {
        style(&text()).into_bytes()
    } else {
        bytes.to_vec()
    }
}

/// What is open around a sign.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    /// A quote, a template or a pattern, by the sign that ends it.
    Text(char),
    /// Code inside a template, with its open braces.
    Code(usize),
}

fn script(text: &str) -> String {
    let is_comment = |line: &str| ["//", "/**", "* ", "*/"].iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> =
        text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !is_comment(line)).collect();
    let source: Vec<char> = lines.join("\n").chars().collect();
    let next = |at: usize| source.get(at).copied().unwrap_or('\n');
    let mut out = String::with_capacity(source.len());
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let sign = source[at];
        let before = out.chars().next_back().unwrap_or('\n');
        match open.last().copied() {
            Some(Open::Text(end)) => at = in_text(&source, at, end, &mut open, &mut out),
            _ if sign == ' ' => {
                let after = next(at + 1);
                let stays =
                    (is_word(before) && is_word(after)) || (before == after && matches!(after, '-' | '+' | '/'));
                if stays {
                    out.push(sign);
                }
            }
            _ if sign == '/' && next(at + 1) == '/' => {
                while at + 1 < source.len() && next(at + 1) != '\n' {
                    at += 1;
                }
            }
            inside => {
                out.push(sign);
                match (sign, inside) {
                    ('\'' | '"' | '`', _) => open.push(Open::Text(sign)),
                    ('/', _) if begins_pattern(before, &out) => open.push(Open::Text('/')),
                    ('{', Some(Open::Code(depth))) => replace_last(&mut open, Open::Code(depth + 1)),
                    ('}', Some(Open::Code(0))) => {
                        open.pop();
                    }
                    ('}', Some(Open::Code(depth))) => replace_last(&mut open, Open::Code(depth - 1)),
                    _ => {}
                }
            }
        }
        at += 1;
    }
    out
}

/// One sign of a quote, template or pattern; the position of the last sign taken.
fn in_text(source: &[char], at: usize, end: char, open: &mut Vec<Open>, out: &mut String) -> usize {
    let sign = source[at];
    out.push(sign);
    match (sign, source.get(at + 1)) {
        ('\\', Some(escaped)) => {
            out.push(*escaped);
            return at + 1;
        }
        // A slash inside a class does not end a pattern.
        ('[', _) if end == '/' => open.push(Open::Text(']')),
        ('$', Some('{')) if end == '`' => {
            out.push('{');
            open.push(Open::Code(0));
            return at + 1;
        }
        _ if sign == end => {
            open.pop();
        }
        _ => {}
    }
    at
}

fn replace_last(open: &mut [Open], by: Open) {
    if let Some(last) = open.last_mut() {
        *last = by;
    }
}

fn is_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '$') || !sign.is_ascii()
}

/// Whether a slash after this begins a pattern and does not divide.
fn begins_pattern(before: char, out: &str) -> bool {
    let written = out.strip_suffix('/').unwrap_or(out);
    "(,=:[!&|?{};+-*%<>~^\n".contains(before) || ["return", "typeof", "case"].iter().any(|word| written.ends_with(word))
}

fn style(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let mut out = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        let tight = out.is_empty() || out.ends_with(['{', '}', ';', ':', ',']) || word.starts_with(['{', '}', ';']);
        if !tight {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_lose_comments_and_blanks_and_keep_code() {
        let text = "// why\nconst a = 1; // gone\n\n  /** doc\n   * more\n   */\n  let b = 'https://x  y';\n";
        assert_eq!(lean("a.mjs", text.as_bytes()), b"const a=1;\nlet b='https://x  y';");
        for (text, expected) in [
            ("a = b + +c - -d", "a=b+ +c- -d"),
            ("return /[/ ]+ x/u.test(a) / 2", "return/[/ ]+ x/u.test(a)/2"),
            ("`a ${ b ? `c ${ d } e` : { f: 1 } } g`", "`a ${b?`c ${d} e`:{f:1}} g`"),
            ("const { x } = await import('./a b.mjs')", "const{x}=await import('./a b.mjs')"),
            ("say('Đã xong', \"it's\") // x", "say('Đã xong',\"it's\")"),
            ("đ = é in ô", "đ=é in ô"),
        ] {
            assert_eq!(script(text), expected);
        }
    }

    #[test]
    fn styles_lose_blanks() {
        assert_eq!(
            lean("a.css", b"/* why */\n* { margin: 0 }\na:not(.b) .c,\n.d { x: y z; }"),
            b"*{margin:0}a:not(.b) .c,.d{x:y z;}"
        );
        assert_eq!(lean("a.png", b"/* x */"), b"/* x */");
    }
}
