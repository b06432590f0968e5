//! A figure in the formats in which it is handed out.

use problem::Problems;

use super::{ChartSpec, CsvProfile, alt_text, data_table, pdf, png, svg};

/// How a figure can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartFormat {
    /// The drawing.
    Svg,
    /// The drawing in pixels.
    Png,
    /// The drawing as a page.
    Pdf,
    /// Its rows for programs.
    Csv,
    /// Its words and rows.
    Json,
}

impl ChartFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Svg, Self::Png, Self::Pdf, Self::Csv, Self::Json];

    /// The end of its file names.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The format with this end of file names: one spelling, so that an address has one too.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// A figure in a format.
///
/// # Errors
/// As [`svg`], [`png`] and [`pdf`].
pub fn rendered(spec: &ChartSpec, format: ChartFormat) -> Result<Vec<u8>, Problems> {
    Ok(match format {
        ChartFormat::Svg => svg(spec)?.into_bytes(),
        ChartFormat::Png => png(&svg(spec)?, spec.size)?,
        ChartFormat::Pdf => pdf(spec)?,
        ChartFormat::Csv => data_table(spec).to_csv(CsvProfile::Rfc4180).into_bytes(),
        ChartFormat::Json => {
            let document = serde_json::json!({
                "title": spec.title,
                "subtitle": spec.subtitle,
                "alt": alt_text(spec),
                "rows": data_table(spec).to_json(),
            });
            document.to_string().into_bytes()
        }
    })
}
