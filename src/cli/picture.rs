//! Figures as files.

use std::path::Path;

use ::problem::{Problem, Problems};
use reports::chart::{ChartFormat, ChartSpec, rendered};

use super::files;

/// The format that the end of a file's name says.
///
/// # Errors
/// `chart_format` for another end.
pub(super) fn format(path: &Path) -> Result<ChartFormat, Problem> {
    let end = path.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    ChartFormat::of_extension(&end.to_ascii_lowercase()).ok_or_else(|| {
        Problem::new("chart_format", "không vẽ biểu đồ ra loại tệp này", "a figure is not written as this kind of file")
            .expected(ChartFormat::ALL.map(ChartFormat::extension).join(", "))
            .got(path.display().to_string())
    })
}

/// Writes a figure in the format that the end of the file's name says.
///
/// # Errors
/// `chart_format` for another end, what the figure cannot show, that the file cannot be written.
pub(super) fn write(path: &Path, spec: &ChartSpec) -> Result<(), Problems> {
    files::write(path, &rendered(spec, format(path)?)?)
}
