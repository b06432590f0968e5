//! A paper as PDF: the pages of the DOCX, with the bundled fonts as subsets, figures as vectors, and the tree that is read aloud (PDF/UA-1).
//!
//! ```text
//! lines   text → lines          pages   what stands where, as plain data
//! table   rows over pages       layout  a paper → pages              this file: pages → bytes
//! ```

pub(super) mod font;
mod layout;
mod lines;
mod pages;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use krilla::color::luma;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Size, Transform};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use krilla_svg::{SurfaceExt as _, SvgSettings};
use problem::{Language, Problem, Problems};

use super::model::{Figure, Paper};
use font::{Face, glyph, width};
use lines::Run;
use pages::{Child, Mark, PAGE, Pages, Role};

/// Letters of the watermark, in points.
const WATERMARK: f64 = 52.0;

/// The bytes of the `.pdf`: the same paper gives the same bytes.
///
/// # Errors
/// `paper_pdf_glyph` with the characters that the font does not have; numbers that are not finite; `paper_pdf` when the file would not
/// keep PDF/UA-1.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, Problems> {
    let (pages, figures) = layout::laid_out(paper)?;
    let missing = pages::missing(&pages.pages);
    if !missing.is_empty() {
        let names: Vec<String> =
            missing.iter().map(|letter| format!("{letter:?} (U+{:04X})", u32::from(*letter))).collect();
        return Err(Problem::new(
            "paper_pdf_glyph",
            "phông chữ của PDF không có ký tự này",
            "the font of the PDF lacks a character",
        )
        .got(names.join(", "))
        .hint("thay ký tự đó, hoặc dùng DOCX", "replace the character, or use the DOCX")
        .into());
    }
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| refused(&format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, ..SerializeSettings::default() };
    let mut document = Document::new_with(settings);
    let mut marked: BTreeMap<(usize, usize), Identifier> = BTreeMap::new();
    let read: BTreeMap<(usize, usize), ()> = pages
        .nodes
        .iter()
        .flat_map(|node| &node.children)
        .filter_map(|child| if let Child::Mark(page, place) = child { Some(((*page, *place), ())) } else { None })
        .collect();
    for (number, marks) in pages.pages.iter().enumerate() {
        let settings = PageSettings::from_wh(PAGE.0 as f32, PAGE.1 as f32).ok_or_else(|| refused("no page"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for (place, mark) in marks.iter().enumerate() {
            let tag = match mark {
                _ if read.contains_key(&(number, place)) => ContentTag::Other,
                Mark::Watermark { .. } => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Watermark)),
                Mark::PageNumber { .. } => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PageNumber)),
                _ => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)),
            };
            let identifier = surface.start_tagged(tag);
            draw(&mut surface, mark, &figures)?;
            surface.end_tagged();
            if read.contains_key(&(number, place)) {
                marked.insert((number, place), identifier);
            }
        }
        surface.finish();
        page.finish();
    }
    let language = if paper.language == Language::Vi { "vi" } else { "en" };
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    for root in &pages.roots {
        if let Some(group) = group(&pages, *root, &mut marked) {
            tree.push(group);
        }
    }
    document.set_tag_tree(tree);
    document.set_outline(outline(&pages));
    let title = [paper.title.as_str(), paper.subject.as_str()].join(" – ");
    document.set_metadata(Metadata::new().title(title).language(language.to_owned()).creator("khaosat".to_owned()));
    document.finish().map_err(|error| refused(&format!("{error:?}")))
}

fn refused(got: &str) -> Problems {
    Problem::new("paper_pdf", "không tạo được PDF của báo cáo", "the paper could not be made into a PDF")
        .got(got)
        .into()
}

/// The list beside the pages: what stands below a heading is listed below it.
fn outline(pages: &Pages) -> Outline {
    let mut outline = Outline::new();
    let entry = |(_, text, page, y): &(u16, String, usize, f64)| {
        let place = Point::from_xy(pages::LEFT as f32, *y as f32);
        OutlineNode::new(text.clone(), XyzDestination::new(*page, place))
    };
    let mut open: Option<OutlineNode> = None;
    for heading in &pages.outline {
        match &mut open {
            Some(parent) if heading.0 > 2 => parent.push_child(entry(heading)),
            _ => {
                if let Some(whole) = open.replace(entry(heading)) {
                    outline.push_child(whole);
                }
            }
        }
    }
    if let Some(whole) = open {
        outline.push_child(whole);
    }
    outline
}

