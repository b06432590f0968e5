//! `ChartSpec` → SVG. The one page that knows the drawing library: a backend of ours writes what it draws, with exact places,
//! meaning (`<title>`, `<desc>`, `data-*`) and text as text.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color as _, DrawingArea, DrawingAreaErrorKind, DrawingBackend, FontDesc, FontFamily, FontStyle,
    PathElement, Polygon, RGBColor, ShapeStyle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind};
use problem::{Language, Problem, Problems};

use super::font::{self, FONT_FAMILY, Weight};
use super::layout;
use super::palette::Color;
use super::scene::{Anchor, Group, Point, Scene, Shape};
use super::svg::{STEPS, SvgWriter, escape};
use super::{ChartSpec, alt_text, check};

/// Draws a figure.
///
/// The same spec gives the same bytes on every machine: text is measured with the bundled fonts, coordinates are whole
/// hundredths of a point. Texts are brought to NFC first.
///
/// # Errors
/// All that is wrong with the spec ([`ChartSpec`] not finite, title too long, values outside the axis …), a character that the
/// font lacks, or a figure that does not fit its size.
pub fn svg(spec: &ChartSpec) -> Result<String, Problems> {
    let spec = check::checked(spec)?;
    let scene = layout::scene(&spec)?;
    font::check_glyphs(scene.texts().chain([spec.title.as_str(), spec.subtitle.as_str()]))?;
    let backend = Rc::new(RefCell::new(SvgBackend { svg: SvgWriter::default(), size: steps(spec.size.points()) }));
    open(&mut backend.borrow_mut().svg, &spec, &scene);
    draw(&scene, &backend).map_err(|error| drawing_problem(&error))?;
    let mut writer = std::mem::take(&mut backend.borrow_mut().svg);
    writer.raw("</svg>\n");
    Ok(writer.finish())
}

/// Whether a figure fits its size.
#[must_use]
pub fn fits(spec: &ChartSpec) -> bool {
    check::checked(spec).is_ok_and(|spec| layout::scene(&spec).is_ok())
}

fn drawing_problem(error: &DrawingAreaErrorKind<Infallible>) -> Problems {
    Problem::new("chart_drawing", "không vẽ được biểu đồ", "the figure could not be drawn")
        .got(error.to_string())
        .into()
}

fn steps((width, height): Point) -> (u32, u32) {
    ((width * STEPS).round() as u32, (height * STEPS).round() as u32)
}

/// Head of the document: size, role, title and description for those who do not see it, white paper.
fn open(svg: &mut SvgWriter, spec: &ChartSpec, scene: &Scene) {
    let (width, height) = spec.size.svg_attributes();
    let (view_width, view_height) = spec.size.points();
    let (view_width, view_height) = ((view_width * STEPS).round() / STEPS, (view_height * STEPS).round() / STEPS);
    let language = match spec.language {
        Language::Vi => "vi",
        Language::En => "en",
    };
    let id = escape(&spec.file_stem);
    let plot = scene.plot;
    svg.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {view_width} {view_height}\" \
         role=\"img\" lang=\"{language}\" aria-labelledby=\"{id}-title {id}-desc\" font-family=\"{}\" data-figure=\"{}\" \
         data-plot=\"{:.2} {:.2} {:.2} {:.2}\">\n",
        escape(FONT_FAMILY),
        spec.figure.code(),
        plot.left,
        plot.top,
        plot.right,
        plot.bottom
    ));
    svg.element("title", &format!(" id=\"{id}-title\""), &spec.title);
    svg.element("desc", &format!(" id=\"{id}-desc\""), &alt_text(spec));
    svg.raw(&format!("<path d=\"M0 0H{view_width}V{view_height}H0Z\" fill=\"#FFFFFF\"/>\n"));
}

type Area = DrawingArea<SvgBackend, Shift>;

fn draw(scene: &Scene, backend: &Rc<RefCell<SvgBackend>>) -> Result<(), DrawingAreaErrorKind<Infallible>> {
    let area: Area = backend.into();
    for group in &scene.groups {
        open_group(&mut backend.borrow_mut().svg, group);
        for shape in &group.shapes {
            draw_shape(&area, shape)?;
        }
        backend.borrow_mut().svg.close_group();
    }
    area.present()
}

fn open_group(svg: &mut SvgWriter, group: &Group) {
    svg.open_group(&group.attributes);
    if let Some(words) = &group.tooltip {
        svg.element("title", "", words);
    }
}

fn draw_shape(area: &Area, shape: &Shape) -> Result<(), DrawingAreaErrorKind<Infallible>> {
    match shape {
        Shape::Line { points, color, width } => {
            area.draw(&PathElement::new(points.iter().map(place).collect::<Vec<_>>(), stroke(*color, *width)))
        }
        Shape::Area { points, color } => {
            area.draw(&Polygon::new(points.iter().map(place).collect::<Vec<_>>(), paint(*color).filled()))
        }
        Shape::Circle { centre, radius, color, width } => {
            let style = width.map_or_else(|| paint(*color).filled(), |width| stroke(*color, width));
            area.draw(&Circle::new(place(centre), (radius * STEPS).round() as i32, style))
        }
        Shape::Text { at, anchor, letters, text } => {
            let style = match letters.weight {
                Weight::Regular => FontStyle::Normal,
                Weight::SemiBold => FontStyle::Bold,
            };
            let h_pos = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let font = FontDesc::new(FontFamily::SansSerif, letters.size * STEPS, style);
            let Color(red, green, blue) = letters.color;
            let look: TextStyle<'_> = font.color(&RGBColor(red, green, blue));
            // Our backend reads the place as the baseline.
            area.draw(&Text::new(text.as_str(), place(at), look.pos(Pos::new(h_pos, VPos::Bottom))))
        }
    }
}

fn place(&(x, y): &Point) -> BackendCoord {
    ((x * STEPS).round() as i32, (y * STEPS).round() as i32)
}

fn paint(Color(red, green, blue): Color) -> ShapeStyle {
    RGBColor(red, green, blue).to_rgba().into()
}

fn stroke(color: Color, width: f64) -> ShapeStyle {
    paint(color).stroke_width((width * STEPS).round() as u32)
}

/// Where the drawing library's calls become SVG.
struct SvgBackend {
    svg: SvgWriter,
    size: (u32, u32),
}

fn ours(color: BackendColor) -> Color {
    Color(color.rgb.0, color.rgb.1, color.rgb.2)
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for SvgBackend {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.svg.area(&[(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], ours(color));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.svg.line(&[from, to], ours(style.color()), style.stroke_width());
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        if fill {
            self.svg.area(&corners, ours(style.color()));
        } else {
            self.svg.line(
                &[corners[0], corners[1], corners[2], corners[3], corners[0]],
                ours(style.color()),
                style.stroke_width(),
            );
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let points: Vec<BackendCoord> = path.into_iter().collect();
        self.svg.line(&points, ours(style.color()), style.stroke_width());
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.svg.circle(center, radius, ours(style.color()), (!fill).then(|| style.stroke_width()));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, vert: I, style: &S) -> Drawn {
        let points: Vec<BackendCoord> = vert.into_iter().collect();
        self.svg.area(&points, ours(style.color()));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, pos: BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let bold = matches!(style.style(), FontStyle::Bold);
        self.svg.text(pos, anchor, style.size(), bold, ours(style.color()), text);
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let weight = if matches!(style.style(), FontStyle::Bold) { Weight::SemiBold } else { Weight::Regular };
        Ok((font::width(text, style.size(), weight).ceil() as u32, style.size().ceil() as u32))
    }
}
