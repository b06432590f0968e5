//! Outlines of areas from a user's `GeoJSON`: read, matched by code, brought to one plane.

use std::collections::BTreeMap;

use geojson::{FeatureCollection, GeoJson, GeometryValue};
use problem::{Place, Problem, Problems};

use crate::chart::Outline;
use crate::vietnamese::nfc;

/// Outlines by code of the area, with the shape of the whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlines {
    /// Code → outline, in a square of 0–1, `y` downwards.
    pub by_code: BTreeMap<String, Outline>,
    /// Width over height of the whole.
    pub aspect: f64,
}

/// Most points of a file; more are a coast line, not a commune on a page.
const POINTS_MAX: usize = 400_000;

type Ring = Vec<(f64, f64)>;

/// Reads a `FeatureCollection` of polygons. Each feature's code stands in the named property.
///
/// The plane is equirectangular at the middle latitude: at the size of a province its error is far below a line's width.
///
/// # Errors
/// All features that cannot be used: no code, the same code twice, no polygon, places that are no longitude and latitude.
pub fn outlines(text: &str, property: &str) -> Result<Outlines, Problems> {
    let refuse = |got: String| {
        Problem::new("chart_geojson", "tệp GeoJSON không dùng được", "the GeoJSON file cannot be used")
            .expected("FeatureCollection: Polygon, MultiPolygon; WGS 84")
            .got(got)
    };
    let parsed: GeoJson = text.parse().map_err(|error: geojson::Error| Problems::from(refuse(error.to_string())))?;
    let GeoJson::FeatureCollection(FeatureCollection { features, .. }) = parsed else {
        return Err(refuse("no FeatureCollection".to_owned()).into());
    };
    let mut problems = Problems::none();
    let mut raw: BTreeMap<String, Vec<Vec<Ring>>> = BTreeMap::new();
    let mut points = 0;
    for (index, feature) in (1..).zip(&features) {
        let here = |problem: Problem| problem.at(Place::row(index));
        let code = feature.property(property).and_then(|value| match value {
            serde_json::Value::String(text) => Some(nfc(text.trim())),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            problems.push(
                here(refuse(format!("feature {index}: no “{property}”")))
                    .hint("nêu tên thuộc tính chứa mã đơn vị", "name the property that holds the code of the area"),
            );
            continue;
        };
        let polygons = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
            Some(GeometryValue::Polygon { coordinates }) => vec![rings(coordinates)],
            Some(GeometryValue::MultiPolygon { coordinates }) => coordinates.iter().map(|one| rings(one)).collect(),
            _ => {
                problems.push(here(refuse(format!("feature {index} ({code}): no polygon"))));
                continue;
            }
        };
        let all = || polygons.iter().flatten().flatten();
        points += all().count();
        let is_place = |&(x, y): &(f64, f64)| (-180.0..=180.0).contains(&x) && (-85.0..=85.0).contains(&y);
        if let Some(place) = all().find(|place| !is_place(place)) {
            problems.push(here(refuse(format!("feature {index} ({code}): {place:?}"))));
        } else if polygons.iter().flatten().any(|ring| ring.len() < 3) || polygons.iter().any(Vec::is_empty) {
            problems.push(here(refuse(format!("feature {index} ({code}): < 3 points"))));
        } else if raw.insert(code.clone(), polygons).is_some() {
            problems.push(here(refuse(format!("feature {index}: {code} ×2"))));
        }
    }
    if points > POINTS_MAX {
        problems.push(
            refuse(format!("{points} points"))
                .expected(format!("≤ {POINTS_MAX}"))
                .hint("giản lược đường biên trước khi dùng", "simplify the outlines first"),
        );
    }
    if raw.is_empty() && problems.is_empty() {
        problems.push(refuse("0 features".to_owned()));
    }
    problems.into_result(())?;
    Ok(on_a_plane(&raw))
}

/// Rings without the closing point, which repeats the first.
fn rings(coordinates: &[Vec<geojson::Position>]) -> Vec<Ring> {
    let ring = |positions: &Vec<geojson::Position>| {
        let mut ring: Ring = positions
            .iter()
            .map(|position| {
                let at = |index: usize| position.as_slice().get(index).copied().unwrap_or(f64::NAN);
                (at(0), at(1))
            })
            .collect();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        ring
    };
    coordinates.iter().map(ring).collect()
}

fn on_a_plane(raw: &BTreeMap<String, Vec<Vec<Ring>>>) -> Outlines {
    let all = || raw.values().flatten().flatten().flatten().copied();
    let (mut left, mut right, mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY);
    for (x, y) in all() {
        (left, right, low, high) = (left.min(x), right.max(x), low.min(y), high.max(y));
    }
    let squeeze = f64::midpoint(low, high).to_radians().cos();
    let width = ((right - left) * squeeze).max(1e-9);
    let height = (high - low).max(1e-9);
    let place = |(x, y): (f64, f64)| ((x - left) * squeeze / width, (high - y) / height);
    let ring = |ring: &Ring| ring.iter().copied().map(place).collect();
    let by_code = raw.iter().map(|(code, polygons)| {
        let polygons = polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect();
        (code.clone(), Outline { polygons })
    });
    Outlines { by_code: by_code.collect(), aspect: width / height }
}
