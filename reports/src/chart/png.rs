//! SVG → PNG with the bundled fonts only: the same picture on every machine.

use std::sync::{Arc, LazyLock};

use problem::{Problem, Problems};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg;

use super::Size;
use super::font::BUNDLED_FONTS;

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    for bytes in BUNDLED_FONTS {
        fonts.load_font_source(usvg::fontdb::Source::Binary(Arc::new(bytes)));
    }
    fonts.set_sans_serif_family("Inter");
    Arc::new(fonts)
});

/// A figure's SVG as PNG: white paper, 300 dots an inch for paper sizes (said in the file, so a word processor places it at
/// its true size), no system fonts.
///
/// # Errors
/// The SVG cannot be read or the picture not be made.
pub fn png(svg: &str, size: Size) -> Result<Vec<u8>, Problems> {
    let options =
        usvg::Options { fontdb: Arc::clone(&FONTS), font_family: "Inter".to_owned(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| problem(&error.to_string()))?;
    let (width, height) = size.pixels();
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| problem("no pixels"))?;
    pixels.fill(Color::WHITE);
    let scale = Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
    resvg::render(&tree, scale, &mut pixels.as_mut());
    let bytes = pixels.encode_png().map_err(|error| problem(&error.to_string()))?;
    Ok(match size.dots_per_inch() {
        Some(dots) => with_resolution(&bytes, dots),
        None => bytes,
    })
}

fn problem(got: &str) -> Problems {
    Problem::new("chart_png", "không tạo được ảnh PNG của biểu đồ", "the figure could not be made into a PNG")
        .got(got)
        .into()
}

/// End of signature (8 bytes) and IHDR (4 length, 4 name, 13 data, 4 check).
const AFTER_HEADER: usize = 33;

/// The same file with a `pHYs` chunk: pixels a metre (PNG specification, 11.3.4.3).
fn with_resolution(png: &[u8], dots_per_inch: u32) -> Vec<u8> {
    if png.len() < AFTER_HEADER {
        return png.to_vec();
    }
    let per_metre = (f64::from(dots_per_inch) / 0.0254).round() as u32;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(per_metre.to_be_bytes());
    chunk.extend(per_metre.to_be_bytes());
    chunk.push(1);
    let mut bytes = png[..AFTER_HEADER].to_vec();
    bytes.extend(9_u32.to_be_bytes());
    bytes.extend(&chunk);
    bytes.extend(crc32(&chunk).to_be_bytes());
    bytes.extend(&png[AFTER_HEADER..]);
    bytes
}

/// Check sum of a chunk (PNG specification, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_the_one_of_the_specification() {
        // "123456789" is the standard check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        // IEND of every PNG file.
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
    }

    #[test]
    fn what_is_not_svg_is_refused() {
        assert_eq!(png("no svg", Size::A4).expect_err("refused").0[0].code, "chart_png");
    }
}
