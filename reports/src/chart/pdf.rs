//! SVG → PDF: the same drawing as vectors, text as text with the bundled fonts embedded, tagged with its alternative text.

use krilla::Document;
use krilla::geom::Size as PageSize;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::tagging::{ContentTag, Tag, TagGroup, TagTree};
use krilla_svg::{SurfaceExt as _, SvgSettings};
use problem::{Language, Problem, Problems};

use super::png::tree;
use super::{ChartSpec, alt_text, svg};

/// A figure as one page of PDF of the figure's own size. The same spec gives the same bytes.
///
/// # Errors
/// As [`svg`]; the page cannot be made.
pub fn pdf(spec: &ChartSpec) -> Result<Vec<u8>, Problems> {
    let drawing = tree(&svg(spec)?).map_err(|error| problem(&error))?;
    // Points on the page are points of the drawing: letters keep their size.
    let (width, height) = spec.size.points();
    let (width, height) = (width as f32, height as f32);
    let size = PageSize::from_wh(width, height).ok_or_else(|| problem("no page"))?;
    let settings = PageSettings::from_wh(width, height).ok_or_else(|| problem("no page"))?;
    let language = match spec.language {
        Language::Vi => "vi",
        Language::En => "en",
    };
    let mut document = Document::new();
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let identifier = surface.start_tagged(ContentTag::Other);
    surface
        .draw_svg(&drawing, size, SvgSettings::default())
        .ok_or_else(|| problem("the drawing cannot be converted"))?;
    surface.end_tagged();
    surface.finish();
    page.finish();
    let mut figure = TagGroup::new(Tag::Figure(Some(alt_text(spec))));
    figure.push(identifier);
    let mut tags = TagTree::new().with_lang(Some(language.to_owned()));
    tags.push(figure);
    document.set_tag_tree(tags);
    document.set_metadata(
        Metadata::new()
            .title(spec.title.clone())
            .description(spec.subtitle.clone())
            .language(language.to_owned())
            .creator("khaosat".to_owned()),
    );
    document.finish().map_err(|error| problem(&format!("{error:?}")))
}

fn problem(got: &str) -> Problems {
    Problem::new("chart_pdf", "không tạo được tệp PDF của biểu đồ", "the figure could not be made into a PDF")
        .got(got)
        .into()
}
