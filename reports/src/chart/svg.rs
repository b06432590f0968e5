//! The text of an SVG file: elements, attributes, escapes. Coordinates come as whole hundredths of a point.

use std::fmt::Write as _;

use super::palette::Color;

/// Steps in a point; the drawing library counts in whole numbers.
pub(crate) const STEPS: f64 = 100.0;

/// A growing SVG document.
#[derive(Debug, Default)]
pub(crate) struct SvgWriter {
    text: String,
}

/// Hundredths as a number without needless zeros.
fn number(hundredths: i64) -> String {
    let text =
        format!("{}{}.{:02}", if hundredths < 0 { "-" } else { "" }, hundredths.abs() / 100, hundredths.abs() % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text safe between tags and inside double quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(letter),
        }
    }
    safe
}

impl SvgWriter {
    /// Adds markup as it is.
    pub(crate) fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    /// Opens a group with attributes.
    pub(crate) fn open_group(&mut self, attributes: &[(&'static str, String)]) {
        self.text.push_str("<g");
        for (name, value) in attributes {
            self.put(format_args!(" {name}=\"{}\"", escape(value)));
        }
        self.text.push_str(">\n");
    }

    /// Closes a group.
    pub(crate) fn close_group(&mut self) {
        self.text.push_str("</g>\n");
    }

    /// An element with text inside.
    pub(crate) fn element(&mut self, name: &str, attributes: &str, text: &str) {
        self.put(format_args!("<{name}{attributes}>{}</{name}>\n", escape(text)));
    }

    /// An open line.
    pub(crate) fn line(&mut self, points: &[(i32, i32)], color: Color, width: u32) {
        let d = path(points);
        self.put(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
            color.hex(),
            number(i64::from(width))
        ));
    }

    /// A filled polygon.
    pub(crate) fn area(&mut self, points: &[(i32, i32)], color: Color) {
        let d = path(points);
        self.put(format_args!("<path d=\"{d}Z\" fill=\"{}\"/>\n", color.hex()));
    }

    /// A disc, or a ring.
    pub(crate) fn circle(&mut self, centre: (i32, i32), radius: u32, color: Color, ring: Option<u32>) {
        let paint = match ring {
            None => format!("fill=\"{}\"", color.hex()),
            Some(width) => {
                format!("fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"", color.hex(), number(i64::from(width)))
            }
        };
        let (x, y, r) = (number(i64::from(centre.0)), number(i64::from(centre.1)), number(i64::from(radius)));
        self.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" {paint}/>\n"));
    }

    /// A line of text; `size` in hundredths of a point.
    pub(crate) fn text(&mut self, at: (i32, i32), anchor: &str, size: f64, bold: bool, color: Color, text: &str) {
        let anchor = if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
        let weight = if bold { " font-weight=\"600\"" } else { "" };
        let (x, y) = (number(i64::from(at.0)), number(i64::from(at.1)));
        let size = number(size.round() as i64);
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\"{anchor} font-size=\"{size}\"{weight} fill=\"{}\">{}</text>\n",
            color.hex(),
            escape(text)
        ));
    }

    /// The document.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(arguments);
    }
}

fn path(points: &[(i32, i32)]) -> String {
    let mut d = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        d.push(if index == 0 { 'M' } else { 'L' });
        d.push_str(&number(i64::from(x)));
        d.push(' ');
        d.push_str(&number(i64::from(y)));
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundredths_are_written_without_needless_zeros() {
        assert_eq!(
            [0, 5, -5, 100, 12_340, -250, 1_234].map(number),
            ["0", "0.05", "-0.05", "1", "123.4", "-2.5", "12.34"]
        );
    }

    #[test]
    fn names_with_markup_stay_text() {
        let mut svg = SvgWriter::default();
        svg.text((0, 0), "start", 850.0, false, Color(0, 0, 0), "<script>\"A & B\"</script>");
        assert!(svg.finish().contains(">&lt;script&gt;&quot;A &amp; B&quot;&lt;/script&gt;</text>"));
    }
}
