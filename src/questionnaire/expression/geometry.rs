//! Lengths and areas on the earth, by the formulas of `JavaRosa` (`GeoUtils`): a sphere with the equator's radius; an area is that
//! of the polygon in the plane whose x is scaled by the cosine of each corner's latitude.

/// Metres.
const RADIUS: f64 = 6_378_100.0;

/// A corner, in degrees.
type Corner = (f64, f64);

/// The corners of a line or shape written as `lat lon alt acc; …`; none where one of them cannot be read.
pub(super) fn corners(text: &str) -> Option<Vec<Corner>> {
    let corner = |part: &str| {
        let mut numbers = part.split_whitespace().map(super::parse_number);
        let (latitude, longitude) = (numbers.next()??, numbers.next()??);
        (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
    };
    text.split(';').filter(|part| !part.trim().is_empty()).map(corner).collect()
}

/// Metres along the corners.
pub(super) fn distance(corners: &[Corner]) -> f64 {
    corners.windows(2).map(|pair| between(pair[0], pair[1])).sum()
}

/// Haversine.
fn between(one: Corner, two: Corner) -> f64 {
    let (latitude, longitude) = ((two.0 - one.0).to_radians(), (two.1 - one.1).to_radians());
    let half = (latitude / 2.0).sin().powi(2)
        + one.0.to_radians().cos() * two.0.to_radians().cos() * (longitude / 2.0).sin().powi(2);
    RADIUS * 2.0 * half.sqrt().atan2((1.0 - half).sqrt())
}

/// Square metres inside the corners.
pub(super) fn area(corners: &[Corner]) -> f64 {
    let Some(first) = corners.first().filter(|_| corners.len() > 2) else { return 0.0 };
    let around = 2.0 * std::f64::consts::PI * RADIUS;
    let plane: Vec<Corner> = corners
        .iter()
        .map(|(latitude, longitude)| {
            let x = (longitude - first.1) * around * latitude.to_radians().cos() / 360.0;
            (x, (latitude - first.0) * around / 360.0)
        })
        .collect();
    plane.windows(2).map(|pair| (pair[0].1 * pair[1].0 - pair[0].0 * pair[1].1) / 2.0).sum::<f64>().abs()
}
