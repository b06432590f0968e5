//! How many attributes the element with the most of them has, counted before anything compares them with each other.

/// The largest number of `=` outside quotes in one tag. Comments, character data and instructions hold no tags. Of a text that is not
/// well-formed it says something or other; the reader will refuse it anyway.
pub(super) fn most_attributes(xml: &str) -> usize {
    let (mut most, mut rest) = (0, xml);
    while let Some(at) = rest.find('<') {
        rest = rest.get(at..).unwrap_or_default();
        let closed_by =
            [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")].iter().find(|(opening, _)| rest.starts_with(opening));
        if let Some((opening, closing)) = closed_by {
            let inside = rest.get(opening.len()..).unwrap_or_default();
            rest = inside.split_once(closing).map_or("", |(_, behind)| behind);
            continue;
        }
        let (mut quote, mut n, mut end) = (None, 0, rest.len());
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            match (quote, byte) {
                (Some(open), byte) if open == byte => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => n += 1,
                (None, b'>') => {
                    end = at + 1;
                    break;
                }
                _ => {}
            }
        }
        most = most.max(n);
        rest = rest.get(end..).unwrap_or_default();
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_counted_tag_by_tag() {
        for (xml, n) in [
            ("", 0),
            ("a=b", 0),
            ("<a b='1'>x = y</a>", 1),
            ("<a b='=' c=\"d='e'>\"><f g='>' h='i' j='k'/></a>", 3),
            ("<!-- a='b' c='d' it's --><a b='1'/>", 1),
            ("<![CDATA[<a b='1' c='2'>]]><?x a='1' b='2' c='3'?><a b='1' c='2'/>", 2),
            ("<a b=''", 1),
            ("<a b='", 1),
            ("<!-- ", 0),
        ] {
            assert_eq!(most_attributes(xml), n, "{xml}");
        }
    }
}