/// The node as the file holds it; none where nothing of it was drawn (an empty cell stays, its row would be short).
fn group(pages: &Pages, node: usize, marked: &mut BTreeMap<(usize, usize), Identifier>) -> Option<TagGroup> {
    let of = &pages.nodes[node];
    let mut group = match &of.role {
        Role::Heading(level, text) => {
            TagGroup::new(Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(text.clone())))
        }
        Role::Paragraph => TagGroup::new(Tag::P),
        Role::List => TagGroup::new(Tag::L(ListNumbering::None)),
        Role::Item => TagGroup::new(Tag::LI),
        Role::Figure(alt) => TagGroup::new(Tag::Figure(Some(alt.clone()))),
        Role::Caption => TagGroup::new(Tag::P),
        Role::Table => TagGroup::new(Tag::Table),
        Role::Head => TagGroup::new(Tag::THead),
        Role::Body => TagGroup::new(Tag::TBody),
        Role::Row => TagGroup::new(Tag::TR),
        Role::HeadCell => TagGroup::new(Tag::TH(TableHeaderScope::Column)),
        Role::Cell => TagGroup::new(Tag::TD),
    };
    let mut body = (of.role == Role::Item).then(|| TagGroup::new(Tag::LBody));
    let mut is_empty = true;
    for child in &of.children {
        let child: Option<Node> = match child {
            Child::Node(child) => self::group(pages, *child, marked).map(Node::from),
            Child::Mark(page, place) => marked.remove(&(*page, *place)).map(Node::from),
        };
        if let Some(child) = child {
            is_empty = false;
            match &mut body {
                Some(body) => body.push(child),
                None => group.push(child),
            }
        }
    }
    if let Some(body) = body {
        group.push(body);
    }
    (!is_empty || matches!(of.role, Role::Cell | Role::HeadCell)).then_some(group)
}

fn grey(lightness: u8) -> Fill {
    Fill { paint: luma::Color::new(lightness).into(), ..Fill::default() }
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, figures: &[&Figure]) -> Result<(), Problems> {
    match mark {
        Mark::Text { x, y, points, run, widened } => {
            surface.set_fill(Some(grey(if run.is_grey { 89 } else { 0 })));
            write(surface, run, (*x, *y), *points, *widened)?;
        }
        Mark::PageNumber { text } => {
            surface.set_fill(Some(grey(0)));
            let run = Run::new(text, Face::Regular);
            // In the middle of the page's upper margin, over the text.
            let x = pages::LEFT + (super::columns::TEXT_POINTS - width(text, 13.0, run.face)) / 2.0;
            write(surface, &run, (x, 12.5 * 72.0 / 25.4), 13.0, 0.0)?;
        }
        Mark::Watermark { text } => {
            surface.set_fill(Some(grey(224)));
            let run = Run::new(text, Face::Bold);
            // No longer than the page's diagonal leaves room for.
            let points = WATERMARK.min(WATERMARK * 640.0 / width(text, WATERMARK, run.face));
            let centre = ((PAGE.0 / 2.0) as f32, (PAGE.1 / 2.0) as f32);
            surface.push_transform(&Transform::from_rotate_at(-50.0, centre.0, centre.1));
            let x = PAGE.0 / 2.0 - width(text, points, run.face) / 2.0;
            write(surface, &run, (x, PAGE.1 / 2.0), points, 0.0)?;
            surface.pop();
        }
        Mark::Rule { from, to, thickness, grey } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0 as f32, from.1 as f32);
            path.line_to(to.0 as f32, to.1 as f32);
            if let Some(path) = path.finish() {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    paint: luma::Color::new(*grey).into(),
                    width: *thickness as f32,
                    ..Stroke::default()
                }));
                surface.draw_path(&path);
                surface.set_stroke(None);
            }
        }
        Mark::Picture { number, x, y, width, height } => {
            let figure = figures.get(*number).ok_or_else(|| refused("no picture"))?;
            let drawing = crate::chart::drawing(&figure.svg).map_err(|error| refused(&error))?;
            let size = Size::from_wh(*width as f32, *height as f32).ok_or_else(|| refused("no size"))?;
            surface.push_transform(&Transform::from_translate(*x as f32, *y as f32));
            let drawn = surface.draw_svg(&drawing, size, SvgSettings::default());
            surface.pop();
            drawn.ok_or_else(|| refused("the drawing cannot be converted"))?;
        }
    }
    Ok(())
}

/// Writes a run from the left end of its base line. Characters are composed (NFC), so each is one glyph.
fn write(surface: &mut Surface<'_>, run: &Run, (x, y): (f64, f64), points: f64, widened: f64) -> Result<(), Problems> {
    let font = font::font(run.face).ok_or_else(|| refused("no font"))?;
    let mut glyphs = Vec::with_capacity(run.text.len());
    for (at, letter) in run.text.char_indices() {
        let Some(known) = glyph(letter, run.face) else { continue };
        let extra = if letter == ' ' { widened / points } else { 0.0 };
        let advance = (known.advance + extra) as f32;
        let range = at..at + letter.len_utf8();
        glyphs.push(KrillaGlyph::new(GlyphId::new(u32::from(known.id)), advance, 0.0, 0.0, 0.0, range, None));
    }
    surface.draw_glyphs(Point::from_xy(x as f32, y as f32), &glyphs, font, &run.text, points as f32, false);
    Ok(())
}
