//! Positions, lines and areas as `GeoJSON` (RFC 7946) or well-known text (ISO 19125), out of `latitude longitude altitude accuracy; …`.

use serde_json::{Value, json};

use super::schema::FieldKind;

/// What a text of positions says; null where it says none.
pub(super) fn geometry(kind: FieldKind, text: &str, as_wkt: bool) -> Value {
    let points: Vec<[Option<f64>; 4]> = text.split(';').filter_map(point).collect();
    let (Some(first), true) = (points.first(), kind != FieldKind::Geopoint || points.len() == 1) else {
        return Value::Null;
    };
    if as_wkt {
        let words =
            |point: &[Option<f64>; 4]| coordinates(point).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let all = points.iter().map(words).collect::<Vec<_>>().join(",");
        return json!(match kind {
            FieldKind::Geopoint => format!("POINT ({})", words(first)),
            FieldKind::Geotrace => format!("LINESTRING ({all})"),
            _ => format!("POLYGON (({all}))"),
        });
    }
    let all: Vec<Vec<f64>> = points.iter().map(coordinates).collect();
    let mut value = match kind {
        FieldKind::Geopoint => json!({"type": "Point", "coordinates": coordinates(first)}),
        FieldKind::Geotrace => json!({"type": "LineString", "coordinates": all}),
        _ => json!({"type": "Polygon", "coordinates": [all]}),
    };
    let accuracies: Vec<Option<f64>> = points.iter().map(|[.., accuracy]| *accuracy).collect();
    if accuracies.iter().any(Option::is_some) {
        value["properties"] = match kind {
            FieldKind::Geopoint => json!({"accuracy": accuracies.first()}),
            _ => json!({"accuracies": accuracies}),
        };
    }
    value
}

fn point(text: &str) -> Option<[Option<f64>; 4]> {
    let mut numbers = text.split_whitespace().map(|word| word.parse::<f64>().ok().filter(|number| number.is_finite()));
    let (latitude, longitude) = (numbers.next()??, numbers.next()??);
    Some([Some(latitude), Some(longitude), numbers.next().flatten(), numbers.next().flatten()])
}

/// Longitude first, as both formats want it.
fn coordinates([latitude, longitude, altitude, _]: &[Option<f64>; 4]) -> Vec<f64> {
    [longitude, latitude, altitude].into_iter().flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longitude_comes_first_in_both_formats() {
        let place = "21.25 106.5 12 4.5";
        assert_eq!(
            geometry(FieldKind::Geopoint, place, false),
            json!({"type": "Point", "coordinates": [106.5, 21.25, 12.0], "properties": {"accuracy": 4.5}})
        );
        assert_eq!(geometry(FieldKind::Geopoint, place, true), json!("POINT (106.5 21.25 12)"));
        let line = "21 106 0 0; 21.5 106.25 0 0";
        assert_eq!(geometry(FieldKind::Geotrace, line, true), json!("LINESTRING (106 21 0,106.25 21.5 0)"));
        assert_eq!(geometry(FieldKind::Geoshape, line, false)["coordinates"][0][1], json!([106.25, 21.5, 0.0]));
        for text in ["", "x", "21", "21 x 0 0", "NaN 106 0 0", "21 106; 21 107"] {
            assert_eq!(geometry(FieldKind::Geopoint, text, false), Value::Null, "{text}");
        }
    }
}
