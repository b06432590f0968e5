//! The settings that Collect takes from a QR code: base64 of zlib of JSON,
//! <https://docs.getodk.org/collect-import-export/>.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use problem::Problem;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};

/// Pixels of one dot of the picture.
const DOT: u32 = 5;

/// The address of Collect's server for one enumerator: everything else hangs on it.
#[must_use]
pub fn server_url(public_url: &str, secret: &str, round_code: &str) -> String {
    format!("{}/v1/key/{secret}/projects/{round_code}", public_url.trim_end_matches('/'))
}

/// The settings, as Collect reads them: forms follow the server, finished interviews are sent as soon as there is a line.
#[must_use]
pub fn collect_settings(server_url: &str, project_name: &str, user_name: &str) -> Value {
    json!({
        "general": {
            "protocol": "odk_default",
            "server_url": server_url,
            "form_update_mode": "match_exactly",
            "periodic_form_updates_check": "every_fifteen_minutes",
            "autosend": "wifi_and_cellular",
            "delete_send": false,
            "app_language": "vi",
            "metadata_username": user_name,
        },
        "admin": {},
        "project": { "name": project_name, "icon": "K", "color": "#1f5f8b" },
    })
}

/// The text of the QR code.
///
/// # Errors
/// That the settings cannot be packed, which memory alone can cause.
pub fn packed(settings: &Value) -> Result<String, Problem> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(settings.to_string().as_bytes()).and_then(|()| encoder.finish());
    written.map(|bytes| STANDARD.encode(bytes)).map_err(|error| {
        Problem::new("collect_settings", "không đóng gói được cài đặt", "the settings cannot be packed")
            .got(error.to_string())
    })
}

/// The QR code of a text, as an SVG picture.
///
/// # Errors
/// That the text is too long for a QR code.
pub fn qr_svg(text: &str) -> Result<String, Problem> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L).map_err(|error| {
        Problem::new("collect_qr", "cài đặt quá dài cho một mã QR", "the settings are too long for a QR code")
            .got(error.to_string())
    })?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(DOT, DOT).module_dimensions(DOT, DOT).build())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_code_unpacks_to_the_settings() {
        let url = server_url("https://khaosat.example/", &format!("khs_{}", "0".repeat(64)), "bac-giang-2024");
        assert!(url.starts_with("https://khaosat.example/v1/key/khs_0"));
        let settings = collect_settings(&url, "Khảo sát PAPI", "Nguyễn Thị Hoa");
        let text = packed(&settings).expect("packed");
        let bytes = STANDARD.decode(&text).expect("base64");
        let mut json = String::new();
        flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut json).expect("zlib");
        let unpacked: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(unpacked["general"]["server_url"], url.as_str());
        assert_eq!(unpacked["general"]["metadata_username"], "Nguyễn Thị Hoa");
        assert!(unpacked["admin"].is_object(), "Collect refuses settings without `admin`");
        assert!(qr_svg(&text).expect("a picture").contains("<svg"));
        assert!(qr_svg(&"x".repeat(5000)).is_err());
    }
}
